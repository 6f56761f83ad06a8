import { argumentNodes, fullName } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { withoutComments } from '../without-comments.ts';
import { typeOf } from './name-index.ts';
import {
  flat,
  following,
  isStatementCall,
  statementAround,
  stringAt,
  unitText,
  operandsOf,
} from './shapes.ts';

/** `struct node *n = malloc(sizeof(n))`: room for the pointer. */
function sizesItsPointer({ tree }: Context, node: number): boolean {
  const name =
    /^(?:std::)?(?:malloc|calloc)\((?:[^,()]+,|[^,()]+\*)?\s*sizeof\s*\(?\s*(\w+)\s*\)?\s*\)$/.exec(
      flat(tree, node, 120),
    )?.[1];
  if (name === undefined) return false;
  const holder = tree.above(node, 'declarator', 'assignment', 'function');
  if (holder < 0 || tree.kind(holder) === 'function') return false;
  return new RegExp(`^\\*?\\s*${name}\\s*=`).test(flat(tree, holder, 80));
}

/** `memset(buffer, size, 0)` sets nothing. */
function setsNothing({ tree }: Context, node: number): boolean {
  const [, value = -1, size = -1] = argumentNodes(tree, node);
  return size >= 0 && tree.text(size) === '0' && !/^(0|'\\0')$/.test(tree.excerpt(value, 8));
}

const numbers = /^(unsigned |signed )?(int|long|short|float|double|size_t|unsigned|long long)$/;

/** `scanf("%d", count)` of a number. */
function lacksAddress(context: Context, node: number): boolean {
  const { tree } = context;
  const at = /(^|\.)scanf$/.test(fullName(tree, node)) ? 0 : 1;
  const nodes = argumentNodes(tree, node);
  if (nodes.length < at + 2 || !/%/.test(stringAt(tree, nodes[at] ?? -1))) return false;
  return nodes
    .slice(at + 1)
    .some(
      (one) =>
        tree.kind(one) === 'identifier' &&
        numbers.test(typeOf(context, node, tree.text(one)) ?? ''),
    );
}

/** `pthread_mutex_lock(&m)` with a `return` of a branch before its unlock. */
function leavesMutex({ tree }: Context, node: number): boolean {
  const lock = /^pthread_mutex_lock\((.*)\)$/.exec(flat(tree, node, 100))?.[1];
  if (lock === undefined || !isStatementCall(tree, node)) return false;
  const release = new RegExp(`\\bpthread_mutex_unlock\\(\\s*${escaped(lock)}\\s*\\)`);
  for (const next of following(tree, statementAround(tree, node), 30)) {
    const text = tree.excerpt(next, 2_000);
    const leaves = tree.kind(next) === 'if' && /\breturn\b/.test(text);
    // What is called before the return may give it back: `put_down_forks(philo); return -1;`
    if (leaves && !/unlock|release|drop|put_?down|give_?back|clean/i.test(text)) return true;
    if (release.test(text) || /\bgoto\b/.test(text)) return false;
  }
  return false;
}

const usesDescriptor =
  'read|write|lseek|fstat|ftruncate|fsync|recv|send|pread|pwrite|ioctl|fcntl|setsockopt|connect|bind|listen|dprintf|flock';

/** `int fd = open(…)` that is neither closed nor handed on. */
function leavesDescriptor(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  // What a program has open is closed at its end.
  if (unit === null || unit.name === 'main' || context.file.role !== 'source') return false;
  const name = /^(\w+) = (?:open|socket|accept|dup)\(/.exec(
    flat(tree, tree.parentOf(node), 60),
  )?.[1];
  if (name === undefined || typeOf(context, node, name) !== 'int') return false;
  const text = withoutComments(unitText(context, node)).replaceAll(
    new RegExp(`\\b(${usesDescriptor})\\(\\s*${name}\\b`, 'g'),
    '',
  );
  const kept = new RegExp(
    `\\bclose\\w*\\(\\s*${name}\\b|[(,]\\s*${name}\\s*[,)](?!\\s*<)|\\breturn\\b[^;]*\\b${name}\\b(?!\\s*[<>=!])|=\\s*${name}\\s*[;,}]|\\{[^{};]*\\b${name}\\b[^;]*\\}`,
  );
  return text !== '' && !kept.test(text);
}

/** A closure that reads variables of the function by reference is given out of it. */
function givesLocalClosure(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || unit.closure || !/^return\s*\[\s*&/.test(tree.excerpt(node, 16)))
    return false;
  return (
    /\bfunction<|\bauto\b/.test(headerText(tree, unit.node)) &&
    !/^return\s*\[\s*&[^\]]*\][^;]*\}\s*\(/.test(flat(tree, node, 400))
  );
}

/** `shared_ptr<T> a(p); shared_ptr<T> b(p);` */
function ownsAgain(context: Context, node: number): boolean {
  const { tree } = context;
  const owner = /^(?:std::)?(?:shared|unique)_ptr<[^;]*> \w+[({](\w+)[)}];$/.exec(
    flat(tree, node, 160),
  )?.[1];
  if (owner === undefined || unitOf(context, node) === null) return false;
  const again = new RegExp(`(?:shared|unique)_ptr<[^;]*>\\s+\\w+\\s*[({]\\s*${owner}\\s*[)}]`);
  const made = new RegExp(`\\*\\s*${owner}\\s*=\\s*new\\b|\\bauto\\s+${owner}\\s*=\\s*new\\b`);
  return (
    made.test(unitText(context, node)) &&
    following(tree, node, 20).some((one) => again.test(tree.excerpt(one, 200)))
  );
}

/** `operator=` that frees its own memory first and asks for no self. */
function freesBeforeCopy({ tree }: Context, node: number): boolean {
  const text = withoutComments(tree.excerpt(node, 2_000));
  const other = /\boperator\s*=\s*\(\s*const\s+\w+\s*&\s*(\w+)\s*\)/.exec(text)?.[1];
  if (other === undefined || /\bthis\s*[!=]=|[!=]=\s*this\b|\bswap\b/.test(text)) return false;
  const first = /\{\s*([^;]*;)/.exec(text)?.[1] ?? '';
  return (
    /^(delete\b|free\()/.test(first) &&
    /^[^{;]*\boperator\s*=/.test(text) &&
    new RegExp(`\\b${other}\\s*\\.`).test(text)
  );
}

/** `int place = text.find("x")`, which is then compared with `npos`. */
function narrowsPlace(context: Context, node: number): boolean {
  const name =
    /^(?:int|short|unsigned(?: int)?) (\w+) = [\w.>-]+(?:\.|->)r?find(?:_\w+)?\(.*\);$/.exec(
      flat(context.tree, node, 160),
    )?.[1];
  return (
    name !== undefined &&
    new RegExp(`\\b${name}\\s*[!=]=\\s*(std::)?(w?string(_view)?::)?npos\\b`).test(
      unitText(context, node),
    )
  );
}

/** A thread of the function that nobody waits for or lets go. */
function forgetsThread(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^(?:std::)?thread (\w+)\s*[({]./.exec(flat(tree, node, 160))?.[1];
  if (name === undefined || unitOf(context, node) === null) return false;
  const kept = new RegExp(
    `\\b${name}\\s*\\.\\s*(join|detach|swap|joinable)\\b|move\\(\\s*${name}\\b|\\breturn\\s+${name}\\b|[(,&]\\s*${name}\\s*[,)]`,
  );
  const text = unitText(context, node).replace(flat(tree, node, 160), '');
  return text !== '' && !kept.test(text);
}

const texts = /^(const\s+)?(std::)?(w?string|string_view)\s*&?$/;

/** `text.find("x") >= 0` always holds, and `if (text.find("x"))` for nearly every text. */
function asksPlaceFor(context: Context, node: number, ends: string): boolean {
  const { tree } = context;
  const name = new RegExp(`^\\(?!?\\s*([\\w.>-]+)(?:\\.|->)r?find\\([^()]*\\)${ends}\\)?$`).exec(
    flat(tree, node, 120),
  )?.[1];
  if (name === undefined || tree.table.language !== 'cpp') return false;
  return texts.test(typeOf(context, node, /\w+$/.exec(name)?.[0] ?? '') ?? '');
}

/** `*` for each star that a list of texts is declared with after its name's own. */
function starsOf(tree: SyntaxTree, list: string): string {
  return (
    new RegExp(`\\bchar\\s*(?:const\\s*)?\\*\\s*(?:const\\s*)?(\\*?)\\s*${list}\\b`).exec(
      tree.source,
    )?.[1] ?? ''
  );
}

/** `text == "abc"` on a `char *` compares places. */
function isCharPointerLiteral(context: Context, node: number): boolean {
  const { tree } = context;
  if (!/^[=!]=$/.test(operatorOf(tree, node)) || tree.table.language !== 'cpp') return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const [name, text] = tree.kind(both[0]) === 'string' ? [both[1], both[0]] : both;
  const isText = tree.kind(text) === 'string' && tree.excerpt(text, 1).startsWith('"');
  return isText && /^char(\*|\[\])$/.test(elementType(context, name));
}

/** The type of a name, or of an element of a list: without `const` and spaces; or ''. */
function elementType(context: Context, node: number): string {
  const { tree } = context;
  const list = /^(\w+)\[[^\]]*\]$/.exec(flat(tree, node, 60))?.[1];
  if (list === undefined && tree.kind(node) !== 'identifier') return '';
  const name = list ?? tree.text(node);
  const type = (typeOf(context, node, name) ?? '').replaceAll(/const|\s/g, '');
  return list === undefined ? type : `${type}${starsOf(tree, list)}`.replace(/(\*|\[\])$/, '');
}

/** Slips of C and C++ with sizes, owners, locks, threads and places in a text. */
export const cSlipDetectors: Detector[] = [
  {
    rule: 'identity-of-literal',
    kinds: ['binary'],
    test: (context, node) => isCharPointerLiteral(context, node),
  },
  {
    rule: 'wrong-size',
    kinds: ['call'],
    callee: /^(std\.)?(malloc|calloc)$/,
    needs: /\bsizeof\b/,
    test: sizesItsPointer,
  },
  { rule: 'wrong-size', kinds: ['call'], callee: /^(std\.)?memset$/, test: setsNothing },
  { rule: 'missing-address', kinds: ['call'], callee: /^(std\.)?[fs]?scanf$/, test: lacksAddress },
  { rule: 'lock-not-released', kinds: ['call'], callee: /^pthread_mutex_lock$/, test: leavesMutex },
  {
    rule: 'unclosed-resource',
    kinds: ['call'],
    callee: /^(open|socket|accept|dup)$/,
    needs: /<(fcntl|unistd|sys\/socket)\.h>/,
    test: leavesDescriptor,
  },
  { rule: 'dangling-return', kinds: ['return'], needs: /return\s*\[\s*&/, test: givesLocalClosure },
  { rule: 'owned-twice', kinds: ['type:declaration'], needs: /_ptr</, test: ownsAgain },
  { rule: 'self-copy', kinds: ['function'], needs: /operator\s*=\s*\(/, test: freesBeforeCopy },
  { rule: 'narrowed-value', kinds: ['type:declaration'], needs: /\bnpos\b/, test: narrowsPlace },
  {
    rule: 'unjoined-thread',
    kinds: ['type:declaration'],
    needs: /\bthread\b/,
    test: forgetsThread,
  },
  {
    rule: 'unsigned-test',
    kinds: ['binary'],
    needs: /\bfind\(/,
    test: (context, node) => asksPlaceFor(context, node, ' >= 0'),
  },
  {
    rule: 'unsigned-test',
    kinds: ['binary'],
    needs: /(size|length)\(\)\s*-\s*1\s*>=\s*0/,
    test: ({ tree }, node) =>
      tree.table.language === 'cpp' &&
      /^\(?[\w.>-]+(\.|->)(size|length)\(\) ?- ?1\)? ?>= ?0$/.test(flat(tree, node, 80)),
  },
  {
    rule: 'index-as-condition',
    kinds: ['if'],
    needs: /\bfind\(/,
    test: (context, node) => {
      const condition = context.tree.field(node, 'condition');
      return condition >= 0 && asksPlaceFor(context, condition, '');
    },
  },
];

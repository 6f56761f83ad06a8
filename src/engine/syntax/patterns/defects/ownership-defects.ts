import { argumentNodes } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { onlyValue, typeOf } from './name-index.ts';
import { flat, following, statementAround, unitText } from './shapes.ts';

/** The name or member that a statement of its own puts a value into, or null. */
function targetOf(tree: SyntaxTree, node: number): string | null {
  const parent = tree.parentOf(node);
  const at = /cast/.test(tree.type(parent)) ? tree.parentOf(parent) : parent;
  const kind = tree.kind(at);
  if (kind !== 'declarator' && kind !== 'assignment') return null;
  if (!/^(expression_statement|declaration)$/.test(tree.type(tree.parentOf(at)))) return null;
  const written = tree.excerpt(tree.field(at, 'declarator', 'left'), 60);
  // `*file = fopen(…)`: whoever called may ask.
  if (kind === 'assignment' && written.startsWith('*')) return null;
  const text = written.replaceAll(/[*\s]/g, '');
  return /^\w+((->|\.)\w+)*$/.test(text) ? text : null;
}

const readers = 'f(get|put)[cs]|fread|fwrite|f?scanf|fprintf|fclose|fseek|ftell|getc|rewind';
const fillers = 'mem(cpy|set|move)|str(n?cpy|n?cat)|v?sn?printf|fread|fgets';

/** Memory is written to before anyone has asked whether there was any. */
function usesUnasked({ tree }: Context, node: number): boolean {
  const target = targetOf(tree, node);
  if (target === null) return false;
  const name = escaped(target);
  const mentioned = new RegExp(`(^|[^\\w.>])${name}\\b`);
  const used = new RegExp(
    `(^|[^\\w.>])${name}\\s*(->|\\[)|(^|[;{(]\\s*)\\*\\s*${name}\\b|\\b(${fillers})\\(\\s*${name}\\b|\\b(${readers})\\(([^;]*,)?\\s*${name}\\s*[,)]`,
  );
  const asked = new RegExp(`^while\\s*\\(\\s*!?${name}\\b|\\b${name}\\s*(&&|\\|\\||[!=]=)`);
  for (const next of following(tree, statementAround(tree, node), 6)) {
    const text = tree.excerpt(next, 600);
    if (!mentioned.test(text)) continue;
    if (/^(if|assert|switch|\w*(check|CHECK|ASSERT)\w*)\s*\(/.test(text)) return false;
    return !(text.startsWith('while') && asked.test(text)) && used.test(text);
  }
  return false;
}

const reading = /^(std\.)?(f?getc|getchar|fgetc)$/;

/** A `char` can't hold what tells the end of a file apart from the last of its letters. */
function narrowsEnd(context: Context, node: number): boolean {
  const { tree } = context;
  const holder = tree.parentOf(node);
  const target = tree.field(holder, 'declarator', 'left');
  const name = target < 0 ? '' : tree.excerpt(target, 40);
  if (!/^\w+$/.test(name) || typeOf(context, node, name) !== 'char') return false;
  return new RegExp(
    `\\b${name}\\s*[!=]=\\s*EOF\\b|\\b${name}\\s*=[^=;]*\\)\\s*[!=]=\\s*EOF\\b`,
  ).test(unitText(context, node));
}

const refilling = '=[^=]|\\.\\s*(clear|reset|assign|swap|emplace|resize)\\b';

/** The first statement of the same block that reads what was moved away before it, or -1. */
function readAfterMove({ tree }: Context, node: number): number {
  const [moved = -1] = argumentNodes(tree, node);
  if (moved < 0 || tree.kind(moved) !== 'identifier') return -1;
  const name = tree.text(moved);
  const statement = statementAround(tree, node);
  const word = `(^|[^\\w.>:"])${name}\\b`;
  if (!movesForGood(tree, statement, word)) return -1;
  const mentioned = new RegExp(word);
  const next = following(tree, statement, 20).find((one) => mentioned.test(tree.excerpt(one, 800)));
  if (next === undefined) return -1;
  const text = tree.excerpt(next, 800);
  const isRefilled = new RegExp(`${word}\\s*(${refilling})|[(,]\\s*&?${name}\\s*[,)]`).test(text);
  return isRefilled && !printing.test(text) ? -1 : next;
}

/** A plain statement of a block, which neither puts something back nor moves the part of a base class alone. */
function movesForGood(tree: SyntaxTree, statement: number, word: string): boolean {
  if (tree.type(tree.parentOf(statement)) !== 'compound_statement') return false;
  if (!/^(expression_statement|declaration)$/.test(tree.type(statement))) return false;
  const text = tree.excerpt(statement, 400);
  return !/\boperator\s*=\s*\(/.test(text) && !new RegExp(`${word}\\s*=[^=]`).test(text);
}

const printing = /^(std::)?(cout|cerr|clog)\s*<<|^(std::)?printf\(/;

const copying = /operator\s*=|=\s*delete|[nN]on_?[cC]opyable|DISABLE_COPY|DISALLOW_|unique_ptr/;

/** A class that gives its memory back, and whose copies would give back the same memory again. */
function ownsAndCopies({ tree }: Context, node: number): boolean {
  const body = tree.field(node, 'body');
  const named = tree.field(node, 'name');
  if (body < 0 || named < 0) return false;
  const name = escaped(tree.excerpt(named, 60));
  const text = tree.source.slice(
    tree.start[named],
    Math.min(tree.stop[node] ?? 0, 8_000 + (tree.start[node] ?? 0)),
  );
  const released = new RegExp(
    `~${name}\\s*\\(\\s*\\)[^{;]*\\{[^}]*\\b(delete\\b\\s*(\\[\\s*\\])?|free\\()\\s*(\\w+)`,
  ).exec(text)?.[3];
  const bases = tree.source.slice(tree.stop[named], tree.start[body]);
  if (released === undefined || bases.includes(':') || name.startsWith('_') || copying.test(text))
    return false;
  if (new RegExp(`\\b${name}\\s*\\(\\s*(const\\s+)?${name}\\s*&`).test(text)) return false;
  const taken = new RegExp(
    `\\b${released}\\s*[({=]\\s*(new\\b|(\\([^()]*\\)\\s*)?(std::)?(malloc|calloc)\\()`,
  );
  return taken.test(text);
}

const heavy =
  /^(const\s+)?(std::)?(string|vector|map|set|unordered_map|unordered_set|deque|list)\b[^&*]*$/;

const eachElement = /^for\s*\(\s*(?:const\s+)?([\w:<>, ]+?)\s+(\w+)\s*:\s*(\w+)\s*\)/;

/** Each element of a loop is copied, and only read. */
function copiesElements(context: Context, node: number): boolean {
  const { tree } = context;
  const body = tree.field(node, 'body');
  const head = eachElement.exec(tree.excerpt(node, 160));
  if (head === null || body < 0) return false;
  const [, type = '', name = '', list = ''] = head;
  const element = type === 'auto' ? elementOf(typeOf(context, node, list)) : type;
  if (!heavy.test(element) && !isHeavyStruct(tree, element)) return false;
  return isOnlyRead(tree.excerpt(body, 6_000), name);
}

/** What a container holds by its type, or ''. */
function elementOf(container: string | null): string {
  return /(?:vector|list|set|deque)<(.*)>/.exec(container ?? '')?.[1] ?? '';
}

/** A structure of the file that holds a text or a container. */
function isHeavyStruct(tree: SyntaxTree, name: string): boolean {
  if (!/^[A-Z]\w*$/.test(name)) return false;
  return new RegExp(
    `\\b(struct|class)\\s+${name}\\b[^;{]*\\{[^}]*\\bstd::(string|vector|map|set|unordered_map|deque)\\b`,
  ).test(tree.source);
}

function isOnlyRead(text: string, name: string): boolean {
  const changed = new RegExp(
    `\\b${name}\\s*([-+*/|&]?=[^=]|\\+\\+|--|\\[[^\\]]*\\]\\s*=[^=]|\\.\\w+\\s*([-+*/]?=[^=]|\\+\\+|--)|(\\.\\w+)?\\.(push|pop|append|insert|erase|clear|resize|assign|emplace|swap|set|add|remove|replace|begin|reset|next|read|write)\\w*\\()|(\\+\\+|--|>>\\s*|&|[mM]ove\\(\\s*|forward[^(]*\\(\\s*)${name}\\b|[(,]\\s*${name}\\s*[,)]|\\breturn\\s+${name}\\b|=\\s*${name}\\s*;`,
  );
  return !changed.test(text);
}

/** `size_t n = strlen(text); copy = malloc(n); strcpy(copy, text)`: the end of the text has no room. */
function forgetsEnd(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = argumentNodes(tree, node);
  const target = targetOf(tree, node);
  if (first < 0 || target === null || tree.kind(first) !== 'identifier') return false;
  const size = tree.text(first);
  const made = onlyValue(context, node, size);
  if (made < 0 || !/^(\(\w+\)\s*)?(std::)?strlen\([^()]*\)$/.test(flat(tree, made, 80)))
    return false;
  const name = escaped(target);
  return new RegExp(`\\bstr(cpy|cat)\\(\\s*${name}\\s*,|\\b${name}\\[\\s*${size}\\s*\\]\\s*=`).test(
    unitText(context, node),
  );
}

/** Who owns memory in C and C++, and what is done with it. */
export const ownershipDetectors: Detector[] = [
  {
    rule: 'unchecked-allocation',
    kinds: ['call'],
    callee: /^(std\.)?(malloc|calloc|strdup|fopen|popen)$/,
    test: usesUnasked,
  },
  {
    rule: 'character-for-end',
    kinds: ['call'],
    callee: reading,
    needs: /\bEOF\b/,
    test: narrowsEnd,
  },
  {
    rule: 'read-after-move',
    kinds: ['call'],
    callee: /^std\.move$/,
    test: (context, node) => unitOf(context, node) !== null && readAfterMove(context, node) >= 0,
    place: readAfterMove,
  },
  { rule: 'copied-owner', kinds: ['class'], needs: /~\w+\s*\(/, test: ownsAndCopies },
  { rule: 'needless-copy', kinds: ['loop'], needs: /\bfor\s*\([^;()]*:/, test: copiesElements },
  {
    rule: 'wrong-size',
    kinds: ['call'],
    callee: /^(std\.)?malloc$/,
    needs: /\bstrlen\b/,
    test: forgetsEnd,
  },
];

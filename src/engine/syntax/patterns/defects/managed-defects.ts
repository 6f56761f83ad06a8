import { argumentNodes, callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { saidOn, type Context, type Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { flat, isStatementCall, operandsOf } from './shapes.ts';
import { comparesReferences, comparesText } from './identity.ts';

const boxed = /^(Integer|Long|Double|Float|Short|Byte|Character)$/;

/** Members of a class by name. */
function membersOf(
  tree: SyntaxTree,
  node: number,
): { node: number; name: string; header: string }[] {
  const body = tree.field(node, 'body');
  if (body < 0) return [];
  return tree
    .children(body)
    .filter((child) => tree.kind(child) === 'function')
    .map((child) => ({
      node: child,
      name: tree.excerpt(tree.field(child, 'name'), 80),
      header: headerText(tree, child),
    }));
}

/** The first method of a class that compares it to another object. */
function equalsOf({ tree }: Context, node: number): number {
  return membersOf(tree, node).find(({ name }) => /^[eE]quals$/.test(name))?.node ?? node;
}

function lacksHash({ tree }: Context, node: number): boolean {
  const members = membersOf(tree, node);
  const [equals, hash] =
    tree.table.language === 'java' ? ['equals', 'hashCode'] : ['Equals', 'GetHashCode'];
  const own = members.find(
    ({ name, header }) =>
      name === equals &&
      /\(\s*(final\s+|@\w+\s+)*[Oo]bject\??\s+\w+\s*\)/.test(header) &&
      !/\bstatic\b/.test(header),
  );
  if (own === undefined || members.some(({ name }) => name === hash)) return false;
  return (
    tree.type(node) === 'class_declaration' &&
    (tree.table.language === 'java' || /\boverride\b/.test(own.header))
  );
}

function overloadsEquals({ tree }: Context, node: number): boolean {
  const members = membersOf(tree, node);
  const name = tree.excerpt(tree.field(node, 'name'), 80);
  const overload = members.some(
    ({ name: own, header }) =>
      own === 'equals' &&
      new RegExp(`boolean\\s+equals\\(\\s*(final\\s+)?${escaped(name)}\\s+\\w+\\s*\\)`).test(
        header,
      ),
  );
  return (
    overload &&
    !members.some(
      ({ name: own, header }) =>
        own === 'equals' && /\(\s*(final\s+|@\w+\s+)*Object\s/.test(header),
    )
  );
}

/** The variable of a handler, or ''. */
function caughtName(tree: SyntaxTree, node: number): string {
  return /^catch\s*\([^)]*?(\w+)\s*\)/.exec(tree.excerpt(node, 200))?.[1] ?? '';
}

/** `catch (e) { throw new X("…") }`: where it came from is lost. */
function losesCause({ tree }: Context, node: number): boolean {
  const handler = tree.above(node, 'catch', 'function', 'closure');
  if (handler < 0 || tree.kind(handler) !== 'catch') return false;
  const name = caughtName(tree, handler);
  const text = flat(tree, node, 400);
  if (tree.table.language === 'csharp') return text === `throw ${name};` && name !== '';
  if (!/^throw new \w+/.test(text) || name === '') return false;
  return (
    new RegExp(`\\b${escaped(name)}\\.(getMessage|toString)\\(\\)`).test(text) &&
    !new RegExp(`[(,]\\s*${escaped(name)}\\s*[,)]`).test(text) &&
    !new RegExp(`\\b${escaped(name)}\\b`).test(
      text.replaceAll(new RegExp(`\\b${escaped(name)}\\.(getMessage|toString)\\(\\)`, 'g'), ''),
    )
  );
}

/** Asked, locked and asked again, on a field that threads may see half made. */
function checksTwice({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 1_500);
  const match =
    /^if \(\s*(?:this\.)?(\w+) == null\s*\) \{ (?:synchronized|lock) ?\([^)]*\) \{ if \(\s*(?:this\.)?\1 == null\s*\) \{? ?(?:this\.)?\1 = /.exec(
      text,
    );
  const field = match?.[1];
  if (field === undefined || tree.table.language !== 'java') return false;
  const declared =
    new RegExp(`[^\\n;]*\\b${escaped(field)}\\s*(=[^;]*)?;`).exec(tree.source)?.[0] ?? '';
  return /\bprivate|static|\b[A-Z]\w*\s+\w+\s*;/.test(declared) && !/\bvolatile\b/.test(declared);
}

/** `"values " + list` of an array. */
function showsArray(context: Context, node: number): boolean {
  const { tree } = context;
  const both = operandsOf(tree, node) ?? [];
  if (operatorOf(tree, node) !== '+' || !both.some((side) => tree.kind(side) === 'string'))
    return false;
  return both.some(
    (side) =>
      tree.kind(side) === 'identifier' &&
      /^\w+(\[\])+$/.test(typeOf(context, node, tree.text(side)) ?? ''),
  );
}

export const managedDetectors: Detector[] = [
  {
    rule: 'string-identity',
    kinds: ['binary'],
    test: (context, node) => context.tree.table.language === 'java' && comparesText(context, node),
  },
  {
    rule: 'boxed-identity',
    kinds: ['binary'],
    test: (context, node) => comparesReferences(context, node, boxed),
  },
  {
    rule: 'array-equality',
    kinds: ['binary', 'call'],
    test: (context, node) => {
      const { tree } = context;
      if (tree.kind(node) === 'binary' && showsArray(context, node)) return true;
      if (tree.kind(node) === 'binary')
        return comparesReferences(
          context,
          node,
          /^(int|long|byte|char|double|float|short|String)(\[\])+$/,
        );
      const { name, qualifier } = callAt(tree, node);
      const first = argumentNodes(tree, node)[0];
      if (
        !/^(equals|hashCode|toString)$/.test(name) ||
        qualifier === null ||
        (name === 'equals' && (first === undefined || tree.kind(first) !== 'identifier'))
      )
        return false;
      return /^\w+(\[\])+$/.test(typeOf(context, node, qualifier) ?? '');
    },
  },
  { rule: 'equals-without-hash', kinds: ['class'], test: lacksHash, place: equalsOf },
  { rule: 'equals-overload', kinds: ['class'], test: overloadsEquals, place: equalsOf },
  {
    rule: 'lost-cause',
    kinds: ['throw'],
    test: losesCause,
  },
  {
    rule: 'leaves-in-finally',
    kinds: ['return', 'throw', 'jump'],
    test: ({ tree }, node) => {
      const up = tree.above(node, 'finally', 'function', 'closure', 'loop', 'try');
      if (up < 0 || tree.kind(up) !== 'finally') return false;
      // `if (e) throw e.error` is what compilers write for the end of an iteration.
      const checked = tree.excerpt(tree.parentOf(node), 40);
      if (/^if \(\w+\) throw \w+\.error\b/.test(checked)) return false;
      return tree.kind(node) !== 'throw' || tree.table.language !== 'python';
    },
  },
  { rule: 'double-checked-locking', kinds: ['if'], test: checksTwice },
  {
    rule: 'shared-lock',
    kinds: ['type:lock_statement', 'type:synchronized_statement'],
    test: ({ tree }, node) =>
      /^lock\s*\(\s*(this\b|typeof\(|"|new\b)|^synchronized\s*\(\s*("|Boolean\.|Integer\.|new\b)/.test(
        tree.excerpt(node, 60),
      ),
  },
  {
    rule: 'thread-run',
    kinds: ['call'],
    test: (context, node) => {
      const { tree } = context;
      const { name, qualifier, arguments: count } = callAt(tree, node);
      if (name !== 'run' || count !== 0 || qualifier === null || !isStatementCall(tree, node))
        return false;
      return qualifier.startsWith('new Thread(') || typeOf(context, node, qualifier) === 'Thread';
    },
  },
  {
    rule: 'decimal-from-float',
    kinds: ['new'],
    test: ({ tree }, node) =>
      /^new BigDecimal\(\s*-?\d*\.\d+[dfDF]?\s*[,)]/.test(tree.excerpt(node, 60)),
  },
  {
    rule: 'absolute-of-any',
    kinds: ['call'],
    test: ({ tree }, node) =>
      /^Math\.abs\(\s*[\w.]+\.(nextInt|nextLong|hashCode)\(\)\s*\)$/.test(flat(tree, node, 100)),
  },
  {
    rule: 'caught-null-pointer',
    kinds: ['catch'],
    test: ({ tree }, node) =>
      /^catch\s*\(\s*(final\s+)?(NullPointerException|NullReferenceException|ArrayIndexOutOfBoundsException|IndexOutOfRangeException)\b/.test(
        tree.excerpt(node, 80),
      ),
  },
  {
    rule: 'shared-date-format',
    kinds: ['field'],
    test: ({ tree }, node) =>
      /\bstatic\b[^=;]*\bSimpleDateFormat\s+\w+\s*=/.test(tree.excerpt(node, 200)),
  },
  {
    rule: 'random-in-loop',
    kinds: ['new'],
    test: ({ tree, loopDepth }, node) =>
      /^new (java\.util\.)?Random\(\)$/.test(flat(tree, node, 40)) && (loopDepth[node] ?? 0) > 0,
  },
  {
    rule: 'fall-through',
    kinds: ['switch'],
    test: (context, node) => caseRunningOn(context, node) >= 0,
    place: caseRunningOn,
  },
];

const endsCase =
  /\b(break|return|throw|continue|goto|exit|abort|die|fallthrough|unreachable|panic|assert_never|assertNever|fail|raise|yield|co_return|System\.exit|process\.exit|std::terminate|[A-Z_]{6,})\b/;

/** The first case that does its work and runs on into the next one without a word, or -1. */
function caseRunningOn(context: Context, node: number): number {
  const { tree } = context;
  const { language } = tree.table;
  if (!/^(javascript|typescript|tsx|java|cpp|php)$/.test(language) || /match/.test(tree.type(node)))
    return -1;
  const body = tree.field(node, 'body');
  if (body < 0) return -1;
  const groups = tree
    .namedChildren(body)
    .filter((child) => /case|default|switch_block_statement_group/.test(tree.type(child)));
  return groups.find((group, at) => runsOn(context, group, groups[at + 1])) ?? -1;
}

/** @param next case after the group, if there is one */
function runsOn(context: Context, group: number, next: number | undefined): boolean {
  const { tree } = context;
  if (next === undefined || /->/.test(tree.excerpt(group, 200).split(/[:{]/)[0] ?? ''))
    return false;
  const value = tree.field(group, 'value');
  const statements = tree
    .namedChildren(group)
    .filter(
      (child) =>
        child !== value &&
        !/label|pattern|case_match/.test(tree.type(child)) &&
        tree.type(child) !== 'empty_statement' &&
        tree.excerpt(child, 2) !== ';',
    );
  const last = statements.at(-1);
  if (last === undefined) return false;
  if (/\[\[fallthrough\]\]/.test(tree.excerpt(group, 6_000))) return false;
  const said = saidOn(context, tree.startLine(group), tree.startLine(next));
  if (said.some((text) => /fall|through|no ?break|drop|reach/i.test(text))) return false;
  return !endsAt(tree, last, 0);
}

const leaving = new Set<string | undefined>(['return', 'throw', 'jump', 'yield']);
const branching = new Set<string | undefined>(['if', 'switch', 'try', 'loop']);

function endsAt(tree: SyntaxTree, node: number, depth: number): boolean {
  const kind = tree.kind(node);
  if (depth > 8 || tree.isError(node) || leaving.has(kind)) return true;
  if (kind === 'block') {
    const last = tree.namedChildren(node).at(-1);
    return last !== undefined && endsAt(tree, last, depth + 1);
  }
  if (branching.has(kind)) return endsCase.test(tree.excerpt(node, 6_000));
  return endsCase.test(tree.excerpt(node, 300)) || /preproc|macro/.test(tree.type(node));
}

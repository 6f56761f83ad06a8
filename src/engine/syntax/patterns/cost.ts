import { escaped } from './escaped.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { effectOf } from '../effects.ts';
import { headerText } from '../headers.ts';
import { selfOf } from '../recursion.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { operatorOf } from '../tree-questions.ts';
import { isDynamic, search, unitOf, unitAt, type Context, type Detector } from './context.ts';
import { asksStore, isForEachOfMany } from './repeated-queries.ts';

function inLoop({ loopDepth }: Context, node: number): boolean {
  return (loopDepth[node] ?? 0) > 0;
}

/** The name is bound to a list in this function, as far as its text tells, and never to a set or map. */
function isList(context: Context, node: number, name: string): boolean {
  const unit = unitOf(context, node)?.node ?? 0;
  return remember(context, `list ${unit} ${name}`, () => looksLikeList(context, node, name));
}

const answers = new WeakMap<object, Map<string, boolean>>();

/** Text searches are answered once for each function and name: a file may ask a hundred thousand times. */
function remember({ tree }: Context, question: string, answer: () => boolean): boolean {
  const known = answers.get(tree) ?? new Map<string, boolean>();
  answers.set(tree, known);
  const found = known.get(question) ?? answer();
  known.set(question, found);
  return found;
}

function looksLikeList(context: Context, node: number, name: string): boolean {
  if (!/^\$?[\w]+$/.test(name)) return false;
  const unit = unitAt(context, node);
  const bound = `(^|[^\\w.])${escaped(name)}\\b`;
  const otherKind = new RegExp(
    `${bound}\\s*(:[^=\\n]*)?:?=\\s*(new\\s+)?(set|dict|Set|Map|HashSet|HashMap|TreeSet|frozenset|defaultdict|Counter|\\{|std::(unordered_)?(set|map))`,
  );
  if (search(context, otherKind, unit) !== false) return false;
  const list = new RegExp(
    `${bound}\\s*(:[^=\\n]*)?:?=\\s*(\\[(?![^\\]\\n]*['"\\d][^\\]\\n]*\\]\\s*;?$)|list\\(|sorted\\(|new\\s+(ArrayList|LinkedList|List|Array)\\b|Array\\(|vec!|Vec::new|array\\()|(List|ArrayList|Vec|vector|IList)<[^>]*>\\s*&?\\s*(mut\\s+)?${escaped(name)}\\b|${bound}\\s*:\\s*(list\\b|List\\b|Sequence\\b|&?(mut )?Vec<|\\w+\\[\\]|Array<|&\\[)|${bound}(\\.append|\\.push|\\[\\]\\s*=)`,
    'm',
  );
  return search(context, list, unit) === true;
}

/** The name gets its value inside the innermost loop around the node. */
function isMadeInLoop(context: Context, node: number, name: string): boolean {
  const loop = context.tree.above(node, 'loop', 'comprehension', 'closure');
  return (
    loop < 0 || remember(context, `made ${loop} ${name}`, () => looksMade(context, loop, name))
  );
}

function looksMade(context: Context, loop: number, name: string): boolean {
  const quoted = escaped(name);
  const made = new RegExp(
    `\\b(for|foreach|each|map|forEach)\\b[^\\n{]{0,120}\\b${quoted}\\b|(^|[^\\w.=!<>])${quoted}\\s*(:[^=\\n]{0,60})?:?=[^=]|\\|[^|\\n]*\\b${quoted}\\b[^|\\n]*\\||\\(?\\b${quoted}\\b\\)?\\s*=>`,
    'm',
  );
  return search(context, made, [loop, 8_000]) !== false;
}

const stringStart = /^(['"`]|f['"]|String\.valueOf|str\(|\$")/;

/** Rules on work that grows faster than it has to. */
export const costDetectors: Detector[] = [
  {
    rule: 'list-search-in-loop',
    kinds: ['binary', 'call'],
    test: (context, node) => {
      if (!inLoop(context, node)) return false;
      const { tree } = context;
      const name = searched(tree, node);
      if (name === null) return false;
      return isList(context, node, name) && !isMadeInLoop(context, node, name);
    },
  },
  {
    rule: 'string-append-in-loop',
    kinds: ['augmented', 'assignment'],
    test: (context, node) =>
      inLoop(context, node) && isStringAppend(context, node) && !isTyped(context.tree, node),
  },
  {
    rule: 'sort-in-loop',
    kinds: ['call'],
    method: /^(sort|sorted|Sort|usort|sort!|sort_by!|sort_unstable|Slice|OrderBy)$/,
    test: (context, node) => {
      if (!inLoop(context, node)) return false;
      const call = callAt(context.tree, node);
      const subject = argumentNodes(context.tree, node)[0];
      if (call.name === 'Slice' && call.qualifier !== 'sort') return false;
      const own =
        /^(sorted|usort)$/.test(call.name) ||
        /^(Collections|Arrays|sort|slices|std|Array)$/.test(call.qualifier ?? '');
      const name = own
        ? subject === undefined
          ? ''
          : context.tree.excerpt(subject, 60)
        : (call.qualifier ?? '');
      return (
        /^\$?\w+$/.test(name) && !isMadeInLoop(context, node, name) && !isGrown(context, node, name)
      );
    },
  },
  {
    rule: 'query-in-loop',
    kinds: ['call'],
    test: (context, node) => {
      if (!inLoop(context, node) || !isForEachOfMany(context, node)) return false;
      const call = callAt(context.tree, node);
      const isKnown = effectOf(call, context.tree.table.language) === 'database';
      if (!isKnown && !asksStore(context, node)) return false;
      return (
        !/^(commit|rollback|fetch\w*|prepare|flush|connect|Open)$/i.test(call.name) &&
        context.file.role === 'source'
      );
    },
  },
  {
    rule: 'regex-in-loop',
    kinds: ['call', 'new'],
    method: /^(compile|RegExp|MustCompile|Compile|Regex|new|regex)$/,
    test: (context, node) => {
      if (!inLoop(context, node)) return false;
      const { name, qualifier } = callAt(context.tree, node);
      const full = qualifier === null ? name : `${qualifier}.${name}`;
      const makes =
        /^(re\.compile|RegExp|Pattern\.compile|regexp\.(MustCompile|Compile)|Regex(\.new)?|Regexp\.new|std::regex)$/.test(
          full.replace('::new', '.new'),
        );
      const first = argumentNodes(context.tree, node)[0];
      return makes && first !== undefined && !isDynamic(context.tree, first);
    },
  },
  { rule: 'unmemoised-recursion', kinds: ['binary'], test: isTreeRecursion },
];

/** What a membership test looks through, or null. */
function searched(tree: SyntaxTree, node: number): string | null {
  if (tree.kind(node) === 'binary') return membership(tree, node);
  const call = callAt(tree, node);
  if (call.arguments === 1) return searchMethods.test(call.name) ? call.qualifier : null;
  if (!/^(in_array|array_search|Contains|find)$/.test(call.name)) return null;
  const nodes = argumentNodes(tree, node);
  const list = call.qualifier === 'slices' ? nodes[0] : nodes[1];
  return list === undefined ? null : tree.excerpt(list, 60);
}

const searchMethods = /^(includes|indexOf|contains|Contains|include\?|index|find_index)$/;

function membership(tree: SyntaxTree, node: number): string | null {
  if (tree.table.language !== 'python' || !/^(not\s+)?in$/.test(operatorOf(tree, node)))
    return null;
  return tree.excerpt(tree.namedChildren(node).at(-1) ?? node, 60);
}

/** Sorting after each insertion is another mistake, or a running order that is wanted. */
function isGrown(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const loop = tree.above(node, 'loop');
  const grown = new RegExp(
    `${escaped(name)}(\\.|->)(append|push|add|Add|pop|shift|remove|insert)|${escaped(name)}\\s*=\\s*append|\\[\\]\\s*=`,
  );
  return loop >= 0 && search(context, grown, [loop, 4_000]) !== false;
}

function isStringAppend(context: Context, node: number): boolean {
  const { tree } = context;
  const left = tree.field(node, 'left');
  const right = tree.field(node, 'right');
  if (left < 0 || right < 0 || tree.type(left) === 'member') return false;
  const name = tree.excerpt(left, 60);
  const value = tree.excerpt(right, 120);
  const appends =
    /^\+=$/.test(tokenOf(tree, node)) ||
    (tokenOf(tree, node) === '=' && value.startsWith(`${name} +`));
  if (!appends || !/^\w+$/.test(name) || isMadeInInner(context, node, name)) return false;
  const bound = new RegExp(
    `(^|[^\\w.])${escaped(name)}\\s*(:\\s*str(ing)?\\s*)?:?=\\s*(["'\`]|str\\(|String\\b|string\\b)|\\b[Ss]tring\\s+${escaped(name)}\\b`,
    'm',
  );
  return (
    stringStart.test(value.replace(`${name} +`, '').trim()) ||
    search(context, bound, unitAt(context, node)) === true
  );
}

/** Each turn of the loop waits for somebody at a keyboard, who is slower than any copy. */
function isTyped(tree: SyntaxTree, node: number): boolean {
  const loop = tree.above(node, 'loop', 'function');
  return /\b(Console\.Read\w*|_?getche?|getchar|input|prompt)\s*\(/.test(tree.excerpt(loop, 2_000));
}

/** Set anew on each turn of the innermost loop: the text stays short. */
function isMadeInInner(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const loop = tree.above(node, 'loop', 'closure');
  const made = new RegExp(`(^|[^\\w.])${escaped(name)}\\s*(:\\s*\\w+\\s*)?:?=\\s*["'\`]`, 'm');
  return loop >= 0 && search(context, made, [loop, 4_000]) !== false;
}

function tokenOf(tree: SyntaxTree, node: number): string {
  const token = tree
    .children(node)
    .find((child) => /^\S{0,2}=$/.test(tree.excerpt(child, 3)) && !tree.named(child));
  return token === undefined
    ? tree.type(node).includes('augmented')
      ? '+='
      : ''
    : tree.text(token);
}

const memo = /\b(memo\w*|cache\w*|lru_cache|dp|seen|known|computed|lookup)\b/i;

/** `f(n - 1) + f(n - 2)`: both sides call the function on a part, and nothing remembers. */
function isTreeRecursion(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || !/^[+*|&-]/.test(operatorOf(tree, node))) return false;
  const self = selfOf(tree, unit, false);
  const shrinking = tree
    .namedChildren(node)
    .filter(
      (side) =>
        tree.kind(side) === 'call' &&
        self.isRecursiveCall(side) &&
        /[\w)]\s*-\s*[\d\w]/.test(tree.excerpt(side, 120)),
    );
  return (
    shrinking.length >= 2 &&
    !memo.test(headerText(tree, unit.node)) &&
    search(context, memo, unitAt(context, node)) === false
  );
}

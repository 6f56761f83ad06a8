import { anyOf } from '../../any-of.ts';
import { argumentNodes, callAt, receiverAt } from '../../calls.ts';
import { oncePerType } from '../../once-per-type.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { type Context, type Detector } from '../context.ts';
import { onlyValue, typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { below, flat, isStatementCall } from './shapes.ts';

/** Methods that give a new text and leave the old one as it is: with these arguments. */
const pure: Record<string, RegExp> = {
  python:
    /\.(strip|lstrip|rstrip|upper|lower|title|capitalize|swapcase|zfill|casefold)\(\)$|\.replace\(\s*(['"]|r['"])[^)]*,[^)]*\)$|^(['"]).*\3\.(format|join)\(|^sorted\(/s,
  javascript:
    /\.(trim|trimStart|trimEnd|toUpperCase|toLowerCase|toSorted|toReversed)\(\)$|\.replace(All)?\(\s*(\/|['"`])[^)]*,.*\)$|\.(padStart|padEnd|substring|substr)\([^)]*\)$|^\w+\.(concat|slice)\([^)]*\)$/s,
  java: /\.(plus|minus|with)(Days|Weeks|Months|Years|Hours|Minutes|Seconds|DayOfMonth)\([^;]*\)$|\.stream\(\).*\.(map|filter|peek|sorted|distinct|limit|skip|flatMap|mapToInt)\([^;]*\)$|\.(trim|strip|toUpperCase|toLowerCase|intern)\(\)$|\.(substring|concat)\([^)]*\)$|\.replace(All|First)?\(\s*["'][^)]*,\s*["'][^)]*\)$/s,
  csharp:
    /\.Add(Days|Hours|Minutes|Months|Years|Seconds|Milliseconds)\([^;]*\)$|\.(Where|Select|SelectMany|OrderBy|OrderByDescending|ThenBy|Skip|Take|Except)(<[^()]*>)?\([^;)][^;]*\)$|\.(Distinct|ToList|ToArray)(<[^()]*>)?\([^;]*\)$|\.(Trim|TrimStart|TrimEnd|ToUpper|ToLower|ToUpperInvariant|ToLowerInvariant)\(\)$|\.(Substring|PadLeft|PadRight)\([^)]*\)$|\.Replace\(\s*["'][^)]*,[^)]*\)$/s,
  ruby: /\.(strip|upcase|downcase|capitalize|chomp|reverse|squeeze|sort|uniq|compact|flatten)$|\.(gsub|sub|tr|delete_suffix)\([^)]*\)$|^\w+\.(map|select|reject)\s*(\{|do|\(&)/s,
  php: /^(trim|rtrim|ltrim|strtolower|strtoupper|ucfirst|str_replace|preg_replace|substr|array_merge|array_unique|array_reverse|htmlspecialchars|implode|explode|number_format)\(/s,
  go: /^strings\.(TrimSpace|ToUpper|ToLower|Replace|ReplaceAll|Trim\w*|Split|Join|Title|Repeat)\(/s,
  rust: /\.(iter|into_iter|chars|lines|iter_mut)\(\)(\.\w+\(.*\))?\.(map|filter|filter_map)\(.*\)$|\.(trim|to_uppercase|to_lowercase|to_string|to_owned)\(\)$|\.(map|filter|filter_map|zip)\([^;]*\)$|\.replace\([^;,]*,[^;]*\)$/s,
  cpp: /\.(substr|c_str|empty)\([^)]*\)$|^std::(remove|remove_if|unique)\(/s,
};

const notTexts =
  /^(os|shutil|path|router|history|location|window\.location|document|navigation|this\.router|Router|cy|np|pd|df\w*|fs|page|Path|table|map|cache|re)\b/;

/** `total.add(price);` of a `BigDecimal`, which no method changes; dates of PHP that are immutable. */
function isDecimal(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (tree.table.language === 'php')
    return (
      /^(modify|add|sub|setDate|setTime|setTimezone)$/.test(name) &&
      /^\??(\\?DateTimeImmutable|CarbonImmutable)$/.test(
        typeOf(context, node, qualifier ?? '') ?? '',
      )
    );
  return (
    tree.table.language === 'java' &&
    /^(add|subtract|multiply|divide|setScale|negate|plus|minus)$/.test(name) &&
    /^(BigDecimal|BigInteger|Duration|LocalDate|LocalDateTime|Instant)$/.test(
      typeOf(context, node, qualifier ?? '') ?? '',
    )
  );
}

/** Called for something else than its result: a function is called for each match, a table changes in place. */
function isOfEffect(tree: SyntaxTree, node: number, text: string): boolean {
  const after = tree.endOf(node);
  if (after < tree.size && tree.type(after) === 'heredoc_body') return true;
  if (/\.replace(All)?\(.*(=>|\bfunction\b)/s.test(text)) return true;
  return notTexts.test(text) || /inplace\s*=\s*True/.test(text);
}

function ignoresResult(context: Context, node: number): boolean {
  const { tree } = context;
  if (!isStatementCall(tree, node)) return false;
  const text = flat(tree, node, 300);
  if (isOfEffect(tree, node, text)) return false;
  const family = tree.table.closuresAreUnits ? 'javascript' : tree.table.language;
  const pattern = pure[family];
  if (pattern === undefined) return false;
  if (isDecimal(context, node) || isLastOfIteration(tree, node, pattern)) return true;
  const found = pattern
    .exec(text)?.[0]
    .replace(/\.(stream|iter|into_iter|chars|lines|iter_mut)\(\)/, '');
  return found !== undefined && endsChain(found, escaped(callAt(tree, node).name));
}

const iteration =
  /\.(iter|into_iter|iter_mut|chars|bytes|lines|keys|values|drain|windows|chunks|split_whitespace)\([^()]*\)/;

/** Rust: `jobs.iter().filter(…).map(…);`, of which nobody asks for an element. */
function isLastOfIteration(tree: SyntaxTree, node: number, pattern: RegExp): boolean {
  const receiver = tree.table.language === 'rust' ? receiverAt(tree, node) : -1;
  if (receiver < 0 || !iteration.test(flat(tree, receiver, 300))) return false;
  const called = tree.source.slice(tree.stop[receiver], tree.stop[node]).trim();
  return called.length < 600 && pattern.test(called.replaceAll(/\s+/g, ' '));
}

/** The method is the last of the chain, not one inside of its arguments. */
function endsChain(text: string, name: string): boolean {
  return (
    new RegExp(`^(.*[.:])?${name}(?!\\w)`, 's').test(text) &&
    !new RegExp(`^[^(]*\\(.*\\.${name}\\(`, 's').test(text)
  );
}

/** `xs = xs.sort()`: the method changes the list and gives nothing. */
const nothingGiven =
  /^[\w.]+\.(sort|reverse|append|extend|insert|clear)\(.*\)$|^random\.shuffle\(/s;

function takesNothing(context: Context, node: number): boolean {
  const { tree } = context;
  const isReturn = tree.kind(node) === 'return';
  const value = isReturn ? (tree.namedChildren(node)[0] ?? -1) : tree.field(node, 'right');
  if (value < 0 || tree.kind(value) !== 'call') return false;
  const text = flat(tree, value, 200);
  if (text.startsWith('random.shuffle(')) return true;
  const list = callAt(tree, value).qualifier ?? '';
  if (!nothingGiven.test(text) || otherLists.test(list)) return false;
  const isSame = !isReturn && tree.excerpt(tree.field(node, 'left'), 80) === list;
  return isSame || isMadeList(context, node, list);
}

const otherLists = /^(np|pd|df\w*|torch|F|self\.\w+\.\w+)/;

function isMadeList(context: Context, node: number, list: string): boolean {
  const made = onlyValue(context, node, list);
  return made >= 0 && /^(\[|list\(|sorted\()/.test(context.tree.excerpt(made, 8));
}

/** What takes a comparator in each language, and what that must not look like. */
const comparators: Record<string, [call: RegExp, body: RegExp]> = {
  cpp: [/^(sort|stable_sort)$/, /return\s+[^;{}&|?]*[<>]=[^;{}&|?]*;?\s*\}\s*$/],
  go: [/^(Slice|SliceStable)$/, /return\s+[^;{}&|?]*[<>]=[^;{}&|?]*;?\s*\}\s*$/],
  php: [/^(usort|uasort|uksort)$/, /return\s+[^;?<>]*[<>]\s*(?![=>])[^;?<>]*;\s*\}\s*$/],
  ruby: [/^sort$/, /\|\s*[^|]*\|\s*[^<>|]*[^<=>|][<>](?![=>])[^<>]*\}$/],
};
const answersBoolean =
  /(=>|->|return)\s*\(?\s*[\w.[\]'"()]+\s*[<>]=?\s*[\w.[\]'"()]+\s*\)?\s*(\?\s*1\s*:\s*0\s*)?;?\s*\}?$/;

const otherComparators: [call: RegExp, body: RegExp] = [
  /^(sort|toSorted|compare|sorted)$/,
  answersBoolean,
];

/** A comparator that answers true or false, or never says "less". */
function comparesWrongly({ tree }: Context, node: number): boolean {
  const [names, wrong] = comparators[tree.table.language] ?? otherComparators;
  if (!names.test(callAt(tree, node).name)) return false;
  const nodes = argumentNodes(tree, node);
  const closure =
    nodes.findLast((one) => tree.kind(one) === 'closure') ?? tree.field(node, 'block');
  const text = closure < 0 ? '' : flat(tree, closure, 300);
  return text !== '' && !text.includes('<=>') && wrong.test(text);
}

/** `items.map((item) => { item.price * 2; })`: the callback gives nothing. */
function givesNothing({ tree }: Context, node: number): boolean {
  if (callAt(tree, node).qualifier === null || isStatementCall(tree, node)) return false;
  const body = blockOf(tree, argumentNodes(tree, node)[0] ?? -1);
  if (body < 0) return false;
  for (const at of below(tree, body)) {
    const kind = tree.kind(at);
    if (kind === 'return' || kind === 'throw') return false;
  }
  return true;
}

/** Block of a callback that takes something and does something, or -1. */
function blockOf(tree: SyntaxTree, closure: number): number {
  if (closure < 0 || tree.kind(closure) !== 'closure') return -1;
  const body = tree.field(closure, 'body');
  const parameters = tree.field(closure, 'parameters', 'parameter');
  if (body < 0 || parameters < 0 || tree.text(parameters) === '()') return -1;
  // An async callback gives a promise, which `Promise.all` waits for.
  if (/^async\b/.test(tree.excerpt(closure, 8))) return -1;
  if (tree.type(closure).includes('generator') || tree.kind(body) !== 'block') return -1;
  return tree.namedChildren(body).length === 0 ? -1 : body;
}

const asking = /^(map|filter|some|every|find|findIndex|flatMap|sort|reduce)$/;

/** One list or object many times over. */
function sharesOne({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 160);
  if (tree.kind(node) === 'binary')
    return (
      tree.table.language === 'python' &&
      operatorOf(tree, node) === '*' &&
      /^\[\s*(\[.*\](\s*\*\s*\w+)?|\{\}|list\(\)|dict\(\))\s*\]\s*\*\s*/.test(text)
    );
  if (tree.table.language === 'python')
    return /^dict\.fromkeys\([^()]*,\s*(\[\]|\{\}|list\(\)|dict\(\)|set\(\))\s*\)$/.test(text);
  if (tree.table.language === 'ruby')
    return /^(Array\.new\(\s*[\w.]+\s*,\s*(\[\]|\{\}|""|'')\s*\)|Hash\.new\(\s*(\[\]|\{\})\s*\))$/.test(
      text,
    );
  return (
    /\.fill\(\s*(\[.*\]|\{.*\}|new (Array|Map|Set|Object)\b.*)\s*\)$/.test(text) &&
    tree.table.closuresAreUnits
  );
}

/** A key that is written out; of a name in brackets nobody knows what it holds. */
function keyOf(tree: SyntaxTree, pair: number): string | null {
  const [first = -1, second] = tree.namedChildren(pair);
  const type = tree.type(pair);
  const isPair = type === 'pair' || (type === 'array_element_initializer' && second !== undefined);
  if (!isPair) return null;
  const key = flat(tree, first, 80);
  if (/^(["'].*["']|\d+)$/.test(key)) return key;
  const isName = tree.table.closuresAreUnits || /symbol/.test(tree.type(first));
  return isName && /^:?\w+$/.test(key) ? key : null;
}

/** `[3, 1]`, `xs.map(Number)`, `xs.map((x) => x.length)` */
const numbersMade =
  /^\[\s*-?\d[\d.,\s-]*\]$|\.map\(\s*(Number|parseFloat|\(?\w+\)?\s*=>\s*(\+\w+|Number\([\w.]+\)|[\w.]+\.length))\s*\)$/;

/** `[...xs]`, `xs.slice()`, `Array.from(xs)`: a copy of the list, or of a set. */
const copied = /^\[\.\.\.([\w.]+)\]$|^([\w.]+)\.slice\(\)$|^Array\.from\(([\w.]+)\)$/;

const hasKeys = oncePerType((tree, node) =>
  /^(object|dictionary|hash|array_creation_expression)$/.test(tree.type(node)),
);

/** The first pair whose key stood before it, or -1. */
function repeatedPair(tree: SyntaxTree, node: number): number {
  const seen = new Set<string>();
  for (const pair of tree.namedChildren(node)) {
    const key = keyOf(tree, pair);
    if (key === null) continue;
    if (seen.has(key)) return pair;
    seen.add(key);
  }
  return -1;
}

/** Results of calls that nobody takes or that are something else than they are taken for, and collections of values. */
export const valueDetectors: Detector[] = [
  { rule: 'ignored-result', kinds: ['call'], test: ignoresResult },
  { rule: 'none-result', kinds: ['assignment', 'return'], test: takesNothing },
  {
    rule: 'none-result',
    kinds: ['index'],
    needs: /\.(sort|reverse)\([^\n]*\)\[/,
    test: ({ tree }, node) =>
      tree.table.language === 'python' &&
      /^[a-z_]\w*\.(sort|reverse)\(.*\)\[[^\]]*\]$/.test(flat(tree, node, 200)),
  },
  {
    rule: 'success-for-list',
    kinds: ['assignment'],
    needs: /=\s*\w*sort\(/,
    test: ({ tree }, node) =>
      tree.table.language === 'php' &&
      /^\$\w+ = (r|k|a|kr|ar|u|uk|ua|nat|natcase)?sort\(\$[^;]*\)$/.test(flat(tree, node, 200)),
  },
  {
    rule: 'wrong-comparator',
    kinds: ['call'],
    method: anyOf([...Object.values(comparators), otherComparators].map(([names]) => names)),
    test: comparesWrongly,
  },
  { rule: 'callback-without-result', kinds: ['call'], method: asking, test: givesNothing },
  {
    rule: 'shared-element',
    kinds: ['binary', 'call'],
    needs: /\.fill\(|(Array|Hash)\.new\(|\]\s*\*|\.fromkeys\(/,
    test: sharesOne,
  },
  {
    rule: 'map-parse-int',
    kinds: ['call'],
    method: /^map$/,
    test: ({ tree }, node) => /\.map\(\s*(Number\.)?parseInt\s*\)$/.test(flat(tree, node, 300)),
  },
  {
    rule: 'lexical-sort',
    kinds: ['call'],
    method: /^(sort|toSorted)$/,
    test: (context, node) => {
      const { tree } = context;
      const { qualifier: sorted, arguments: count } = callAt(tree, node);
      if (count > 0 || sorted === null) return false;
      const qualifier = copied.exec(sorted)?.slice(1).find(Boolean) ?? sorted;
      if (numbersMade.test(qualifier)) return true;
      const type = typeOf(context, node, qualifier) ?? '';
      const value = onlyValue(context, node, qualifier);
      return (
        /^(readonly )?(number\[\]|(Readonly)?(Array|Set)<number>)$/.test(type) ||
        (value >= 0 && numbersMade.test(flat(tree, value, 200)))
      );
    },
  },
  {
    rule: 'duplicate-key',
    kinds: ['collection'],
    test: ({ tree }, node) => {
      return hasKeys(tree, node) && repeatedPair(tree, node) >= 0;
    },
    place: ({ tree }, node) => repeatedPair(tree, node),
  },
];

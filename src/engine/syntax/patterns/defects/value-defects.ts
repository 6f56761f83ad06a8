import { argumentNodes, callAt } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { type Context, type Detector } from '../context.ts';
import { onlyValue, typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { below, flat, isStatementCall, operandsOf } from './shapes.ts';

/** Methods that give a new text and leave the old one as it is: with these arguments. */
const pure: Record<string, RegExp> = {
  python:
    /\.(strip|lstrip|rstrip|upper|lower|title|capitalize|swapcase|zfill|casefold)\(\)$|\.replace\(\s*(['"]|r['"])[^)]*,[^)]*\)$|^(['"]).*\3\.(format|join)\(|^sorted\(/s,
  javascript:
    /\.(trim|trimStart|trimEnd|toUpperCase|toLowerCase|toSorted|toReversed)\(\)$|\.replace(All)?\(\s*(\/|['"`])[^)]*,.*\)$|\.(padStart|padEnd|substring|substr)\([^)]*\)$|^\w+\.(concat|slice)\([^)]*\)$/s,
  java: /\.(trim|strip|toUpperCase|toLowerCase|intern)\(\)$|\.(substring|concat)\([^)]*\)$|\.replace(All|First)?\(\s*["'][^)]*,\s*["'][^)]*\)$/s,
  csharp:
    /\.(Trim|TrimStart|TrimEnd|ToUpper|ToLower|ToUpperInvariant|ToLowerInvariant)\(\)$|\.(Substring|PadLeft|PadRight)\([^)]*\)$|\.Replace\(\s*["'][^)]*,[^)]*\)$/s,
  ruby: /\.(strip|upcase|downcase|capitalize|chomp|reverse|squeeze|sort|uniq|compact|flatten)$|\.(gsub|sub|tr|delete_suffix)\([^)]*\)$|^\w+\.(map|select|reject)\s*(\{|do|\(&)/s,
  php: /^(trim|rtrim|ltrim|strtolower|strtoupper|ucfirst|str_replace|preg_replace|substr|array_merge|array_unique|array_reverse|htmlspecialchars|implode|explode|number_format)\(/s,
  go: /^strings\.(TrimSpace|ToUpper|ToLower|Replace|ReplaceAll|Trim\w*|Split|Join|Title|Repeat)\(/s,
  rust: /\.(trim|to_uppercase|to_lowercase|to_string|to_owned)\(\)$|\.(replace|map|filter|filter_map|zip)\([^;]*\)$/s,
  cpp: /\.(substr|c_str|empty)\([^)]*\)$|^std::(remove|remove_if|unique)\(/s,
};

const notTexts =
  /^(os|shutil|path|router|history|location|window\.location|document|navigation|this\.router|Router|cy|np|pd|df\w*|fs|page|Path|table|map|cache|re)\b/;

function ignoresResult({ tree }: Context, node: number): boolean {
  if (!isStatementCall(tree, node)) return false;
  const after = tree.endOf(node);
  if (after < tree.size && tree.type(after) === 'heredoc_body') return false;
  const text = flat(tree, node, 300);
  if (notTexts.test(text) || /inplace\s*=\s*True/.test(text)) return false;
  const family = tree.table.closuresAreUnits ? 'javascript' : tree.table.language;
  const found = pure[family]?.exec(text)?.[0];
  return found !== undefined && endsChain(found, escaped(callAt(tree, node).name));
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

/** What a comparator of each language must not look like. */
const comparators: Record<string, [call: RegExp, body: RegExp]> = {
  cpp: [/^(sort|stable_sort)$/, /return\s+[^;{}&|?]*[<>]=[^;{}&|?]*;?\s*\}\s*$/],
  go: [/^(Slice|SliceStable)$/, /return\s+[^;{}&|?]*[<>]=[^;{}&|?]*;?\s*\}\s*$/],
  php: [/^(usort|uasort|uksort)$/, /return\s+[^;?<>]*[<>]\s*(?![=>])[^;?<>]*;\s*\}\s*$/],
  ruby: [/^sort$/, /\|\s*[^|]*\|\s*[^<>|]*[^<=>|][<>](?![=>])[^<>]*\}$/],
};
const answersBoolean =
  /(=>|->|return)\s*\(?\s*[\w.[\]'"()]+\s*[<>]=?\s*[\w.[\]'"()]+\s*\)?\s*(\?\s*1\s*:\s*0\s*)?;?\s*\}?$/;

/** A comparator that answers true or false, or never says "less". */
function comparesWrongly({ tree }: Context, node: number): boolean {
  const [names, wrong] = comparators[tree.table.language] ?? [
    /^(sort|toSorted|compare|sorted)$/,
    answersBoolean,
  ];
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
  if (tree.table.language === 'ruby')
    return /^(Array\.new\(\s*[\w.]+\s*,\s*(\[\]|\{\}|""|'')\s*\)|Hash\.new\(\s*(\[\]|\{\})\s*\))$/.test(
      text,
    );
  return (
    /\.fill\(\s*(\[.*\]|\{.*\}|new (Array|Map|Set|Object)\b.*)\s*\)$/.test(text) &&
    tree.table.closuresAreUnits
  );
}

const comparison = /^[=!]==?$/;

const types = new Set([
  'undefined',
  'object',
  'boolean',
  'number',
  'string',
  'function',
  'symbol',
  'bigint',
  'unknown',
]);

function isTypeofTypo({ tree }: Context, node: number): boolean {
  if (tree.excerpt(node, 6) !== 'typeof' || !comparison.test(operatorOf(tree, node))) return false;
  const match = /^typeof\s*\(?[^=!]+?\)?\s*[=!]==?\s*(.+)$/.exec(flat(tree, node, 160));
  const right = match?.[1] ?? '';
  if (right === 'undefined' || right === 'null') return true;
  const word = /^["'](\w*)["']$/.exec(right)?.[1];
  return word !== undefined && !types.has(word);
}

/** `x === []`, `x == {}`: a list made on the spot is never the other one. */
function comparesFresh({ tree }: Context, node: number): boolean {
  const operator = operatorOf(tree, node);
  const both = operandsOf(tree, node);
  if (both === null) return false;
  if (tree.table.language === 'python')
    return (
      /^is\b/.test(operator) && both.some((side) => /^(\[.*\]|\{.*\})$/.test(flat(tree, side, 40)))
    );
  if (!comparison.test(operator)) return false;
  return (
    both.some((side) => tree.kind(side) === 'collection') &&
    (/^[=!]==$/.test(operator) ||
      both.some((side) => flat(tree, side, 8) === '{}' || flat(tree, side, 8) === '[]'))
  );
}

/** `a < b < c`, `!key in map`, `flags & mask == 0`: read otherwise than it looks. */
function isMisread({ tree }: Context, node: number): boolean {
  const operator = operatorOf(tree, node);
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const [left, right] = both;
  if (/^[<>]=?$/.test(operator))
    return (
      tree.kind(left) === 'binary' &&
      /^[<>]=?$/.test(operatorOf(tree, left)) &&
      !/["'<]\s*$/.test(tree.excerpt(left, 2))
    );
  if (/^(in|instanceof)$/.test(operator))
    return tree.kind(left) === 'not' && tree.excerpt(left, 1) === '!';
  if (operator !== '&' && operator !== '|') return false;
  return (
    [left, right].some(
      (side) => tree.kind(side) === 'binary' && /^[=!]==?$/.test(operatorOf(tree, side)),
    ) &&
    ![left, right].every(
      (side) =>
        tree.kind(side) === 'binary' || tree.kind(side) === 'paren' || tree.kind(side) === 'call',
    )
  );
}

const scriptLike = (tree: SyntaxTree): boolean =>
  tree.table.closuresAreUnits || tree.table.language === 'php' || tree.table.language === 'cpp';

export const valueDetectors: Detector[] = [
  { rule: 'ignored-result', kinds: ['call'], test: ignoresResult },
  {
    rule: 'ignored-result',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      /^[=!]==?$/.test(operatorOf(tree, node)) &&
      tree.type(tree.parentOf(node)) === 'expression_statement' &&
      tree.table.language !== 'rust' &&
      tree.table.language !== 'ruby',
  },
  { rule: 'none-result', kinds: ['assignment', 'return'], test: takesNothing },
  {
    rule: 'wrong-comparator',
    kinds: ['call'],
    method: /^(sort|stable_sort|Slice|SliceStable|usort|uasort|uksort|toSorted|compare|sorted)$/,
    test: comparesWrongly,
  },
  { rule: 'callback-without-result', kinds: ['call'], method: asking, test: givesNothing },
  {
    rule: 'shared-element',
    kinds: ['binary', 'call'],
    needs: /\.fill\(|(Array|Hash)\.new\(|\]\s*\*/,
    test: sharesOne,
  },
  { rule: 'typeof-typo', kinds: ['binary'], test: isTypeofTypo },
  { rule: 'fresh-comparison', kinds: ['binary'], test: comparesFresh },
  {
    rule: 'misread-operators',
    kinds: ['binary'],
    test: (context, node) => scriptLike(context.tree) && isMisread(context, node),
  },
  {
    rule: 'misread-operators',
    kinds: ['assignment', 'declarator'],
    test: ({ tree }, node) =>
      /^[$\w.\]['"[]+\s*=[-+!]\s\s*[\w$(]/.test(tree.excerpt(node, 80)) &&
      !/==|=>/.test(tree.excerpt(node, 80)),
  },
  {
    rule: 'index-as-condition',
    kinds: ['if', 'ternary', 'not'],
    test: ({ tree }, node) => {
      const at =
        tree.kind(node) === 'not'
          ? (tree.namedChildren(node)[0] ?? -1)
          : tree.field(node, 'condition');
      const text = at < 0 ? '' : flat(tree, at, 160).replace(/^\((.*)\)$/, '$1');
      if (tree.kind(node) === 'not' && !tree.excerpt(node, 1).startsWith('!')) return false;
      return /^[\w.$>-]*(\.indexOf|\.search|\.lastIndexOf|\.findIndex|^strpos|^stripos|^array_search)\([^()]*\)$/.test(
        text,
      );
    },
  },
  {
    rule: 'map-parse-int',
    kinds: ['call'],
    needs: /parseInt/,
    test: ({ tree }, node) => /\.map\(\s*(Number\.)?parseInt\s*\)$/.test(flat(tree, node, 300)),
  },
  {
    rule: 'lexical-sort',
    kinds: ['call'],
    method: /^(sort|toSorted)$/,
    test: (context, node) => {
      const { tree } = context;
      const { qualifier, arguments: count } = callAt(tree, node);
      if (count > 0 || qualifier === null) return false;
      if (/^\[\s*-?\d[\d.,\s-]*\]$/.test(qualifier)) return true;
      const type = typeOf(context, node, qualifier) ?? '';
      const value = onlyValue(context, node, qualifier);
      return (
        /^(number\[\]|Array<number>|readonly number\[\])$/.test(type) ||
        (value >= 0 && /^\[\s*-?\d[\d.,\s-]*\]$/.test(flat(tree, value, 200)))
      );
    },
  },
  {
    rule: 'duplicate-key',
    kinds: ['collection'],
    test: ({ tree }, node) => {
      if (!/^(object|dictionary)$/.test(tree.type(node))) return false;
      const keys = tree
        .namedChildren(node)
        .map((pair) => (tree.type(pair) === 'pair' ? flat(tree, tree.field(pair, 'key'), 80) : ''));
      const named = keys.filter(
        (key) =>
          /^(["'].*["']|\w+)$/.test(key) && (tree.table.closuresAreUnits || /^["'\d]/.test(key)),
      );
      return new Set(named).size < named.length;
    },
  },
  {
    rule: 'self-increment',
    kinds: ['assignment'],
    test: ({ tree }, node) => /^(\$?\w+)\s*=\s*\1\s*(\+\+|--);?$/.test(flat(tree, node, 60)),
  },
];

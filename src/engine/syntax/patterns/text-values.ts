import { argumentNodes, callAt, type Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { search, unitAt, unitOf, type Context } from './context.ts';

/** Built-ins that turn a number into a number as well as a text into one. */
const conversions = /^(int|float|Decimal|Integer|Float|Number)$/;

/** Words for what comes as text. */
const textual =
  /(^|_)(text|line|lines|str|string|raw|tokens?|fields?|parts?|words?|input|args?|argv|rows?|cells?|column|chunks?|pieces?|digits?|match|groups?|data|value|env|environ|params?|form|query|payload|body|header|headers|answer|choice|reply|response|content|csv|record|entry)\d*$/i;
const textCalls =
  /^(input|readline|read|split|rsplit|splitlines|strip|lstrip|rstrip|group|groups|partition|replace|get|getenv|gets|pop|decode|findall|match|next|raw_input|chomp|getlist|prompt)$/;
const numberCalls =
  /^(len|round|abs|sum|floor|ceil|sqrt|pow|cos|sin|tan|acos|asin|atan2?|log\d*|exp|hypot|trunc|time|monotonic|perf_counter|random|uniform|randint|count|total_seconds|timestamp|mean|median|fabs|degrees|radians|size|length|ord|bool|hash|id)$/;

/**
 * A parse that no outside text can upset: of a literal, of what the program itself wrote, or the
 * conversion of what is a number or is not known to be a text.
 */
export function isSafeParse(context: Context, node: number, call: Call): boolean {
  const { tree } = context;
  const nodes = argumentNodes(tree, node);
  const [first] = nodes;
  if (first === undefined) return isQuoted(call.qualifier ?? '') || isOfArguments(tree, call);
  if (isOfModule(tree, node, call)) return true;
  if (nodes.every((one) => isLiteral(tree, one)) || isOwnText(tree, first)) return true;
  if (call.qualifier !== null || !conversions.test(call.name)) return false;
  // `int(text, 16)` takes text only.
  return nodes.length === 1 && (!isText(context, first, 0) || isAskedBefore(context, node, first));
}

/** `if value.isdigit(): return int(value)`, `value in {"10", "20"}`, `isinstance(value, int)`: it is known to be a number. */
function isAskedBefore(context: Context, node: number, value: number): boolean {
  const { tree } = context;
  const name = tree.excerpt(value, 40);
  const from = unitOf(context, node);
  if (tree.table.language !== 'python' || from === null || !/^\w+$/.test(name)) return false;
  // A choice between two values asks behind the first of them: `int(part) if part.isdigit() else part`.
  const end = tree.source.indexOf('\n', tree.start[node]);
  const before = tree.source.slice(tree.start[from.node], end < 0 ? undefined : end);
  return new RegExp(
    `\\b${name}\\.is(?:digit|decimal|numeric)\\(\\)|\\b${name}\\s+in\\s+[({[]["']\\d|\\bisinstance\\(\\s*${name}\\s*,[^:\\n]*\\b(?:int|float|integer|floating|Number)\\b`,
  ).test(before);
}

/** `Options::parse()` in Rust reads the command line, and ends the program itself where that is wrong. */
function isOfArguments(tree: SyntaxTree, { name, qualifier }: Call): boolean {
  return tree.table.language === 'rust' && name === 'parse' && /^[A-Z]\w*$/.test(qualifier ?? '');
}

/** `card::parse(text)` in Rust is a function of a module; the library has a method. */
function isOfModule(tree: SyntaxTree, node: number, { name }: Call): boolean {
  if (tree.table.language !== 'rust' || name !== 'parse') return false;
  return /^(?:\w+::)*(?:[a-z_]\w*::)?parse\(/.test(tree.excerpt(node, 120));
}

/** `JSON.parse(JSON.stringify(x))` copies. */
function isOwnText(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'call' && /^(stringify|dumps)$/.test(callAt(tree, node).name);
}

function isQuoted(text: string): boolean {
  return /^["'`]/.test(text);
}

function isLiteral(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'number' || kind === 'boolean') return true;
  if (kind !== 'string') return false;
  for (let at = node; at < tree.endOf(node); at += 1)
    if (tree.kind(at) === 'interpolation') return false;
  return !(tree.table.language === 'php' && tree.text(node).includes('$'));
}

/** Whether a value is shown to be a text by its name, its type, its origin. */
function isText(context: Context, node: number, depth: number): boolean {
  const { tree } = context;
  const kind = tree.kind(node);
  if (kind === 'string') return true;
  if (kind === 'call') return isTextCall(context, node, depth);
  if (kind === 'index' || kind === 'member') return textual.test(lastWordOf(tree, node));
  if (kind === 'paren') return isText(context, tree.namedChildren(node)[0] ?? node, depth + 1);
  if (kind !== 'identifier') return false;
  const name = tree.text(node);
  return textual.test(name) ? !isNumber(context, node, name) : isBoundToText(context, node, name);
}

function isTextCall(context: Context, node: number, depth: number): boolean {
  const { name } = callAt(context.tree, node);
  if (numberCalls.test(name)) return false;
  if (textCalls.test(name)) return true;
  // `str(x)` of a number is one again.
  const inner = argumentNodes(context.tree, node)[0];
  return name === 'str' && inner !== undefined && depth < 3 && isText(context, inner, depth + 1);
}

/** `fields[1]`, `request.args`, `row["price"]`: the word that says what it is. */
function lastWordOf(tree: SyntaxTree, node: number): string {
  const holder = tree.kind(node) === 'index' ? (tree.namedChildren(node)[0] ?? node) : node;
  return /(\w+)\W*$/.exec(tree.excerpt(holder, 200))?.[1] ?? '';
}

function isNumber(context: Context, node: number, name: string): boolean {
  const number = new RegExp(
    `\\b${name}\\s*:\\s*(int|float|Decimal|complex)\\b|\\b${name}\\s*=\\s*([-\\d(]|[^\\n"']*[-+*/]|(len|round|sum|abs|math\\.\\w+)\\()|\\bfor\\s+[\\w, ]*\\b${name}\\b[\\w, ]*\\s+in\\s+(range|enumerate)\\(`,
  );
  return search(context, number, unitAt(context, node)) !== false;
}

function isBoundToText(context: Context, node: number, name: string): boolean {
  const text = new RegExp(
    `\\b${name}\\s*:\\s*str\\b|\\b${name}\\s*=\\s*[^\\n]*(\\.(split|strip|readline|read|group|groups|rstrip|lstrip)\\(|input\\(|argv|environ|\\.args\\b|gets\\b)|\\bfor\\s+[\\w, ()]*\\b${name}\\b[^\\n]*\\bin\\b[^\\n]*(\\.split\\(|splitlines\\(|\\breader\\b|argv|open\\(|\\b(lines|tokens|words|fields|parts|rows)\\b)`,
  );
  return search(context, text, unitAt(context, node)) === true;
}

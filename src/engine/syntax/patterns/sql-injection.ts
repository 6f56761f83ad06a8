import { argumentNodes, callAt } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { operatorOf } from '../tree-questions.ts';
import { escaped } from './escaped.ts';
import { isDynamic, stringText, type Context } from './context.ts';
import { isFromRequest } from './defects/taint.ts';

const sqlText =
  /^\W{0,3}\s*(SELECT\s[\s\S]*\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|DROP\s+TABLE\s)/i;

/** What a file has that holds any query at all. */
export const sqlWords = /(select|insert|update|delete|drop)\s/i;

/** Calls that put a text together. */
export const formatting = /^(format|Sprintf|sprintf|formatted|Format)$/;

/** A query whose text holds a value that the source does not fix. @param node a text, a chain of `+` or a call of `formatting` */
export function isBuiltSql(context: Context, node: number): boolean {
  const { tree } = context;
  const kind = tree.kind(node);
  if (kind === 'string')
    return (
      sqlText.test(stringText(tree, node)) &&
      !/^\W{0,2}\(/.test(stringText(tree, node).trimStart()) &&
      !isTagged(tree, node) &&
      hasValue(context, node)
    );
  if (kind === 'binary') return isConcatenatedSql(context, node);
  return isFormattedSql(tree, node);
}

/** sql`…`: the library makes parameters of the values. The grammar reads sql<Row>`…` as comparisons. */
function isTagged(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (!tree.table.closuresAreUnits) return false;
  if (tree.source[(tree.start[node] ?? 0) - 1] === '>') return true;
  return parent >= 0 && tree.kind(parent) === 'call' && tree.fieldName(node) === 'arguments';
}

/** What stands before a place where SQL wants a value, not a name or a part of the query. */
const beforeValue =
  /(=|<|>|\blike|\bilike|\bbetween|\blimit|\boffset|\b(?:values|in)\s*\((?!\s*select\b)(?:[^()]|\([^()]*\)){0,500}|\bset\b[^()]{0,500},)\s*['"%(]*$|['"%]$/i;

function isFormattedSql(tree: SyntaxTree, node: number): boolean {
  const call = callAt(tree, node);
  const first = argumentNodes(tree, node)[0] ?? -1;
  const own = call.qualifier !== null && /^[frFR]?["']/.test(call.qualifier);
  const text = own
    ? (call.qualifier ?? '').replace(/^[frFR]*["']{1,3}/, '')
    : first >= 0 && tree.kind(first) === 'string'
      ? stringText(tree, first)
      : '';
  if (!sqlText.test(text)) return false;
  const places = [...text.matchAll(/%(\(\w+\))?[sdvq]|\{\w*\}/g)];
  // A long receiver is cut: its end is not seen.
  return text.endsWith('…') || places.some(({ index }) => beforeValue.test(text.slice(0, index)));
}

/** Something other than a constant name or a list of placeholders is put in where a value stands. */
function hasValue(context: Context, node: number): boolean {
  const { tree } = context;
  const end = tree.endOf(node);
  for (let at = node + 1; at < end; at += 1) {
    const isVariable = tree.table.language === 'php' && tree.type(at) === 'variable_name';
    if ((tree.kind(at) === 'interpolation' || isVariable) && isValueAt(context, node, at))
      return true;
  }
  return false;
}

function isValueAt(context: Context, query: number, at: number): boolean {
  const { tree } = context;
  if (isFromRequest(context, at)) return true;
  const inside = tree
    .excerpt(at, 100)
    .replace(/^[#$]?\{|\}$/g, '')
    .trim();
  if (
    /^[A-Z][A-Z0-9_.]*$/.test(inside) ||
    /placeholder|join\(|marks|^(\w+\.)?(quote|sanitize)\w*\(/i.test(inside)
  )
    return false;
  const before = tree.source.slice(tree.start[query], tree.start[at]).replace(/\{$/, '');
  // A table, an alias or a column: `${row}.id`, `${key} as key`.
  const after = tree.source.slice(tree.stop[at], (tree.stop[at] ?? 0) + 12);
  if (/^\.\w|^\s+as\s/i.test(after) || isNumber(tree, inside)) return false;
  return beforeValue.test(before) && !(/\bin\s*\($/i.test(before) && inside.includes('('));
}

/** Declared as a number in a language that checks it: nothing can be smuggled in by it. */
function isNumber(tree: SyntaxTree, name: string): boolean {
  return (
    /^(typescript|tsx)$/.test(tree.table.language) &&
    /^[A-Za-z_$][\w$]*$/.test(name) &&
    new RegExp(`\\b${escaped(name)}\\s*:\\s*(?:number|bigint)\\b`).test(tree.source)
  );
}

const chainStart = /^\W{0,3}\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s/i;

/** `"SELECT … WHERE id = " + id`, however long the chain before it. */
function isConcatenatedSql(context: Context, node: number): boolean {
  const { tree } = context;
  const operator = operatorOf(tree, node);
  const [left, right] = tree.namedChildren(node);
  if (!/^[+.%]$/.test(operator) || left === undefined || !isAdded(tree, right)) return false;
  const ends = endsOf(tree, left);
  if (ends.some((end) => tree.kind(end) !== 'string')) return false;
  const [start = '', text = ''] = ends.map((end) => stringText(tree, end));
  if (operator === '%') return sqlText.test(`${text} `) && formatted.test(text);
  return (
    startsQuery(tree, start, left) && (beforeValue.test(text) || isFromRequest(context, right))
  );
}

/** A sentence may begin like a query: `"Select between " + least`. */
function startsQuery(tree: SyntaxTree, start: string, chain: number): boolean {
  if (!chainStart.test(start)) return false;
  const isWhole = /^\W{0,3}\s*(INSERT|DELETE)\s/i.test(start);
  return isWhole || /\b(from|set)\b/i.test(tree.excerpt(chain, 8_000));
}

/** A value, no constant. */
function isAdded(tree: SyntaxTree, node: number | undefined): node is number {
  return (
    node !== undefined && !/^[A-Z_0-9]+$/.test(tree.excerpt(node, 60)) && isDynamic(tree, node)
  );
}

const formatted = /(['"=(,]|like)\s*%(\(\w+\))?[sd]/i;

/** First and last operand of a chain of `+`. */
function endsOf(tree: SyntaxTree, node: number): [first: number, last: number] {
  let first = node;
  for (let depth = 0; depth < 50 && tree.kind(first) === 'binary'; depth += 1)
    first = tree.namedChildren(first)[0] ?? first;
  return [first, tree.kind(node) === 'binary' ? (tree.namedChildren(node).at(-1) ?? node) : node];
}

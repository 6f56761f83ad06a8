import type { SyntaxTree } from '../../syntax-tree.ts';
import { headerText } from '../../headers.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { flat } from './shapes.ts';

/** `for i in range(len(xs)): … xs[i + 1]`, `xs[len(xs)]`. */
function readsPastEnd(context: Context, node: number): boolean {
  const { tree } = context;
  if (tree.kind(node) === 'index') return isLengthIndex(tree, node);
  // Scripts read `undefined` there, and often ask for it.
  if (tree.table.closuresAreUnits) return false;
  const body = tree.field(node, 'body');
  const read = pastEnd(tree.excerpt(node, 200).split('\n')[0] ?? '');
  if (body < 0 || read === null || search(context, read.place, [body, 4_000]) !== true)
    return false;
  return read.guard === null || search(context, read.guard, [body, 4_000]) === false;
}

/** What reads past the end in a loop with this head, and what would guard it. */
function pastEnd(head: string): { place: RegExp; guard: RegExp | null } | null {
  const plain = pythonRange.exec(head) ?? rustPlain.exec(head) ?? countedUp.exec(head);
  const [, index, list, more] = plain ?? rubyRange.exec(head) ?? rustRange.exec(head) ?? [];
  if (index === undefined || list === undefined) return null;
  if (plain === null || more !== undefined)
    return { place: new RegExp(`\\b${list}\\[\\s*${index}\\s*\\]`), guard: null };
  return {
    place: new RegExp(`\\b${list}(\\[|\\.(get|charAt|at)\\()\\s*${index}\\s*\\+\\s*1\\s*[\\])]`),
    guard: new RegExp(
      `\\b${index}\\s*(\\+\\s*1\\s*)?(<|!=|==|>=)|- 1|-1|IndexError|\\btry\\b|\\bbreak\\b`,
    ),
  };
}

const rustPlain = /^for\s+(\w+)\s+in\s+0\.\.(\w+)\.len\(\)\s*\{/;
const countedUp =
  /^for\s*\(?(?:int|size_t|var|std::size_t)?\s*(\w+)\s*:?=\s*0\s*;\s*\1\s*<\s*(?:len\(|(?=\w+\.))(\w+)(?:\)|\.(?:length|size|Length|Count)\b(?:\(\))?)\s*;[^;{]*(?:\+\+|\+=\s*1\b)/;
const pythonRange = /^for\s+(\w+)\s+in\s+range\((?:0,\s*)?len\((\w+)\)(\s*\+\s*1)?\)/;
const rubyRange = /^for\s+(\w+)\s+in\s+\(?0\.\.(\w+)\.(?:size|length|count)\)?\s*(?:do)?\s*$/;
const rustRange = /^for\s+(\w+)\s+in\s+0\.\.=\s*(\w+)\.len\(\)/;

/** `int values[10]; for (i = 0; i <= 10; i++) values[i]` */
function passesSize(context: Context, node: number): boolean {
  const { tree } = context;
  const head = /^for\s*\([^;]*;\s*(\w+)\s*<=\s*(\w+)\s*;/.exec(tree.excerpt(node, 160));
  const [, index = '', size = ''] = head ?? [];
  const body = head === null ? -1 : tree.field(node, 'body');
  if (body < 0) return false;
  const read = new RegExp(`(\\w+)\\[\\s*${index}\\s*\\]`).exec(tree.excerpt(body, 2_000))?.[1];
  if (read === undefined) return false;
  const made = new RegExp(
    `\\b(?!return\\b)\\w+\\s+${read}\\[\\s*${size}\\s*\\]\\s*[;={]|\\b${read}\\s*=\\s*new\\s+\\w+\\s*\\[\\s*${size}\\s*\\]`,
  );
  if (search(context, made, unitAt(context, node)) === true) return true;
  const isNamedSize = /^[A-Z][A-Z\d_]+$|^k[A-Z]\w+$/.test(size);
  if (isNamedSize) return made.test(tree.source.slice(0, 60_000));
  return isGivenSize(context, node, { read, size });
}

/** The function is handed a list and how many there are in it, and starts at 0. */
function isGivenSize(
  context: Context,
  node: number,
  { read, size }: { read: string; size: string },
): boolean {
  const { tree } = context;
  if (!counting.test(size) || !/^for\s*\([^;]*=\s*0\s*;/.test(tree.excerpt(node, 80))) return false;
  const header = headerText(tree, unitOf(context, node)?.node ?? node);
  return (
    new RegExp(`(\\*\\s*${read}\\b|\\b${read}\\[\\s*\\])\\s*[,)]`).test(header) &&
    new RegExp(`\\b(int|size_t|long|unsigned)\\s+${size}\\s*[,)]`).test(header)
  );
}

const counting =
  /^(size|sz|len|length|count|num|\w+_(size|len|length|count)|n(um)?_\w+|\w+(Size|Len|Length|Count))$/;

function isLengthIndex(tree: SyntaxTree, node: number): boolean {
  const match =
    /^([\w.$]+)\[\s*(?:\1(?:\.|->)(?:length|size\(\)|Length|Count|len\(\))|(?:len|count)\(\1\))\s*\]$/.exec(
      flat(tree, node, 120),
    );
  if (match === null) return false;
  const parent = tree.parentOf(node);
  // `list[list.length] = x` appends in JavaScript.
  return !(tree.kind(parent) === 'assignment' && tree.fieldName(node) === 'left');
}

export const boundsDetectors: Detector[] = [
  { rule: 'off-by-one', kinds: ['loop', 'index'], test: readsPastEnd },
  { rule: 'off-by-one', kinds: ['loop'], needs: /<=/, test: passesSize },
  {
    rule: 'off-by-one',
    kinds: ['call'],
    method: /^(charAt|get|at)$/,
    test: ({ tree }, node) =>
      /^([\w.]+)\.(charAt|get|at)\(\s*\1\.(length|size)(\(\))?\s*\)$/.test(flat(tree, node, 120)),
  },
];

import { shapeOfNodes } from '../shape-of-text.ts';
import type { GuardFacts } from '../../pattern-facts.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { nodesWhere } from '../nodes-where.ts';
import { parameterFacts } from '../parameters.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { operatorOf } from '../tree-questions.ts';
import type { LineRange } from '../../line-range.ts';
import type { Unit } from '../units.ts';
import { unitOf, type Context } from './context.ts';

const mayRequire = nodesWhere(
  (kind, type) => kind === 'call' || kind === 'binary' || type === 'let_declaration',
);

/**
 * Values without which a function ends in an error, asked for in one expression: `orders.findById(id).orElseThrow()`,
 * `accounts.Find(id) ?? throw new …`, `find(id) or raise NotFound`, `args.next().ok_or("no path")?`,
 * `let Some(row) = rows.get(at) else { return … }`; or of a library that ends so: `get_object_or_404(Note, pk=pk)`.
 */
export function requiredValues(context: Context): GuardFacts[] {
  const { tree, testUnits } = context;
  const found: GuardFacts[] = [];
  for (const node of mayRequire(tree)) {
    const value = requiredAt(tree, node);
    const unit = value < 0 ? null : unitOf(context, node);
    if (unit === null || testUnits.has(unit.node)) continue;
    const subject = shownValue(value === node ? ofLibrary(tree, node) : tree.excerpt(value, read));
    if (subject === '') continue;
    const range = { startLine: tree.startLine(value), endLine: tree.endLine(node) };
    found.push({ ...checkOf(tree, unit, { kind: 'null', subject, node }), ...range });
  }
  return found;
}

/** A check of a value in a function: of a parameter it fits any function. */
export function checkOf(
  tree: SyntaxTree,
  unit: Unit,
  { kind, subject, node }: Pick<GuardFacts, 'kind' | 'subject'> & { node: number },
): Omit<GuardFacts, keyof LineRange> {
  const isParameter = parameterFacts(tree, unit).some(({ name }) => name === subject);
  const usual = isParameter ? { usual: true as const } : {};
  return { kind, subject, ...usual, function: unit.name, shape: shapeOfNodes(tree, node) };
}

/** Characters of a value that are still shown. */
const longest = 50;
/** Characters of a value that are read. */
const read = 120;

/** `rows.get(at)`; of what is longer, or asks for a text, what is called: `headers().get(…)`. */
export function shownValue(text: string): string {
  const plain = text
    .replaceAll(/\s*\n\s*/g, '')
    .replaceAll(/\(\s*(?:"[^"]*"|'[^']*'|`[^`]*`)\s*\)/g, '(…)')
    .replace(/^[$&*]/, '');
  if (plain.length <= longest && !/["'`]/.test(plain)) return plain;
  return /^([\w.$:>-]+)\(/.exec(plain)?.[1]?.concat('(…)') ?? '';
}

/** The value that has to be there, or -1. */
function requiredAt(tree: SyntaxTree, node: number): number {
  if (tree.kind(node) === 'call') {
    const { name } = callAt(tree, node);
    if (/^(orElseThrow|ok_or|ok_or_else)$/.test(name)) return receiverOf(tree, node);
    return orEnds.test(name) ? node : -1;
  }
  if (tree.kind(node) === 'binary') {
    const [left, right] = tree.namedChildren(node);
    if (
      left === undefined ||
      right === undefined ||
      !/^(\?\?|\|\||or)$/.test(operatorOf(tree, node))
    )
      return -1;
    if (!/^(throw|raise|fail)\b/.test(tree.excerpt(right, 10))) return -1;
    return tree.kind(left) === 'assignment' ? tree.field(left, 'right') : left;
  }
  return tree.field(node, 'alternative') < 0 ? -1 : tree.field(node, 'value');
}

/** Ends in an error, or in an answer that says so, where there is no such row. */
const orEnds =
  /^(get_(object|list)_or_404|(get|first|one)_or_404|(find|first|findOne|findOneBy)OrFail|(findUnique|findFirst)OrThrow|find_by!|first!|last!)$/;

/** What is looked for: the model that it is called on, or that it is given. */
function ofLibrary(tree: SyntaxTree, call: number): string {
  const { qualifier } = callAt(tree, call);
  return qualifier ?? tree.excerpt(argumentNodes(tree, call)[0] ?? call, read);
}

/** What a method is called on. */
function receiverOf(tree: SyntaxTree, call: number): number {
  const direct = tree.field(call, 'object', 'receiver');
  if (direct >= 0) return direct;
  const callee = tree.field(call, 'function');
  return callee < 0 ? -1 : tree.field(callee, 'value', 'object');
}

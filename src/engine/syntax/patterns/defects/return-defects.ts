import { callAt } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Detector } from '../context.ts';
import { below } from './shapes.ts';

const valueTypes = /^(int|long|double|float|bool|std::\w+(<.*>)?|size_t|char|unsigned)$/;

function promisesValue(tree: SyntaxTree, node: number): boolean {
  const type = tree.field(node, 'type');
  const body = tree.field(node, 'body');
  if (type < 0 || body < 0 || tree.namedChildren(body).length === 0) return false;
  const header = tree.source.slice(tree.start[node], tree.start[body]);
  const isAssignment = /&\s*(\w+::)?operator\s*[-+*/]?=\s*\(/.test(header);
  if (!isAssignment && !valueTypes.test(tree.text(type))) return false;
  return !/\bmain\s*\(|noreturn|\bauto\b/.test(header);
}

const stops =
  /^(abort|exit|terminate|unreachable|__builtin_unreachable|_exit|quick_exit|[A-Z_]{4,})$/;

/** Some way out gives a value, or there is none that could. */
function givesValue(tree: SyntaxTree, body: number): boolean {
  for (const at of below(tree, body, 20_000)) {
    const kind = tree.kind(at);
    if (kind === 'return' || kind === 'throw' || kind === 'yield') return true;
    if (/^(asm|preproc|ERROR|gnu_asm|co_)/.test(tree.type(at))) return true;
    if (kind === 'call' && stops.test(callAt(tree, at).name)) return true;
    if (
      kind === 'loop' &&
      /^(while\s*\(\s*(true|1)\s*\)|for\s*\(\s*;\s*;)/.test(tree.excerpt(at, 20))
    )
      return true;
  }
  return false;
}

/** The last statement is an `if` of which no branch takes what is left. */
function fallsOff(tree: SyntaxTree, body: number): boolean {
  let last = tree.namedChildren(body).findLast((one) => tree.kind(one) !== 'comment') ?? -1;
  if (tree.kind(last) !== 'if' || /\bif\s+constexpr\b|#/.test(tree.excerpt(last, 4_000)))
    return false;
  for (let depth = 0; depth < 20; depth += 1) {
    const other = tree.field(last, 'alternative');
    if (other < 0) return /\breturn\b/.test(tree.excerpt(tree.field(last, 'consequence'), 2_000));
    const next = tree.kind(other) === 'if' ? other : (tree.namedChildren(other)[0] ?? -1);
    if (tree.kind(next) !== 'if') return false;
    last = next;
  }
  return false;
}

/** Functions of C and C++ that end without the value that they promise. */
export const returnDetectors: Detector[] = [
  {
    rule: 'missing-return',
    kinds: ['function'],
    test: ({ tree }, node) =>
      promisesValue(tree, node) &&
      (!givesValue(tree, tree.field(node, 'body')) || fallsOff(tree, tree.field(node, 'body'))),
  },
];

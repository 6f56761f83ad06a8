import { boundNames } from './patterns/bound-names.ts';
import type { OuterThrow } from '../token-facts.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Characters of a condition that are read, and nodes around an error that are looked at. */
const limits = { text: 1_000, levels: 6 };

/**
 * What is asked before an error is raised, where that is nothing which the file binds: no parameter, variable or field.
 * Null for any other error.
 */
export function outerThrowAt(tree: SyntaxTree, node: number): OuterThrow | null {
  const check = checkAround(tree, node);
  return check < 0 ? null : outerQuestionOf(tree, check);
}

/** The same of a branch. */
export function outerQuestionOf(tree: SyntaxTree, check: number): OuterThrow | null {
  const condition = tree.field(check, 'condition');
  if (condition < 0) return null;
  const text = tree.excerpt(condition, limits.text);
  if (text.length === limits.text || text.includes('@')) return null;
  const bare = text.replaceAll(/"[^"\n]*"|'[^'\n]*'/g, '0');
  const bound = boundNames(tree);
  const roots = bare.match(/(?<![\w.$>:])[$A-Za-z_]\w*/g) ?? [];
  if (roots.some((name) => bound.has(name.replace('$', '')) || own.test(name))) return null;
  // A bare name may be bound in ways that are not read here.
  const bareNames = bare.match(/(?<![\w.$>:])[$A-Za-z_]\w*(?!\w|\s*(?:\(|\.|::|->))/g) ?? [];
  if (!bareNames.every((word) => everywhere.test(word))) return null;
  const calls: string[] = [];
  const rest = bare.replaceAll(constantCall, (_, name: string) => {
    if (!everywhere.test(name)) calls.push(name);
    return ' ';
  });
  const isSettled = (rest.match(/[A-Za-z_]\w*/g) ?? []).every((word) => everywhere.test(word));
  return { asks: text.replaceAll(/\s/g, ''), ...(isSettled ? { calls } : {}) };
}

const own = /^(this|self|super|base)$/;

/** A call of a plain name with nothing but literals, of which texts were made numbers. */
const constantCall = /(?<![\w.$>:])([A-Za-z_]\w*)\(\s*-?\d[\d.]*(?:\s*,\s*-?\d[\d.]*)*\s*\)/g;

/** Words of the languages, and what is the same in every program: clocks, chance, constants, the machine. */
const everywhere =
  /^(not|and|or|is|true|false|none|null|nil|undefined|nullptr|typeof|new|date|now|utcnow|gettime|getfullyear|year|unix\w*|iszero|time|monotonic|datetime|system|nanotime|currenttimemillis|performance|uptime|process|math|pi|random|rand|float64|number|string|integer|long|int|str|max_safe_integer|max_value|maxvalue|maxsize|sys|epsilon|infinity|nan|runtime|getruntime|availableprocessors|std|mem|size_of|u8|u16|u32|u64|i32|i64|usize|max|min|symbol|object|array|boolean|len|ticks|microtime|php_int_max|to_i)$/i;

/** The branch that an error stands in, or -1 where it stands in none or a function comes first. */
function checkAround(tree: SyntaxTree, node: number): number {
  let up = tree.parentOf(node);
  for (let level = 0; up >= 0 && level < limits.levels; level += 1, up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'if' || kind === 'elif') return up;
    if (kind === 'function' || kind === 'closure' || kind === 'else' || kind === 'loop') return -1;
  }
  return -1;
}

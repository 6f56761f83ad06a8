import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { flat } from './shapes.ts';

const unnamedGuard =
  /^(std::|boost::)?(lock_guard|unique_lock|scoped_lock|shared_lock)\s*(<[^;(){}]*>)?\s*[({][^;]*[)}];$/;
const unkeptGuard =
  /^let _ = [\w.]*(lock|mutex|gate|guard)\w*\.(lock|read|write)\(\)|^let _ = [\w.]+\.lock\(\)(\.await|\.unwrap\(\)|\.expect\(.*\)|\?)?;$/i;

/** A guard without a name ends with its own statement. */
function keepsNothing({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 200);
  return (tree.table.language === 'rust' ? unkeptGuard : unnamedGuard).test(text);
}

/** `#define SQUARE(x) x * x`, `#define SUM(a, b) a + b` */
function fallsApart({ tree }: Context, node: number): boolean {
  const parameters = tree.field(node, 'parameters');
  const value = tree.field(node, 'value');
  if (parameters < 0 || value < 0) return false;
  const names = tree.namedChildren(parameters).map((one) => escaped(tree.text(one)));
  const body = flat(tree, value, 200).replace(/\s*\\$/, '');
  if (names.length === 0 || /[;{}#"]/.test(body)) return false;
  const operand = `(?:${names.join('|')}|\\d[\\w.]*|\\([^()]*\\))`;
  const own = `(?:${names.join('|')})`;
  const isProduct = new RegExp(
    `^\\(?\\s*(?:${own} ?[*/%] ?${operand}|${operand} ?[*/%] ?${own})(?: ?[-+*/%] ?${operand})*\\s*\\)?$`,
  );
  const isSum = new RegExp(`^${operand} [-+] ${operand}$`);
  return isProduct.test(body) || (isSum.test(body) && new RegExp(`^${own}|${own}$`).test(body));
}

/** `for (p = first; p; p = p->next) free(p);`: the next one is asked of what is gone. */
function freesBeforeNext({ tree }: Context, node: number): boolean {
  const name = /^for\s*\([^;]*;[^;]*;\s*(\w+)\s*=\s*\1\s*->\s*\w+\s*\)/.exec(
    tree.excerpt(node, 200),
  )?.[1];
  const body = name === undefined ? -1 : tree.field(node, 'body');
  if (body < 0) return false;
  const statements = tree.kind(body) === 'block' ? tree.namedChildren(body) : [body];
  const freed = new RegExp(`^(delete\\s+${name}|(std::)?free\\(\\s*${name}\\s*\\))\\s*;$`);
  const last = statements.at(-1) ?? -1;
  return last >= 0 && freed.test(flat(tree, last, 60));
}

/** Nobody catches what a destructor throws. */
function throwsFromDestructor(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || unit.closure || tree.above(node, 'try', 'function') !== unit.node)
    return false;
  return /^[^{;]*~\w+\s*\(\s*\)(?![^{]*noexcept\(false\))[^{]*\{/.test(
    tree.excerpt(unit.node, 300),
  );
}

/** Mistakes of C and C++ that its compilers let pass. */
export const cppDetectors: Detector[] = [
  {
    rule: 'unkept-lock',
    kinds: ['type:expression_statement', 'type:declaration', 'declarator'],
    needs: /lock_guard|unique_lock|scoped_lock|shared_lock|let _ =/,
    test: keepsNothing,
  },
  {
    rule: 'thrown-pointer',
    kinds: ['throw'],
    needs: /\bthrow\s+new\b/,
    test: ({ tree }, node) => /^throw\s+new\s/.test(tree.excerpt(node, 12)),
  },
  {
    rule: 'throwing-destructor',
    kinds: ['throw'],
    needs: /~\w+\s*\(/,
    test: throwsFromDestructor,
  },
  { rule: 'open-macro', kinds: ['type:preproc_function_def'], test: fallsApart },
  { rule: 'use-after-free', kinds: ['loop'], needs: /\bfree\(|\bdelete\b/, test: freesBeforeNext },
];

import { argumentNodes, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { stringText, type Context, type Detector } from '../context.ts';
import { operandsOf } from './shapes.ts';

/** Where the format stands among the arguments. */
const formats: Record<string, [callee: RegExp, at: (name: string) => number]> = {
  go: [
    /^(fmt\.(Printf|Sprintf|Errorf|Fprintf)|log\.(Printf|Fatalf|Panicf))$/,
    (name) => (name.endsWith('Fprintf') ? 1 : 0),
  ],
  cpp: [
    /^(std\.)?(printf|fprintf|sprintf|snprintf)$/,
    (name) => (name.endsWith('snprintf') ? 2 : /(^|\.)printf$/.test(name) ? 0 : 1),
  ],
  php: [/^(sprintf|printf)$/, () => 0],
  java: [/^(String\.format|System\.(out|err)\.printf)$/, () => 0],
  csharp: [/^(string|String)\.Format$/, () => 0],
};

const callees =
  /^((fmt|log|std|String|string|System\.(out|err))\.)?\w*([pP]rint|[fF]ormat|[eE]rror|Fatal|Panic)f?$/;

/** Placeholders of a format, or null where they can't be counted: by place, of a width that is given, made of parts. */
function placeholders(text: string, language: string): number | null {
  if (language === 'csharp') return heldPlaces(text);
  const plain = text.replaceAll('%%', '').replaceAll('%n', '');
  if (/%[^a-zA-Z%\s]*[*$]|%\(|\$\{/.test(plain)) return null;
  return plain.match(/%[-+ #0-9.,']*[hlLqjzt]*[a-zA-Z]/g)?.length ?? 0;
}

/** `{0} {1:N2} {0}` has two. */
function heldPlaces(text: string): number {
  const numbers = [...text.replaceAll(/\{\{|\}\}/g, '').matchAll(/\{(\d+)[^}]*\}/g)].map(([, at]) =>
    Number(at),
  );
  return numbers.length === 0 ? 0 : Math.max(...numbers) + 1;
}

function isPlain(tree: SyntaxTree, node: number): boolean {
  if (node < 0 || tree.kind(node) !== 'string' || /concat/.test(tree.type(node))) return false;
  return !/^[fF$]|^@\$/.test(tree.excerpt(node, 2)) && !tree.text(node).includes('\n');
}

/** As many values as the format has places for: a place without one is a fault in each of these languages. */
function lacksArguments({ tree }: Context, node: number): boolean {
  const { language } = tree.table;
  const [callee, place] = formats[language] ?? [];
  const name = fullName(tree, node);
  if (callee === undefined || place === undefined || !callee.test(name)) return false;
  const given = argumentNodes(tree, node);
  const format = given[place(name)] ?? -1;
  if (!isPlain(tree, format)) return false;
  const values = given.slice(place(name) + 1);
  const wanted = placeholders(stringText(tree, format, 2_000), language);
  return wanted !== null && values.length < wanted && !areSeveral(tree, values);
}

/** Values that are spread, or one that may be the array of all of them. */
function areSeveral(tree: SyntaxTree, values: readonly number[]): boolean {
  const [only = -1] = values;
  const { language } = tree.table;
  if (values.some((one) => isSpread(tree, one))) return true;
  // A macro may stand for more than one value.
  if (language === 'cpp' && values.some((one) => /^[A-Z][A-Z\d_]*\(/.test(tree.excerpt(one, 40))))
    return true;
  return (
    (language === 'csharp' || language === 'java') && values.length === 1 && isName(tree, only)
  );
}

/** `printf(f(x)...)` and the like: how many there are is not told. */
function isSpread(tree: SyntaxTree, node: number): boolean {
  const text = tree.excerpt(node, 300);
  return /variadic|spread|splat/.test(tree.type(node)) || /^\*|^\.{3}|\.{3}$/.test(text);
}

function isName(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'identifier' && /s$|args|values|params/i.test(tree.excerpt(node, 80));
}

/** `"%s %d" % (name,)` */
function lacksValues({ tree }: Context, node: number): boolean {
  if (tree.table.language !== 'python' || operatorOf(tree, node) !== '%') return false;
  const [format, values] = operandsOf(tree, node) ?? [-1, -1];
  if (!isPlain(tree, format) || tree.type(values) !== 'tuple') return false;
  const given = tree.namedChildren(values).filter((one) => tree.kind(one) !== 'comment');
  if (given.some((one) => tree.excerpt(one, 1) === '*')) return false;
  const wanted = placeholders(stringText(tree, format, 2_000), 'python');
  return wanted !== null && wanted !== given.length;
}

/** Formats whose places and values are not as many. */
export const formatDetectors: Detector[] = [
  { rule: 'format-arguments', kinds: ['call'], callee: callees, test: lacksArguments },
  { rule: 'format-arguments', kinds: ['binary'], needs: /["']\s*%\s*\(/, test: lacksValues },
];

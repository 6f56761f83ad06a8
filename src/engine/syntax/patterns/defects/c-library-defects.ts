import { argumentNodes, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Context, Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { flat, isStatementCall, unitText } from './shapes.ts';

/** Copies without a limit into memory of a fixed size. */
function copiesUnbounded(context: Context, node: number): boolean {
  const { tree } = context;
  const name = fullName(tree, node).replace(/^std\./, '');
  if (name === 'gets') return true;
  const nodes = argumentNodes(tree, node);
  const text = nodes[name === 'scanf' ? 0 : 1];
  if (text === undefined) return false;
  // A name in capitals stands for a text that is known.
  const isLiteral = tree.kind(text) === 'string' || /^[A-Z][A-Z\d_]+$/.test(tree.excerpt(text, 60));
  if (name === 'strcpy' || name === 'strcat')
    return !isLiteral && !isMeasured(context, text) && !isMadeToMeasure(context, nodes[0]);
  return (
    /^(v?sprintf|[fs]?scanf)$/.test(name) && isLiteral && /%s|%\[/.test(tree.excerpt(text, 300))
  );
}

/** The length of the text is asked for in the function: as much room was made, or more would be refused. */
function isMeasured(context: Context, text: number): boolean {
  const source = escaped(flat(context.tree, text, 60));
  return new RegExp(`\\bstrlen\\(\\s*${source}\\s*\\)`).test(unitText(context, text));
}

/** `char word[length]`: how much room there is, is worked out, and no fixed size. */
function isMadeToMeasure(context: Context, target: number | undefined): boolean {
  const name = target === undefined ? '' : flat(context.tree, target, 60);
  if (!/^\w+$/.test(name)) return false;
  const made = new RegExp(
    `\\bchar\\s+${name}\\[\\s*[^\\]]*[a-z][^\\]]*\\]|\\b${name}\\s*=[^;]*\\bstrlen\\(`,
  );
  return made.test(unitText(context, target ?? 0));
}

function isFormatFromValue({ tree }: Context, node: number): boolean {
  const name = fullName(tree, node).replace(/^std\./, '');
  const at = { printf: 0, fprintf: 1, sprintf: 1, snprintf: 2, syslog: 1 }[name];
  const nodes = argumentNodes(tree, node);
  const format = at === undefined ? undefined : nodes[at];
  if (format === undefined || at === undefined || nodes.length !== at + 1) return false;
  return (
    tree.kind(format) === 'identifier' &&
    !/^[A-Z_]+$/.test(tree.text(format)) &&
    !/fmt|format/i.test(tree.text(format))
  );
}

function isSwapped(tree: SyntaxTree, node: number): boolean {
  const text = flat(tree, node, 200);
  return (
    /^(std::)?memset\([^,]+,\s*(sizeof\b[^,]*|\w*(size|len|count|SIZE)\w*),\s*0\s*\)$/.test(text) ||
    /\bmalloc\(\s*strlen\(\s*\w+\s*\)(\s*\+\s*strlen\(\s*\w+\s*\))*\s*\)$/.test(text)
  );
}

/** `int *list = malloc(count)`: room for that many bytes, and not for that many numbers. */
function allotsBytes(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = argumentNodes(tree, node);
  const count = flat(tree, first, 60);
  if (!/^\w+(\s*[+-]\s*\d+)?$/.test(count) || inBytes.test(count) || /^\d/.test(count))
    return false;
  const holder = tree.above(node, 'declarator', 'assignment', 'function');
  const name = /^\*?\s*(\w+)\s*=/.exec(flat(tree, holder, 200))?.[1];
  const type = name === undefined ? null : typeOf(context, node, name);
  return type !== null && wide.test(type);
}

const inBytes = /size|bytes|sz|len|total|alloc|cap|space|[A-Z]{3,}/i;
/** Numbers that take more than one byte, and structures. */
const wide =
  /^(unsigned |signed |const )*(int|long|long long|short|float|double|size_t|u?int(16|32|64)_t|struct \w+)\s*\*$/;

const fills = /^(std\.)?(memset|memcpy|memmove|strncpy|snprintf|fgets|memcmp|bzero)$/;

/** `memset(buffer, 0, sizeof(buffer))` of a parameter: the size of the pointer, not of what it points at. */
function sizesPointer(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /\bsizeof\s*\(?\s*(\w+)\s*\)?\s*\)$/.exec(flat(tree, node, 200))?.[1];
  if (name === undefined) return false;
  const [first = -1] = argumentNodes(tree, node);
  return tree.excerpt(first, 80) === name && typeOf(context, node, name)?.endsWith('*') === true;
}

/** Functions of the C library that are called as they must not be. */
export const cLibraryDetectors: Detector[] = [
  { rule: 'unbounded-copy', kinds: ['call'], test: copiesUnbounded },
  { rule: 'format-from-value', kinds: ['call'], test: isFormatFromValue },
  { rule: 'wrong-size', kinds: ['call'], test: ({ tree }, node) => isSwapped(tree, node) },
  { rule: 'wrong-size', kinds: ['call'], callee: fills, test: sizesPointer },
  { rule: 'wrong-size', kinds: ['call'], callee: /^(std\.)?malloc$/, test: allotsBytes },
  {
    rule: 'realloc-leak',
    kinds: ['assignment'],
    test: ({ tree }, node) =>
      /^(\*?[\w.>-]+)\s*=\s*(\([^)]*\)\s*)?(std::)?realloc\(\s*\1\s*,/.test(flat(tree, node, 120)),
  },
  {
    rule: 'end-of-file-loop',
    kinds: ['loop'],
    test: ({ tree }, node) =>
      /^while\s*\(\s*(!\s*(std::)?feof\(\s*\w+\s*\)|!\s*\w+\.eof\(\)|(std::)?feof\(\s*\w+\s*\)\s*==\s*0)\s*\)/.test(
        tree.excerpt(node, 100),
      ),
  },
  {
    rule: 'ignored-error',
    kinds: ['call'],
    test: ({ tree }, node) =>
      tree.table.language === 'cpp' &&
      isStatementCall(tree, node) &&
      /^(std\.)?realloc$/.test(fullName(tree, node)),
  },
];

import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import type { Context, Detector } from '../context.ts';
import { onlyValue } from './name-index.ts';
import { flat, operandsOf } from './shapes.ts';

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
      // `vector<string> names()` behind a macro is read as a comparison in both directions.
      /^[<>]=?$/.test(operatorOf(tree, left)) &&
      operatorOf(tree, left)[0] === operator[0] &&
      !/["'<]\s*$/.test(tree.excerpt(left, 2))
    );
  if (/^(in|instanceof)$/.test(operator))
    return tree.kind(left) === 'not' && tree.excerpt(left, 1) === '!';
  if (operator !== '&' && operator !== '|') return false;
  return (
    [left, right].some(
      (side) => tree.kind(side) === 'binary' && comparison.test(operatorOf(tree, side)),
    ) &&
    ![left, right].every(
      (side) =>
        tree.kind(side) === 'binary' || tree.kind(side) === 'paren' || tree.kind(side) === 'call',
    )
  );
}

const positions =
  /^[\w.$>-]*(\.(indexOf|lastIndexOf|findIndex|findLastIndex)|\bstri?pos|\bstrri?pos|\barray_search)\([^;]*\)$/;

/** A name that only ever holds the position of something. */
function isPosition(context: Context, node: number): boolean {
  const { tree } = context;
  const made = onlyValue(context, node, tree.text(node));
  return made >= 0 && positions.test(flat(tree, made, 200));
}

const scriptLike = (tree: SyntaxTree): boolean =>
  tree.table.closuresAreUnits || tree.table.language === 'php' || tree.table.language === 'cpp';

/** A line for the preprocessor of C, whose macros take what would be no value elsewhere. */
function isDirective(tree: SyntaxTree, node: number): boolean {
  const line = tree.source.slice(
    tree.source.lastIndexOf('\n', tree.start[node]) + 1,
    tree.start[node],
  );
  return tree.table.language === 'cpp' && line.trimStart().startsWith('#');
}

/** Comparisons and other operators that do something else than they look like. */
export const operatorDetectors: Detector[] = [
  {
    rule: 'ignored-result',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      comparison.test(operatorOf(tree, node)) &&
      tree.type(tree.parentOf(node)) === 'expression_statement' &&
      tree.table.language !== 'rust' &&
      tree.table.language !== 'ruby',
  },
  { rule: 'typeof-typo', kinds: ['binary'], test: isTypeofTypo },
  { rule: 'fresh-comparison', kinds: ['binary'], test: comparesFresh },
  {
    rule: 'misread-operators',
    kinds: ['binary'],
    test: (context, node) =>
      scriptLike(context.tree) && !isDirective(context.tree, node) && isMisread(context, node),
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
    needs: /indexOf|search\(|lastIndexOf|findIndex|strr?i?pos|array_search/,
    test: (context, node) => {
      const { tree } = context;
      const at =
        tree.kind(node) === 'not'
          ? (tree.namedChildren(node)[0] ?? -1)
          : tree.field(node, 'condition');
      const text = at < 0 ? '' : flat(tree, at, 160).replace(/^\((.*)\)$/, '$1');
      if (tree.kind(node) === 'not' && !tree.excerpt(node, 1).startsWith('!')) return false;
      if (/^\$?\w+$/.test(text)) return isPosition(context, at);
      return /^[\w.$>-]*(\.indexOf|\.search|\.lastIndexOf|\.findIndex|^strpos|^stripos|^array_search)\([^()]*\)$/.test(
        text,
      );
    },
  },
  {
    rule: 'self-increment',
    kinds: ['assignment'],
    test: ({ tree }, node) => /^(\$?\w+)\s*=\s*\1\s*(\+\+|--);?$/.test(flat(tree, node, 60)),
  },
];

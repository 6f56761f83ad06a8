import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { onlyValue, typeOf } from './name-index.ts';
import { aroundBrackets, flat, operandsOf } from './shapes.ts';

const comparison = /^[=!]==?$/;

const wholeTypes =
  /^(int|long|short|byte|Integer|Long|u?int(8|16|32|64)?|[iu](8|16|32|64|size)|size_t|std::size_t|unsigned( \w+)?)$/;

function isWhole(context: Context, node: number): boolean {
  const { tree } = context;
  const text = flat(tree, node, 60);
  if (/^-?\d+$/.test(text)) return true;
  if (/^([\w.]+\.(length|size\(\)|Length|Count|length\(\)|len\(\))|len\(\w+\))$/.test(text))
    return true;
  const name = text.replace(/^(?:this|self)\.(?=\w+$)/, '');
  if (tree.kind(node) !== 'identifier' && name === text) return false;
  const type = typeOf(context, node, name) ?? fieldType(tree, name);
  if (type !== '' || tree.table.language !== 'rust') return wholeTypes.test(type);
  const made = onlyValue(context, node, name);
  return made >= 0 && /(\.len\(\)| as [iu](8|16|32|64|size))$/.test(flat(tree, made, 60));
}

/** Declared type of a field or property of the file's class in Java and C#, or ''. */
function fieldType(tree: SyntaxTree, name: string): string {
  if (!/^(java|csharp)$/.test(tree.table.language) || !/^\w+$/.test(name)) return '';
  return (
    new RegExp(
      `\\n\\s*(?:(?:public|private|protected|internal|final|static|readonly)\\s+)+(\\w+)\\s+${name}\\s*[;={]`,
    ).exec(tree.source)?.[1] ?? ''
  );
}

/** `double mean = sum / count` of whole numbers: the fraction is cut off before it is kept. */
function cutsFraction(context: Context, node: number): boolean {
  const { tree } = context;
  if (operatorOf(tree, node) !== '/') return false;
  const both = operandsOf(tree, node);
  if (both === null || !isWhole(context, both[0]) || !isWhole(context, both[1])) return false;
  const parent = aroundBrackets(tree, node);
  const kind = tree.kind(parent);
  if (/conditional|ternary|arrow_expression/.test(tree.type(parent)))
    return isFractionMember(tree, parent);
  if (kind === 'declarator') return floatDeclared(context, parent);
  if (kind === 'return') return givesFraction(context, parent);
  if (kind === 'binary')
    return (
      (tree.kind(both[1]) !== 'number' && isPercentage(tree, parent)) ||
      isKeptAsFraction(context, parent)
    );
  return isFloatCast(tree, parent);
}

/** `double Rate => games == 0 ? 0 : wins / games;` of C# */
function isFractionMember(tree: SyntaxTree, node: number): boolean {
  let at = node;
  while (/conditional|ternary|parenthesized/.test(tree.type(at))) at = tree.parentOf(at);
  if (tree.type(at) !== 'arrow_expression_clause') return false;
  const type = tree.field(tree.parentOf(at), 'type', 'returns');
  return type >= 0 && /^(double|float|decimal)$/.test(tree.text(type));
}

/** `return done / total` of a function that promises a fraction. */
function givesFraction(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || !/^(java|csharp|cpp)$/.test(tree.table.language)) return false;
  const type = tree.field(unit.node, 'type', 'returns');
  return type >= 0 && /^(double|float|Double|Float|decimal)$/.test(tree.text(type));
}

/** `done / total * 100`, kept or given as a fraction. */
function isKeptAsFraction(context: Context, node: number): boolean {
  const { tree } = context;
  if (operatorOf(tree, node) !== '*') return false;
  const parent = aroundBrackets(tree, node);
  if (tree.kind(parent) === 'declarator') return floatDeclared(context, parent);
  return tree.kind(parent) === 'return' && givesFraction(context, parent);
}

/** `done / total * 100`; of a number that is written out, the division may be there to round. */
function isPercentage(tree: SyntaxTree, node: number): boolean {
  const right = tree.namedChildren(node).at(-1) ?? -1;
  return operatorOf(tree, node) === '*' && /^100(\.0)?$/.test(flat(tree, right, 8));
}

function isFloatCast(tree: SyntaxTree, node: number): boolean {
  const text = flat(tree, node, 200);
  if (tree.type(node).endsWith('cast_expression'))
    return /^\(?(double|float|f32|f64)\b/.test(text) || / as f(32|64)$/.test(text);
  const call = tree.type(node) === 'argument_list' ? tree.parentOf(node) : -1;
  return (
    call >= 0 && /^(float64|float32|static_cast<(double|float)>)\(/.test(tree.excerpt(call, 24))
  );
}

function floatDeclared({ tree }: Context, declarator: number): boolean {
  const holder = tree.field(declarator, 'type') >= 0 ? declarator : tree.parentOf(declarator);
  const type = tree.field(holder, 'type');
  return (
    type >= 0 &&
    /^:?\s*(double|float|Double|Float|f32|f64|float64|float32|decimal)$/.test(tree.text(type))
  );
}

const mean = /^(@?\w+)\.sum \/ \1\.(?:size|count|length)$/;

/** `scores.sum / scores.size` in Ruby, of a list that is filled with whole numbers. */
function cutsMean({ tree }: Context, node: number): boolean {
  const list = mean.exec(flat(tree, node, 80))?.[1];
  if (list === undefined || tree.table.language !== 'ruby') return false;
  const filled = new RegExp(
    `(?<!\\w)${list} ?(?:<<|\\.push\\(|=)[^\\n]{0,100}(?:\\bInteger\\(|\\.to_i\\b|&:(?:to_i|size|length|count)\\b)|(?<!\\w)${list} = \\[-?\\d+(?:, ?-?\\d+)*\\]`,
  );
  return filled.test(tree.source);
}

/** `0.1 + 0.2 == 0.3`, `x == 0.1`. */
function comparesFractions({ tree }: Context, node: number): boolean {
  if (!comparison.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  return both.some((side) => {
    const text = flat(tree, side, 120);
    if (/^-?\d*\.\d*[1-9]\d*[fFdDmM]?$/.test(text))
      return !/[mM]$/.test(text) && !/^-?\d*\.(5|25|75|125)0*[fFdD]?$/.test(text);
    return (
      tree.kind(side) === 'binary' &&
      /(^|[^\w.])\d*\.\d*[1-9]\d*\b/.test(text) &&
      /[-+*/]/.test(text) &&
      !/["'`]/.test(text)
    );
  });
}

const steppedTo = /^while ?\(? ?(\w+) != -?\d+(?:\.\d+)?[fF]? ?\)?/;

/** `while value != 1.0` with `value += 0.1`: the sum of rounded steps misses the end. */
function stepsPast({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 2_000);
  const name = steppedTo.exec(text)?.[1];
  if (name === undefined) return false;
  const step = new RegExp(`\\b${name} [-+]= (\\d*\\.\\d+)`).exec(text)?.[1];
  // Halves, quarters and eighths are exact.
  return step !== undefined && !Number.isInteger(Number(step) * 1_024);
}

/** Mistakes with fractions. */
export const numberDetectors: Detector[] = [
  { rule: 'integer-division', kinds: ['binary'], test: cutsFraction },
  { rule: 'integer-division', kinds: ['binary'], needs: /\.sum \//, test: cutsMean },
  { rule: 'float-equality', kinds: ['binary'], test: comparesFractions },
  { rule: 'float-equality', kinds: ['loop'], needs: /\bwhile\b[^\n]*!=/, test: stepsPast },
];

import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { search, sourceHolds, type Context, type Detector } from '../context.ts';
import { typeOf } from './name-index.ts';
import { below, flat, isStatementCall, operandsOf } from './shapes.ts';

/** `ValueError("negative")` as a statement: made and dropped. */
function dropsError({ tree }: Context, node: number): boolean {
  const made = tree.kind(node) === 'new' ? newName(tree, node) : callAt(tree, node).name;
  if (!/^[A-Z]\w*(Error|Exception)$/.test(made) && !isErrorClass(tree, made)) return false;
  if (tree.kind(node) === 'new') return tree.type(tree.parentOf(node)) === 'expression_statement';
  return tree.table.language === 'python' && isStatementCall(tree, node);
}

/** A class of the file that is made from an error. */
function isErrorClass(tree: SyntaxTree, name: string): boolean {
  if (!/^[A-Z]\w+$/.test(name)) return false;
  return new RegExp(
    `\\bclass\\s+${name}\\s*(\\(|:|\\bextends\\b)\\s*\\\\?([\\w.]+[.\\\\])?\\w*(Error|Exception)\\b`,
  ).test(tree.source);
}

function newName(tree: SyntaxTree, node: number): string {
  return /^new\s+\\?([\w.]+)/.exec(tree.excerpt(node, 80))?.[1]?.split('.').at(-1) ?? '';
}

/** `role in ("admin")`: any part of the text is in it. */
function asksText({ tree }: Context, node: number): boolean {
  if (!/^(not )?in$/.test(operatorOf(tree, node))) return false;
  const [, right] = operandsOf(tree, node) ?? [-1, -1];
  if (right < 0 || !/paren/.test(tree.type(right))) return false;
  const inner = tree.namedChildren(right);
  // A long text is an alphabet, in which one letter is looked for.
  return inner.length === 1 && /^["'][\w -]{3,20}["']$/.test(tree.excerpt(inner[0] ?? -1, 40));
}

/** `__init__` that gives back something. */
function givesFromInit({ tree }: Context, node: number): boolean {
  const unit = tree.above(node, 'function', 'closure');
  const [value] = tree.namedChildren(node);
  return (
    unit >= 0 &&
    value !== undefined &&
    tree.kind(unit) === 'function' &&
    tree.text(value) !== 'None' &&
    tree.kind(value) !== 'call' &&
    /^(async )?def __init__\(/.test(tree.excerpt(unit, 30))
  );
}

/** `get volume() { this.size * 3; }` */
function getsNothing({ tree }: Context, node: number): boolean {
  const body = tree.field(node, 'body');
  if (
    body < 0 ||
    !/^(static |public |private |protected |override )*get\s+[\w$#]+\s*\(\s*\)/.test(
      headerText(tree, node),
    )
  )
    return false;
  if (tree.namedChildren(body).length === 0) return false;
  for (const at of below(tree, body)) {
    const kind = tree.kind(at);
    if (kind === 'return' || kind === 'throw') return false;
  }
  return true;
}

const whole = /^(int|int8|int16|int32|int64|uint|uint16|uint32|uint64)$/;

/** `string(n)` of a number: the character of that code. */
function textOfNumber(context: Context, node: number): boolean {
  const { tree } = context;
  const [given = -1] = argumentNodes(tree, node);
  const name = given < 0 ? undefined : /^(?:\w+\.)?(\w+)$/.exec(flat(tree, given, 60))?.[1];
  if (fullName(tree, node) !== 'string' || name === undefined) return false;
  return whole.test(typeOf(context, node, name) ?? '');
}

/** `time.Sleep(5)`: nanoseconds. */
function sleepsNanoseconds(context: Context, node: number): boolean {
  const { tree } = context;
  const text = flat(tree, node, 80);
  if (/^time\.Sleep\([1-9]\d{0,2}\)$/.test(text)) return true;
  const name =
    /^time\.Sleep\(time\.Duration\((\w*(?:[sS]ec|[mM]in|[mM]illi|[mM]s|[hH]our)\w*)\)\)$/.exec(
      text,
    )?.[1];
  return name !== undefined && /^u?int\d*$/.test(typeOf(context, node, name) ?? '');
}

/** `for { select { case …: default: } }` asks without end and without a pause. */
function spins({ tree }: Context, node: number): boolean {
  const select = tree.parentOf(node);
  if (tree.type(select) !== 'select_statement' || !/^default:$/.test(flat(tree, node, 30)))
    return false;
  const loop = tree.above(select, 'loop', 'function', 'closure');
  if (loop < 0 || tree.kind(loop) !== 'loop' || !/^for\s*\{/.test(tree.excerpt(loop, 8)))
    return false;
  const body = tree.field(loop, 'body');
  const inner = tree.namedChildren(body);
  const list =
    inner.length === 1 && tree.type(inner[0] ?? -1) === 'statement_list'
      ? tree.namedChildren(inner[0] ?? -1)
      : inner;
  return list.length === 1;
}

/** `value * 0` */
function isErased({ tree }: Context, node: number): boolean {
  const operator = operatorOf(tree, node);
  if (operator !== '*' && operator !== '&') return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const texts = both.map((side) => tree.excerpt(side, 60));
  // `sign * 0` keeps the sign of zero, and `value * 0 === 0` asks whether a value is finite.
  if (texts.some((text) => /sign/i.test(text))) return false;
  if (/^[=!]==?$/.test(operatorOf(tree, tree.parentOf(node)))) return false;
  return texts.includes('0') && both.some((side) => tree.kind(side) === 'identifier');
}

const finals = /^(String|Integer|Long|Short|Byte|Double|Float|Boolean|Character|UUID|BigDecimal)$/;

/** `text.equals(number)`: never. */
function comparesTypes(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier } = callAt(tree, node);
  const [given = -1] = argumentNodes(tree, node);
  if (qualifier === null || given < 0 || tree.kind(given) !== 'identifier') return false;
  const [left, right] = [typeOf(context, node, qualifier), typeOf(context, node, tree.text(given))];
  return (
    left !== null && right !== null && left !== right && finals.test(left) && finals.test(right)
  );
}

/** `for (auto it = v.begin(); …; ++it) v.erase(it)`: `it` points at nothing afterwards. */
function erasesOwn(context: Context, node: number): boolean {
  const { tree } = context;
  const head =
    /^for\s*\(\s*[\w:<>, ]+\s(\w+)\s*=\s*([\w.>-]+?)(?:\.|->)begin\(\)[^)]*\(\)\s*;\s*(?:\+\+\1|\1\+\+)\s*\)/.exec(
      tree.excerpt(node, 200),
    );
  const [, it = '', list = ''] = head ?? [];
  const body = head === null ? -1 : tree.field(node, 'body');
  if (body < 0) return false;
  const erased = new RegExp(
    `(^|[^=\\s])\\s*${list.replaceAll(/\W/g, '\\$&')}(\\.|->)(erase\\(\\s*${it}\\s*\\)(?!\\s*;\\s*(break|return))|(push_back|emplace_back|insert)\\()`,
  );
  return (
    search(context, erased, [body, 4_000]) === true &&
    search(context, /\b(break|return)\b/, [body, 4_000]) === false
  );
}

const temporary = /["']\/(var\/)?tmp\//;

/** Values that are of another type than they are taken for, and values that nobody gets. */
export const typeDetectors: Detector[] = [
  {
    rule: 'unthrown-error',
    kinds: ['call', 'new'],
    needs: /(Error|Exception)\b/,
    test: dropsError,
  },
  { rule: 'text-for-tuple', kinds: ['binary'], needs: /\bin\s*\(\s*["']/, test: asksText },
  { rule: 'given-from-init', kinds: ['return'], needs: /def __init__/, test: givesFromInit },
  { rule: 'getter-without-value', kinds: ['function'], test: getsNothing },
  { rule: 'text-of-number', kinds: ['call'], callee: /^string$/, test: textOfNumber },
  { rule: 'bare-duration', kinds: ['call'], callee: /^time\.Sleep$/, test: sleepsNanoseconds },
  { rule: 'busy-loop', kinds: ['default'], needs: /\bselect\s*\{/, test: spins },
  { rule: 'erased-value', kinds: ['binary'], test: isErased },
  { rule: 'unrelated-equals', kinds: ['call'], method: /^equals$/, test: comparesTypes },
  {
    rule: 'changed-while-iterated',
    kinds: ['loop'],
    needs: /\.begin\(\)|->begin\(\)/,
    test: erasesOwn,
  },
  {
    rule: 'character-as-size',
    kinds: ['new'],
    needs: /new String(Builder|Buffer)\(\s*'/,
    test: ({ tree }, node) =>
      /^new String(Builder|Buffer)\(\s*'[^']+'\s*\)$/.test(tree.excerpt(node, 60)),
  },
  {
    rule: 'html-injection',
    kinds: ['call'],
    needs: /autoescape\s*=\s*False/,
    test: ({ tree }, node) =>
      /^(jinja2\.)?Environment\(.*autoescape\s*=\s*False/.test(flat(tree, node, 400)),
  },
  {
    rule: 'insecure-temp-file',
    kinds: ['call'],
    test: ({ tree }, node) =>
      tree.table.language === 'python' &&
      sourceHolds(tree, temporary) &&
      /^open\(\s*["']\/(var\/)?tmp\/[^"']*["'],\s*(mode\s*=\s*)?["'][wa]/.test(
        flat(tree, node, 200),
      ),
  },
];

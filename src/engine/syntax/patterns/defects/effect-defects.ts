import { argumentNodes } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { typeOf } from './name-index.ts';
import { flat, operandsOf, unitText, withinBrackets } from './shapes.ts';

/** `self.done == true;`: a comparison whose answer nobody takes. */
function comparesForNothing({ tree }: Context, node: number): boolean {
  const [only, more] = tree.namedChildren(node);
  if (only === undefined || more !== undefined || tree.kind(only) !== 'binary') return false;
  if (tree.table.language === 'python' || !tree.excerpt(node, 120).endsWith(';')) return false;
  return /^[\w.>-]+ ===? [\w.'"]+$/.test(flat(tree, only, 100));
}

/** A name that stands there as a statement at the end of a function of Python. */
function hasNoEffect({ tree, file }: Context, node: number): boolean {
  const [only, more] = tree.namedChildren(node);
  if (only === undefined || more !== undefined) return false;
  const block = tree.parentOf(node);
  if (tree.kind(block) !== 'block' || tree.kind(tree.parentOf(block)) !== 'function') return false;
  if (tree.namedChildren(block).at(-1) !== node) return false;
  // Other operators are given a meaning by libraries: `first >> second`.
  if (tree.kind(only) === 'binary')
    return file.role === 'source' && /^[-+*/%]$/.test(operatorOf(tree, only));
  const name = tree.kind(only) === 'identifier' ? tree.text(only) : '';
  if (!/^[a-z_]\w*$/.test(name)) return false;
  return new RegExp(`(^|\\n)\\s*${escaped(name)}\\s*[-+*/]?=[^=]`).test(tree.excerpt(block, 8_000));
}

/** `type(value) == dict` */
function comparesType({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 120);
  return /^type\((?!self\b)\w+\) (==|!=) (str|int|float|list|dict|tuple|set|bool|bytes|[A-Z][a-z]\w+)$/.test(
    text,
  );
}

/** `long total = days * perDay` of two numbers that are `int`. */
function widensLate(context: Context, node: number): boolean {
  const { tree } = context;
  const holder = tree.parentOf(node);
  const value = tree.field(node, 'value');
  if (!/^(final\s+)?(long|Long)\b/.test(tree.excerpt(holder, 12))) return false;
  const product = withinBrackets(
    tree,
    value >= 0 ? value : (tree.namedChildren(node).at(-1) ?? -1),
  );
  return product >= 0 && isProductOfInts(context, product);
}

/** `return days * 24 * 3_600_000;` of a method that gives a `long`. */
function returnsLate(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const type = unit === null ? -1 : tree.field(unit.node, 'type', 'returns');
  if (type < 0 || !/^(long|Long)$/.test(tree.text(type))) return false;
  const [value = -1] = tree.namedChildren(node);
  return isProductOfInts(context, withinBrackets(tree, value));
}

/** What is multiplied, or null where that is something else than names and numbers. */
function factorsOf(tree: SyntaxTree, node: number): number[] | null {
  if (tree.kind(node) !== 'binary') return [node];
  if (operatorOf(tree, node) !== '*') return null;
  const sides = (operandsOf(tree, node) ?? []).map((side) => factorsOf(tree, side));
  return sides.includes(null) ? null : sides.flatMap((side) => side ?? []);
}

function isProductOfInts(context: Context, node: number): boolean {
  const { tree } = context;
  const factors = tree.kind(node) === 'binary' ? (factorsOf(tree, node) ?? []) : [];
  const names = factors.filter((one) => tree.kind(one) === 'identifier');
  const constants = factors
    .filter((one) => !names.includes(one))
    .map((one) => tree.excerpt(one, 20));
  if (names.length === 0 || !constants.every((text) => /^\d[\d_]*$/.test(text))) return false;
  const isLarge = names.length > 1 || constants.some((text) => /^\d[\d_]{3,}$/.test(text));
  return isLarge && names.every((one) => typeOf(context, node, tree.text(one)) === 'int');
}

/** `strncpy(to, from, sizeof(to))` with nothing that ends the text. */
function leavesOpenEnd({ tree, units }: Context, node: number): boolean {
  const [to = -1, from = -1, size = -1] = argumentNodes(tree, node);
  if (size < 0 || tree.kind(from) === 'string') return false;
  const target = flat(tree, to, 80);
  const given = flat(tree, size, 80);
  const isWhole =
    given.replaceAll(/[\s()]/g, '') === `sizeof${target.replaceAll(/[\s()]/g, '')}` ||
    isDeclaredSize(tree, target, given);
  if (!isWhole) return false;
  const unit = units.list[units.of[node] ?? -1];
  const text = unit === undefined ? '' : tree.excerpt(unit.node, 20_000);
  return (
    text !== '' &&
    !new RegExp(`${escaped(target)}\\s*\\[[^\\]]*\\]\\s*=|memset\\(|bzero\\(`).test(text)
  );
}

/** `char name[NAME_SIZE]` of the file, and `NAME_SIZE` is what is copied at most. */
function isDeclaredSize(tree: SyntaxTree, target: string, given: string): boolean {
  const name = /(\w+)$/.exec(target)?.[1];
  if (name === undefined || !/^\w+$/.test(given)) return false;
  return new RegExp(`\\bchar\\s+${name}\\[\\s*${given}\\s*\\]\\s*[;={]`).test(tree.source);
}

const unprotected: Record<string, RegExp> = {
  ruby: /^(skip_before_action[ (]:verify_authenticity_token\)?|skip_forgery_protection)$/,
  java: /\.csrf\(\)\s*\.disable\(\)$|\.csrf\(\s*(\w+\s*->\s*\w+\.disable\(\)|AbstractHttpConfigurer::disable|CsrfConfigurer::disable)\s*\)$/,
};

/** Nothing keeps other sites from sending requests in the name of a visitor. */
function isUnprotected({ tree }: Context, node: number): boolean {
  const pattern = unprotected[tree.table.language];
  if (pattern === undefined || !pattern.test(flat(tree, node, 300))) return false;
  // Without a session there is nothing to borrow.
  return !/STATELESS|httpBasic|oauth2ResourceServer|ActionController::API|null_session|protect_from_forgery/.test(
    tree.source,
  );
}

/** A handler is hung on what a class was given, and never taken off though the class has an end. */
function staysSubscribed(context: Context, node: number): boolean {
  const { tree } = context;
  const [, owner, event, handler] =
    /^(?:this\.)?(\w+)\.(\w+) \+= (\w+);?$/.exec(flat(tree, node, 120)) ?? [];
  if (owner === undefined || event === undefined || handler === undefined) return false;
  if (unitOf(context, node) === null || !/\bIDisposable\b/.test(tree.source)) return false;
  if (new RegExp(`\\b${event}\\s*-=`).test(tree.source)) return false;
  const isMethod = new RegExp(`\\bvoid\\s+${handler}\\s*\\(\\s*object`).test(tree.source);
  const isMade = new RegExp(`\\b${owner}\\s*=\\s*new\\b`).test(tree.source);
  return isMethod && !isMade && new RegExp(`\\b${owner}\\b[^;]*[;)]`).test(tree.source);
}

/** A page is made from a template that escapes nothing. */
function leavesUnescaped({ tree }: Context, node: number): boolean {
  return (
    !/autoescape/.test(tree.excerpt(node, 600)) &&
    /\.html?\b/.test(tree.source) &&
    /from jinja2 import|import jinja2/.test(tree.source)
  );
}

/** A list of a fixed size that is a parameter is a pointer: `sizeof` gives the size of that. */
function sizesParameter(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /\bsizeof\s*\(?\s*(\w+)\s*\)?\s*[,)]/.exec(flat(tree, node, 200))?.[1];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null || unit.parameters < 0) return false;
  return (
    new RegExp(`\\b(?!const\\b)\\w+\\s+${name}\\s*\\[[^\\]]*\\]\\s*[,)]`).test(
      tree.excerpt(unit.parameters, 400),
    ) && unitText(context, node) !== ''
  );
}

/** `sizeof(values) / sizeof(values[0])` of a parameter: in a function an array is a pointer. */
function countsParameter(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^sizeof ?\(?(\w+)\)? \/ sizeof ?\(?(?:\*\1|\1\[0\]|\w+)\)?$/.exec(
    flat(tree, node, 80),
  )?.[1];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null || unit.parameters < 0) return false;
  const array = new RegExp(`\\b\\w+[\\s*]+${name}\\s*\\[[^\\]]*\\]\\s*[,)]`);
  return array.test(tree.excerpt(unit.parameters, 400));
}

/** Statements that do not do what they are there for. */
export const effectDetectors: Detector[] = [
  {
    rule: 'useless-expression',
    kinds: ['type:expression_statement'],
    test: (context, node) =>
      context.tree.table.language === 'python'
        ? hasNoEffect(context, node)
        : comparesForNothing(context, node),
  },
  { rule: 'wrong-size', kinds: ['binary'], needs: /\bsizeof\b/, test: countsParameter },
  { rule: 'exact-type', kinds: ['binary'], needs: /\btype\(/, test: comparesType },
  { rule: 'widened-product', kinds: ['declarator'], needs: /\blong\b/, test: widensLate },
  { rule: 'widened-product', kinds: ['return'], needs: /\blong\b/, test: returnsLate },
  { rule: 'unterminated-copy', kinds: ['call'], callee: /^(std\.)?strncpy$/, test: leavesOpenEnd },
  {
    rule: 'forgery-protection-off',
    kinds: ['call'],
    method: /^(skip_before_action|skip_forgery_protection|disable|csrf)$/,
    test: isUnprotected,
  },
  {
    rule: 'forgery-protection-off',
    kinds: ['decorator', 'type:attribute'],
    test: ({ tree }, node) =>
      /^@csrf_exempt\b/.test(tree.excerpt(node, 30)) ||
      // A page that only shows something has nothing to protect.
      (/^IgnoreAntiforgeryToken\b/.test(tree.excerpt(node, 30)) &&
        /\bOn(Post|Put|Delete|Patch)|\[Http(Post|Put|Delete|Patch)|\bController(Base)?\b/.test(
          tree.source,
        )),
  },
  {
    rule: 'effect-without-cleanup',
    kinds: ['assignment', 'augmented'],
    needs: /\+=/,
    test: (context, node) =>
      context.tree.table.language === 'csharp' && staysSubscribed(context, node),
  },
  {
    rule: 'html-injection',
    kinds: ['call'],
    callee: /^(jinja2\.)?Environment$/,
    test: leavesUnescaped,
  },
  {
    rule: 'wrong-size',
    kinds: ['call'],
    callee: /^(std\.)?(memset|memcpy|bzero|fgets|snprintf)$/,
    test: sizesParameter,
  },
];

import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { stringText, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { madeOf, typeOf } from './name-index.ts';
import { flat, isStatementCall, operandsOf, textOfType } from './shapes.ts';

/** Members of a class with their names. */
function methodsOf(tree: SyntaxTree, node: number): { name: string; node: number }[] {
  const body = tree.field(node, 'body');
  if (body < 0) return [];
  return tree
    .namedChildren(body)
    .map((one) => (tree.type(one) === 'decorated_definition' ? tree.field(one, 'definition') : one))
    .filter((one) => tree.kind(one) === 'function')
    .map((one) => ({ name: tree.excerpt(tree.field(one, 'name'), 40), node: one }));
}

/** A constructor of a class that derives from one of the file with state of its own, which nobody sets up. */
function forgetsBase({ tree }: Context, node: number): boolean {
  const isPython = tree.table.language === 'python';
  const head = tree.excerpt(node, 200);
  const base = (
    isPython ? /^class\s+\w+\(\s*(\w+)\s*\)\s*:/ : /^class\s+\w+\s+extends\s+([\w.]+)\s*\{/
  ).exec(head)?.[1];
  if (base === undefined) return false;
  const own = methodsOf(tree, node).find(
    ({ name }) => name === (isPython ? '__init__' : 'constructor'),
  );
  if (own === undefined) return false;
  const text = tree.excerpt(own.node, 8_000);
  if (!isPython) return !/\bsuper\s*\(|\breturn\b|\bthrow\b/.test(text);
  if (new RegExp(`\\bsuper\\(|\\b${escaped(base)}\\.__init__|\\.__dict__`).test(text)) return false;
  const fields = fieldsOf(tree, base);
  return (
    fields.length > 0 &&
    !fields.some((field) => new RegExp(`\\bself\\.${field}\\b|\\*args|\\*\\*`).test(text))
  );
}

/** Fields that a class of the file sets in its own `__init__`. */
function fieldsOf(tree: SyntaxTree, name: string): string[] {
  const [, made = ''] = textOfType(tree, escaped(name)).split(/\bdef __init__\(/);
  const body = made.split(/\n\s*(?:async )?def /)[0] ?? '';
  return [...body.matchAll(/\bself\.(\w+)\s*(?::[^=\n]+)?=[^=]/g)].map(([, field = '']) => field);
}

/** The constructor itself is where the mistake stands. */
function constructorOf({ tree }: Context, node: number): number {
  return (
    methodsOf(tree, node).find(({ name }) => /^(__init__|constructor)$/.test(name))?.node ?? node
  );
}

const numbers = /^:?\s*(int|float)$/;

/** `"count: " + count` of a `count: int` */
function addsNumber(context: Context, node: number): boolean {
  const { tree } = context;
  const both = operandsOf(tree, node);
  if (both === null || operatorOf(tree, node) !== '+') return false;
  const isText = (side: number): boolean =>
    tree.kind(side) === 'string' && /^[rf]?["']/.test(tree.excerpt(side, 2));
  const isNumber = (side: number): boolean =>
    tree.kind(side) === 'identifier' && numbers.test(typeOf(context, node, tree.text(side)) ?? '');
  return (isText(both[0]) && isNumber(both[1])) || (isText(both[1]) && isNumber(both[0]));
}

const logging = /^(logging|log|logger|_?LOG|_?logger|self\.(log|logger|_logger))$/;

function isLogged(context: Context, node: number): boolean {
  const { qualifier } = callAt(context.tree, node);
  if (qualifier === null) return false;
  return (
    logging.test(qualifier) || /^(logging\.)?getLogger\(/.test(madeOf(context, node, qualifier))
  );
}

/** Values that a format has places for, or null where they can't be counted. */
function placesIn(tree: SyntaxTree, format: number): number | null {
  if (format < 0 || tree.type(format) !== 'string' || /^[fF]|^rf|^fr/.test(tree.excerpt(format, 2)))
    return null;
  const text = stringText(tree, format, 600).replaceAll('%%', '');
  if (/%\(|%[^a-zA-Z%\s]*\*/.test(text)) return null;
  return text.match(/%[-+#0-9.]*[sdrfxigeoc]/g)?.length ?? 0;
}

/** `logger.info("moved %s to %s", source)` */
function logsTooFew({ tree }: Context, node: number): boolean {
  const [format = -1, ...more] = argumentNodes(tree, node);
  const places = placesIn(tree, format);
  const values = more.filter((one) => tree.type(one) !== 'keyword_argument');
  if (places === null || values.length === 0) return false;
  // Values that are spread, or the mapping of all of them.
  if (values.some((one) => /^[*{]/.test(tree.excerpt(one, 1)))) return false;
  return places !== values.length;
}

/** `except ValueError` a second time. */
function isRepeated({ tree }: Context, node: number): boolean {
  const named = (one: number): string =>
    /^except\s+([\w.]+)\s*(as\s+\w+)?:/.exec(tree.excerpt(one, 80))?.[1] ?? '';
  const name = named(node);
  if (name === '') return false;
  return tree
    .namedChildren(tree.parentOf(node))
    .some((one) => one < node && tree.kind(one) === 'catch' && named(one) === name);
}

/** Objects, tasks and texts of Python, and constructors also of scripts. */
export const pythonObjectDetectors: Detector[] = [
  {
    rule: 'missing-super',
    kinds: ['class'],
    needs: /\bclass\s+\w+(\(\s*\w+\s*\)|\s+extends)/,
    test: forgetsBase,
    place: constructorOf,
  },
  { rule: 'text-plus-number', kinds: ['binary'], needs: /:\s*(int|float)\b/, test: addsNumber },
  {
    rule: 'dropped-task',
    kinds: ['call'],
    callee: /^(asyncio|loop)\.(create_task|ensure_future)$/,
    test: ({ tree }, node) => isStatementCall(tree, node) && callAt(tree, node).arguments > 0,
  },
  {
    rule: 'format-arguments',
    kinds: ['call'],
    method: /^(debug|info|warning|error|critical|exception)$/,
    test: (context, node) =>
      context.tree.table.language === 'python' &&
      isLogged(context, node) &&
      logsTooFew(context, node),
  },
  {
    rule: 'format-arguments',
    kinds: ['call'],
    callee: /^print$/,
    needs: /\bprint\(\s*["'][^"'\n]*%[sd]/,
    test: ({ tree }, node) => {
      const [first = -1, second] = argumentNodes(tree, node);
      if (tree.table.language !== 'python' || second === undefined) return false;
      return (
        fullName(tree, node) === 'print' &&
        /^["'][^"'%]*%[sd][^"']*["']$/.test(flat(tree, first, 120)) &&
        tree.type(second) !== 'keyword_argument'
      );
    },
  },
  {
    rule: 'unreachable-handler',
    kinds: ['catch'],
    test: (context, node) => context.tree.table.language === 'python' && isRepeated(context, node),
  },
];

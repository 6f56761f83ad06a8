import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { bindingsOf, madeOf } from './name-index.ts';
import { flat, unitText } from './shapes.ts';

const isPython = ({ tree }: Context): boolean => tree.table.language === 'python';

/** `count += 1` in a function, the name being one of the file: without `global` it is a new one that has no value. */
function addsToUnset(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const [target = -1] = tree.namedChildren(node);
  if (!isPython(context) || unit === null || tree.kind(target) !== 'identifier') return false;
  const name = tree.text(target);
  const word = escaped(name);
  const text = unitText(context, node);
  if (text === '') return false;
  const isBound = new RegExp(
    `\\b(global|nonlocal|for|as|import)\\b[^\\n:]*\\b${word}\\b|(^|[\\n;(,*])\\s*\\(?([\\w.]+\\s*,\\s*)*${word}\\s*(:[^=\\n]+)?(,\\s*[\\w.]+\\s*)*\\)?\\s*=[^=]|\\b${word}\\s*:=|\\b${word}\\s*=[^=\\n]*=`,
  );
  const isParameter = parameterFacts(tree, unit).some(
    (one) => one.name.replace(/^\*+/, '') === name,
  );
  if (isParameter || isBound.test(text)) return false;
  if (unit.around !== null) return isSetAround(context, unit.node, name);
  return new RegExp(`^${word}\\s*(:[^=\\n]+)?=[^=]`, 'm').test(tree.source);
}

/** A function around another one gives a name its value. */
function isSetAround(context: Context, inner: number, name: string): boolean {
  const { tree, units } = context;
  return bindingsOf(context, tree.parentOf(inner), name).some(
    ({ node, kind }) => kind === 'assignment' && (units.of[node] ?? -1) >= 0,
  );
}

/** `"Hello {name}"` that is returned, printed or raised: every name in brackets is one of the function. */
function lacksPrefix(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const text = flat(tree, node, 300);
  if (!isPython(context) || unit === null || !/^["'](?!["'])/.test(text)) return false;
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, inside = '']) => inside);
  // Of a text in several parts one may have it: `"… " f"… {name}"`.
  if (names.length === 0 || /\{\{|["']\s*[rR]?[fF]["']/.test(text)) return false;
  if (!isShown(tree, node) && !isKeptSentence(context, node, text)) return false;
  const given = new Set(parameterFacts(tree, unit).map(({ name }) => name));
  return names.every((whole) => {
    const name = /^([a-z_]\w*)(?:\.[a-z_]\w*)*$/.exec(whole)?.[1];
    return name !== undefined && (given.has(name) || bindingsOf(context, node, name).length > 0);
  });
}

/** `body = "Dear {user.name}, …"` in a function that fills no text in later. */
function isKeptSentence(context: Context, node: number, text: string): boolean {
  const { tree } = context;
  return (
    tree.kind(tree.parentOf(node)) === 'assignment' &&
    /\{[a-z_]\w*\.[a-z_]/.test(text) &&
    /[A-Za-z]{2} [A-Za-z{]/.test(text) &&
    search(context, /format|[tT]emplate|Prompt|%|\.replace\(/, unitAt(context, node)) === false
  );
}

function isShown(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (tree.kind(parent) === 'return') return true;
  if (tree.type(parent) !== 'argument_list') return false;
  const call = tree.parentOf(parent);
  return callAt(tree, call).name === 'print' || tree.kind(tree.parentOf(call)) === 'throw';
}

/** `super(Other, self)` in a class of another name. */
function namesOtherClass({ tree }: Context, node: number): boolean {
  const [first = -1, second = -1] = argumentNodes(tree, node);
  if (second < 0 || tree.text(second) !== 'self' || tree.kind(first) !== 'identifier') return false;
  const holder = tree.above(node, 'class');
  const name = holder < 0 ? '' : tree.text(tree.field(holder, 'name'));
  return name !== '' && tree.text(first) !== name;
}

/** Mistakes of a word in Python: one that is missing, or names another thing than it seems to. */
export const pythonSlipDetectors: Detector[] = [
  { rule: 'unbound-local', kinds: ['augmented'], test: addsToUnset },
  { rule: 'unfilled-text', kinds: ['string'], needs: /\{[a-z_][\w.]*\}/, test: lacksPrefix },
  { rule: 'super-of-other', kinds: ['call'], callee: /^super$/, test: namesOtherClass },
  {
    rule: 'unknown-host',
    kinds: ['call'],
    method: /^set_missing_host_key_policy$/,
    test: ({ tree }, node) => /AutoAddPolicy|WarningPolicy/.test(flat(tree, node, 120)),
  },
  {
    rule: 'none-result',
    kinds: ['assignment'],
    needs: /=\s*[\w.]+\.(sort|reverse)\(/,
    test: ({ tree }, node) =>
      /^[a-z_]\w*\s*=\s*([a-z_]\w*\.reverse\(\)|(self\.)?[a-z_]\w*\.sort\((key\s*=.*|reverse\s*=.*)?\))$/.test(
        flat(tree, node, 120),
      ) && !/\b(torch|numpy|pandas|polars|jax|tensorflow|cupy)\b/.test(tree.source),
  },
  {
    rule: 'lock-not-released',
    kinds: ['call'],
    method: /^acquire$/,
    test: (context, node) =>
      isPython(context) && leavesLocked(context, node, fullName(context.tree, node)),
  },
];

/** A way out between taking a lock and giving it back, without `finally`. */
function leavesLocked(context: Context, node: number, called: string): boolean {
  const name = called.replace(/\.acquire$/, '');
  if (
    !/lock$/i.test(name) &&
    !/^(threading\.)?(R?Lock|\w*Semaphore)\(/.test(madeOf(context, node, name))
  )
    return false;
  const lock = escaped(name);
  const [, between] =
    new RegExp(`^[ \\t]+${lock}\\.acquire\\(\\)([^]*?)\\n[ \\t]*${lock}\\.release\\(\\)`, 'm').exec(
      unitText(context, node),
    ) ?? [];
  return (
    between !== undefined &&
    /(^|:)\s*(return|raise)\b/m.test(between) &&
    !/\b(try|finally)\s*:|\.release\(/.test(between)
  );
}

import { argumentNodes, callAt, fullName, receiverAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import { matching, oncePerObject } from '../../../memoize.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { search, unitAt, unitOf, type Context, type Detector } from '../context.ts';
import { failsLater, isDeclaredAsync, isStoring, isTask } from './known-promises.ts';
import { bindingsOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { isStatementCall } from './shapes.ts';

const asyncNames = new WeakMap<SyntaxTree, Set<string>>();

/** Functions of the file that are async, without those whose name also belongs to a plain one. */
function asyncFunctions({ tree, units }: Context): Set<string> {
  const known = asyncNames.get(tree);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const plain = new Set<string>();
  for (const unit of units.list) {
    if (unit.closure) continue;
    // Nobody has to wait for one that never fails.
    const isAsync = isAsyncUnit(tree, unit.node) && !neverFails(tree, unit.body);
    (isAsync ? names : plain).add(unit.name);
  }
  for (const name of plain) names.delete(name);
  asyncNames.set(tree, names);
  return names;
}

function isAsyncUnit(tree: SyntaxTree, node: number): boolean {
  const header = headerText(tree, node);
  if (/\basync\*|function\s*\*/.test(header)) return false;
  // `async Task F()` and `async fn f()`; C#'s `async void` can't be awaited.
  return /\basync\b/.test(header) && !/\basync\s+void\b/.test(header);
}

/** All of it is tried, and nothing is thrown on. */
function neverFails(tree: SyntaxTree, body: number): boolean {
  const inner = body < 0 ? [] : tree.namedChildren(body);
  const [only] = inner.filter((at) => tree.kind(at) !== 'comment');
  if (only === undefined || tree.kind(only) !== 'try' || !tree.table.closuresAreUnits) return false;
  const handler = tree.children(only).find((child) => tree.kind(child) === 'catch');
  const alone = inner.every((at) => at === only || tree.kind(at) === 'comment');
  return alone && handler !== undefined && !/\bthrow\b/.test(tree.excerpt(handler, 2_000));
}

function isInAsync(context: Context, node: number): boolean {
  const unit = unitOf(context, node);
  return unit !== null && /\basync\b/.test(headerText(context.tree, unit.node));
}

const fromPromises =
  /(?:import|const)\s*\{([^}]*)\}\s*(?:from|=\s*require\()\s*['"](?:node:)?(?:fs|timers|dns|stream)\/promises['"]/g;

/** Names that a file takes from the modules of Node that only give promises. */
const promisesImported = oncePerObject((tree: SyntaxTree): Set<string> => {
  const head = tree.table.closuresAreUnits ? tree.source.slice(0, 8_000) : '';
  const lists = head.includes('/promises') ? head.matchAll(fromPromises) : [];
  const names = [...lists].flatMap(([, list = '']) => list.split(','));
  return new Set(names.map((name) => /[\w$]*\s*$/.exec(name)?.[0].trim() ?? ''));
});

/** Calls of libraries that give a promise wherever they are known by this name. */
const promising =
  /^((window\.|globalThis\.)?fetch|axios(\.(get|post|put|patch|delete|head|options|request|all|\w+Form))?|fs\.promises\.\w+|fsPromises\.\w+|fsp\.\w+|asyncio\.sleep|Task\.Delay)$|\.(findOne|findById|findByPk|findUnique|findFirst|findOneBy)$/;

const isPromising = matching(promising);

function isOwn(qualifier: string | null): boolean {
  return qualifier === null || /^(this|self|Self|cls)$/.test(qualifier);
}

function isPromise(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (name !== '' && asyncFunctions(context).has(name) && isOwn(qualifier)) return true;
  if (qualifier === null && promisesImported(tree).has(name)) return true;
  if (isTask(context, node) || isStoring(context, node)) return true;
  if (isDeclaredAsync(context, node)) return true;
  if (!isPromising(fullName(tree, node))) return false;
  return tree.table.closuresAreUnits || /^(asyncio|Task)\./.test(fullName(tree, node));
}

const settled =
  /^(then|catch|finally|unwrap|ConfigureAwait|GetAwaiter|Wait|ContinueWith|await|abort|exec|lean|populate|select|sort|limit|where)$/;

/** The grammar takes `await save<void>(item)` for a call of `await save`. */
function isAwaitedCall(tree: SyntaxTree, node: number): boolean {
  return tree.kind(tree.field(node, 'function')) === 'await';
}

/** The promise is used where its value is meant, or dropped where it could have been waited for. */
function isFloating(context: Context, node: number): boolean {
  const { tree } = context;
  const parent = tree.parentOf(node);
  if (parent < 0 || isAwaitedCall(tree, node)) return false;
  if (isDroppedChain(tree, node)) return isInAsync(context, node);
  if (!isPromise(context, node)) return false;
  if (isStatementCall(tree, node)) {
    // C# has `_ = save()` for what nobody waits for on purpose.
    const isMeant = tree.table.language !== 'csharp' && !isInAsync(context, node);
    return !isMeant && !isArrowBody(tree, node);
  }
  return isUsedAsValue(tree, node, parent);
}

/** `save().then(tell);` */
function isDroppedChain(tree: SyntaxTree, node: number): boolean {
  const { name, arguments: count } = callAt(tree, node);
  if (name !== 'then' || count !== 1 || !tree.table.closuresAreUnits) return false;
  return isStatementCall(tree, node) && !/\.catch\(/.test(tree.excerpt(node, 400));
}

function isUnhandledChain(context: Context, node: number): boolean {
  const { tree } = context;
  return isDroppedChain(tree, node) && !isInAsync(context, node) && isOfRequest(tree, node);
}

/** `fetch(url).then(…).then(…)`: what is sent over a network fails, and nobody else can look after it. */
function isOfRequest(tree: SyntaxTree, node: number): boolean {
  let at = node;
  for (let up = 0; up < 6 && callAt(tree, at).name === 'then'; up += 1) at = receiverAt(tree, at);
  return (
    at >= 0 &&
    tree.kind(at) === 'call' &&
    /^((window\.)?fetch|axios(\.\w+)?)$/.test(fullName(tree, at))
  );
}

function isArrowBody(tree: SyntaxTree, node: number): boolean {
  return tree.kind(tree.parentOf(node)) === 'closure';
}

function isUsedAsValue(tree: SyntaxTree, node: number, parent: number): boolean {
  const kind = tree.kind(parent);
  if (kind === 'not') return /^(!|not\b)/.test(tree.excerpt(parent, 4));
  if (kind === 'binary')
    return !/^\s*(\?\?|\|\||&&|or|and|instanceof|is)/.test(operator(tree, parent));
  return kind === 'member' ? isRead(tree, node, parent) : isAsked(tree, node, parent);
}

/** A property of the value is read from its promise. */
function isRead(tree: SyntaxTree, node: number, member: number): boolean {
  const { language } = tree.table;
  if (language === 'rust' || language === 'csharp' || tree.fieldName(node) === 'property')
    return false;
  const property = tree.field(member, 'property', 'attribute', 'name', 'field');
  return property >= 0 && !settled.test(tree.text(property));
}

function isAsked(tree: SyntaxTree, node: number, parent: number): boolean {
  if (tree.kind(parent) === 'if') return tree.fieldName(node) === 'condition';
  const up = tree.parentOf(parent);
  if (tree.kind(parent) !== 'paren' || up < 0 || tree.kind(up) !== 'if') return false;
  return tree.fieldName(parent) === 'condition';
}

function operator(tree: SyntaxTree, node: number): string {
  const token = tree.children(node).find((child) => !tree.named(child));
  return token === undefined ? '' : tree.text(token);
}

/** `const user = findUser(id); if (!user.active) …`: the name holds the promise, never its value. */
function isNamedPromise(context: Context, node: number): boolean {
  const { tree } = context;
  const target = tree.field(node, 'left', 'name');
  const value = tree.field(node, 'right', 'value');
  if (target < 0 || value < 0 || tree.kind(value) !== 'call' || tree.kind(target) !== 'identifier')
    return false;
  if (!isPromise(context, value) && !isJsonOfFetch(context, value)) return false;
  const name = tree.text(target);
  if (bindingsOf(context, node, name).length !== 1) return false;
  const word = escaped(name);
  const waits = new RegExp(
    `\\bawait\\b[^;\\n]*\\b${word}\\b|\\b${word}\\s*\\)?\\s*\\.(then|catch|finally)\\b|\\breturn\\s+${word}\\s*[;\\n}]|(all|race|any|allSettled|gather|wait|create_task|ensure_future|WhenAll|push|append|add|Add)\\(\\s*[^;]*\\b${word}\\b`,
  );
  const used = new RegExp(
    `\\b${word}\\.(?!then|catch|finally)\\w|!\\s*${word}\\b|\\bif\\s*\\(\\s*${word}\\s*[)=!]|\\bnot\\s+${word}\\b|\\b${word}\\[`,
  );
  const unit = unitAt(context, node);
  return search(context, waits, unit) === false && search(context, used, unit) === true;
}

/** `const data = response.json()`, the response being one of `await fetch(…)`. */
function isJsonOfFetch(context: Context, node: number): boolean {
  const { name, qualifier } = callAt(context.tree, node);
  if (!/^(json|text|blob|arrayBuffer|formData)$/.test(name) || qualifier === null) return false;
  return bindingsOf(context, node, qualifier).some(
    ({ value }) =>
      value >= 0 &&
      /^await\s+((window|globalThis)\.)?fetch\(/.test(context.tree.excerpt(value, 40)),
  );
}

function isAsyncClosure(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'closure' && /^async\b/.test(tree.excerpt(node, 6));
}

const waiting =
  /\b(Promise|Bluebird|pMap|pAll|asyncio|Rx|from|of|merge|concat|limit)\b|\bfor await\b/;

/** `list.forEach(async …)`: nobody waits for what the callback does. */
function isDroppedCallback(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (qualifier === null) return false;
  const first = argumentNodes(tree, node)[0];
  if (first === undefined || !isAsyncClosure(tree, first)) return false;
  if (/^(async|_|lodash|Promise|stream|Readable)\b/.test(qualifier)) return false;
  if (name === 'forEach') return true;
  if (name === 'map' || name === 'flatMap')
    return isStatementCall(tree, node) || isReadAtOnce(context, node);
  return /^(filter|some|every|find|findIndex)$/.test(name);
}

/** `list.map(async …).join()`, or a name for the promises that nothing ever waits for. */
function isReadAtOnce(context: Context, node: number): boolean {
  const { tree } = context;
  const parent = tree.parentOf(node);
  if (tree.kind(parent) === 'member') {
    const property = tree.field(parent, 'property');
    return (
      property >= 0 &&
      /^(join|filter|reduce|sort|length|includes|some|every|find)$/.test(tree.text(property))
    );
  }
  if (tree.kind(parent) !== 'declarator') return false;
  const target = tree.field(parent, 'name');
  const name = target < 0 ? '' : tree.excerpt(target, 60);
  if (!/^[\w$]+$/.test(name)) return false;
  const unit = unitAt(context, node);
  const read = new RegExp(
    `\\b${escaped(name)}(\\.(join|filter|reduce|sort|length|includes|some|every|find|map|forEach)\\b|\\[)`,
  );
  return search(context, waiting, unit) === false && search(context, read, unit) === true;
}

export const asyncDetectors: Detector[] = [
  { rule: 'unhandled-chain', kinds: ['call'], test: isUnhandledChain },
  { rule: 'floating-promise', kinds: ['call'], test: isFloating },
  { rule: 'floating-promise', kinds: ['declarator', 'assignment'], test: isNamedPromise },
  {
    rule: 'async-callback',
    kinds: ['call'],
    method: /^(forEach|map|filter|some|every|find|findIndex|flatMap)$/,
    test: isDroppedCallback,
  },
  {
    rule: 'async-callback',
    kinds: ['call'],
    method: /^ForEach$/,
    test: ({ tree }, node) =>
      tree.table.language === 'csharp' &&
      /^async\b/.test(tree.excerpt(argumentNodes(tree, node)[0] ?? node, 8)),
  },
  {
    rule: 'async-executor',
    kinds: ['new'],
    test: ({ tree }, node) => {
      const first = argumentNodes(tree, node)[0];
      return (
        callAt(tree, node).name === 'Promise' && first !== undefined && isAsyncClosure(tree, first)
      );
    },
  },
  {
    rule: 'unawaited-in-try',
    kinds: ['return'],
    test: (context, node) => {
      const { tree } = context;
      const value = tree.namedChildren(node)[0] ?? -1;
      if (value < 0 || tree.kind(value) !== 'call') return false;
      const around = tree.above(node, 'try', 'catch', 'finally', 'closure', 'function');
      if (around < 0 || tree.kind(around) !== 'try') return false;
      if (!isPromise(context, value) && !failsLater(context, value)) return false;
      return tree.children(around).some((child) => tree.kind(child) === 'catch');
    },
  },
  {
    rule: 'async-void',
    kinds: ['function'],
    test: ({ tree }, node) => {
      const header = headerText(tree, node);
      return (
        /\basync\s+void\b/.test(header) &&
        !/EventArgs\b|\boverride\b|\(\s*object\s+\w+,/.test(header)
      );
    },
  },
  {
    rule: 'blocking-in-async',
    kinds: ['call'],
    callee:
      /^(time\.sleep|requests\.(get|post|put|delete|patch|head|request)|Thread\.Sleep|std\.thread\.sleep|thread\.sleep|subprocess\.(run|call|check_output))$/,
    test: isInAsync,
  },
];

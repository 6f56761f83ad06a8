import type { FullLanguage } from '../../facts.ts';
import type { FallibleSite } from '../../pattern-facts.ts';
import { argumentNodes, callAt, type Call } from '../calls.ts';
import { effectOf, isFallible } from '../effects.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { headerText } from '../headers.ts';
import { unitOf, type Context } from './context.ts';
import { cGuard } from './c-errors.ts';
import { isStatusAsked, processGuard, systemGuard } from './exit-status.ts';
import { goGuard } from './go-errors.ts';
import { asksForKind, isNarrow, type HandlerAt } from './handlers.ts';
import { isHandedOn } from './promises.ts';
import { rustGuard } from './rust-errors.ts';
import { wrapsStream } from './java-readers.ts';
import { isSafeParse } from './text-values.ts';

type Guard = FallibleSite['guard'];

const callsOf = nodesOf('call', 'new');

/** Calls that can fail for a reason outside the program, each with what is ready for its failure. */
export function findFallible(context: Context): FallibleSite[] {
  const { tree } = context;
  const guards = tryGuards(tree, context.handlers);
  const found: FallibleSite[] = [];
  for (const node of callsOf(tree)) {
    const call = callAt(tree, node);
    const effect = effectOf(call, tree.table.language);
    if (
      !isFallible(effect) ||
      isLazy(tree, node, call) ||
      wrapsStream(context, node, call) ||
      (effect === 'parse' && isSafeParse(context, node, call))
    )
      continue;
    if (isOfOwnFile(context, node) || (effect === 'parse' && isSetting(context, node))) continue;
    found.push({
      line: tree.startLine(node),
      kind: effect,
      call: spelledAs(tree, node, call),
      guard: guards[node] ?? localGuard(context, node),
    });
  }
  return found;
}

/** Queries of Django and of SQLAlchemy that nobody has asked for an answer yet. */
function isLazy(tree: SyntaxTree, node: number, { spelled }: Call): boolean {
  if (lazy.test(spelled)) return true;
  if (tree.table.language !== 'python' || !spelled.endsWith('session.query')) return false;
  let whole = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    if (tree.kind(up) !== 'member' && tree.fieldName(whole) !== 'function') break;
    whole = up;
  }
  return !asked.test(tree.excerpt(whole, 2_000));
}

const asked =
  /\.(all|first|one|one_or_none|scalar|scalars|count|get|get_or_404|first_or_404|delete|update|exists|paginate)\(/;

const lazy =
  /\.objects\.(all|filter|exclude|none|order_by|values|values_list|annotate|select_related|prefetch_related|only|defer|using)$/;

/**
 * Reads, when the file is loaded, another one that lies beside it: what fails there is the program itself, and it does so
 * before anything else. `(Path(__file__).parent / "messages.toml").read_text()`
 */
function isOfOwnFile(context: Context, node: number): boolean {
  if (unitOf(context, node) !== null) return false;
  const text = context.tree.excerpt(node, 200);
  const names = text.replaceAll(/"[^"\n]*"|'[^'\n]*'/g, '').match(/[A-Za-z_$][\w$]*/g) ?? [];
  return (
    /__file__|__dir(name|__)\b|import\.meta|__DIR__/.test(text) &&
    names.every((name) => placing.has(name))
  );
}

/** A setting that cannot be read when the file is loaded ends the program before it does anything: `int(os.environ["PORT"])`. */
function isSetting(context: Context, node: number): boolean {
  return (
    unitOf(context, node) === null &&
    /\b(os\.environ|os\.getenv|getenv|process\.env|ENV)\b/.test(context.tree.excerpt(node, 200))
  );
}

/** Names by which a path beside the file itself is put together and read. */
const placing = new Set(
  '__file__ __dirname __dir__ __DIR__ import meta url dirname filename new URL fileURLToPath Path pathlib os path join resolve parent absolute abspath realpath expand_path File Pathname open read read_text read_bytes readFileSync readlines fs encoding json JSON yaml YAML toml tomllib load loads load_file safe_load parse r rb str'.split(
    ' ',
  ),
);

/** `$db->prepare`, `fs::read`: as it stands there. */
function spelledAs(tree: SyntaxTree, node: number, { name, qualifier }: Call): string {
  if (qualifier === null) return name;
  const rest = tree.excerpt(node, 200).slice(qualifier.length);
  return `${qualifier}${/^\s*(\?->|->|::|\?\.|&\.)/.exec(rest)?.[1] ?? '.'}${name}`;
}

const strength: Record<Guard, number> = { none: 0, generic: 1, propagated: 2, typed: 3 };

/** The best handler of each try. */
function bestHandlers(tree: SyntaxTree, handlers: HandlerAt[]): ReadonlyMap<number, Guard> {
  const byTry = new Map<number, Guard>();
  for (const handler of handlers) {
    // Go's and Rust's checks stand beside the call, not around it.
    if (tree.kind(handler.node) !== 'catch') continue;
    const inline = tree.type(handler.node) === 'rescue_modifier';
    const owner = inline ? handler.node : tree.parentOf(handler.node);
    const guard = guardOf(handler);
    if (strength[guard] >= strength[byTry.get(owner) ?? 'none']) byTry.set(owner, guard);
  }
  return byTry;
}

/** The best handler around each node that stands in a try body. */
function tryGuards(tree: SyntaxTree, handlers: HandlerAt[]): (Guard | undefined)[] {
  const byTry = bestHandlers(tree, handlers);
  const guards: (Guard | undefined)[] = [];
  if (byTry.size === 0) return guards;
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parentOf(node);
    const kind = tree.kind(node);
    if (kind === 'function') continue;
    const isHandler = kind === 'catch' || kind === 'finally';
    guards[node] = (isHandler ? undefined : byTry.get(parent)) ?? guards[parent];
  }
  return guards;
}

function guardOf(handler: HandlerAt): Guard {
  if (handler.kind === 'empty') return 'none';
  // Where errors have no types, what is expected is caught with all the rest.
  if (handler.kind === 'expected' && handler.types.length === 0) return 'generic';
  if (
    handler.kind === 'expected' ||
    handler.kind === 'typed' ||
    (handler.kind === 'rethrow' && isNarrow(handler.types))
  )
    return 'typed';
  if (handler.kind === 'rethrow') return 'propagated';
  return handler.kind === 'log_only' && isNarrow(handler.types) ? 'typed' : 'generic';
}

/** Outside of any try: what the language itself offers. */
function localGuard(context: Context, node: number): Guard {
  const { tree } = context;
  if (isCarried(tree, node)) return 'generic';
  const own = localGuards[tree.table.language];
  if (own) return own(context, node);
  return tree.table.closuresAreUnits ? promiseGuard(context, node) : 'none';
}

/** What fails becomes a value: `Try { JSON.parse(text) }`, `Try.of(() -> …)`, `ResultAsync.fromPromise(fetch(url), …)`. */
function isCarried(tree: SyntaxTree, node: number): boolean {
  for (
    let up = tree.above(node, 'call', 'function');
    up >= 0;
    up = tree.above(up, 'call', 'function')
  ) {
    if (tree.kind(up) !== 'call') return false;
    const { name, qualifier } = callAt(tree, up);
    if (name === 'Try' || (qualifier !== null && carriers.test(`${qualifier}.${name}`)))
      return true;
  }
  return false;
}

const carriers =
  /^Try\.(of|run|call|ofSupplier|ofCallable|withResources)$|^(Result|ResultAsync|TE|TaskEither|E|Either|IOEither)\.(fromPromise|fromThrowable|fromSafePromise|tryCatch)$/;

const localGuards: Partial<Record<FullLanguage, (context: Context, node: number) => Guard>> = {
  rust: ({ tree }, node) => rustGuard(tree, node),
  go: goGuard,
  cpp: cGuard,
  php: (context, node) => {
    if (isStatusAsked(context, node)) return 'typed';
    return isToldByValue(context.tree, node) ? cGuard(context, node) : 'none';
  },
  ruby: systemGuard,
  python: processGuard,
  java: (context, node) => {
    const unit = unitOf(context, node);
    const isDeclared = unit !== null && /\bthrows\b/.test(headerText(context.tree, unit.node));
    return isDeclared ? 'propagated' : 'none';
  },
  csharp: (context, node) =>
    callAt(context.tree, node).name.endsWith('Async') && isHandedOn(context, node)
      ? 'propagated'
      : 'none',
};

/** Functions of PHP give false or null, and throw only where they are asked to. */
function isToldByValue(tree: SyntaxTree, node: number): boolean {
  const { qualifier } = callAt(tree, node);
  return qualifier === null && !tree.excerpt(node, 300).includes('JSON_THROW_ON_ERROR');
}

/** A promise is met by its own `.catch(`, or its failure goes to the caller with it. */
function promiseGuard(context: Context, node: number): Guard {
  const { tree } = context;
  if (hasCatch(tree, node)) return asksForKind.test(catchOf(tree, node)) ? 'typed' : 'generic';
  const observed = observedGuard(tree, node);
  if (observed !== null) return observed;
  const { name } = callAt(tree, node);
  if (/Sync$|^parse$/.test(name)) return 'none';
  return isHandedOn(context, node) || isToldBack(tree, node) ? 'propagated' : 'none';
}

/** Whether a callback is told of the failure, and looks at it or belongs to the caller: `read(path, (err, text) => …)`. */
function isToldBack(tree: SyntaxTree, node: number): boolean {
  const last = argumentNodes(tree, node).at(-1);
  if (last === undefined) return false;
  if (/^(cb|callback|done|next|\w+(Cb|Callback))$/.test(tree.excerpt(last, 40))) return true;
  const list = tree.field(last, 'parameters');
  const first = list < 0 ? tree.field(last, 'parameter') : (tree.namedChildren(list)[0] ?? -1);
  const error = /^\w+/.exec(tree.excerpt(first, 40))?.[0] ?? '';
  if (!/^(e|er|err|error|\w+Err(or)?)$/.test(error)) return false;
  const words = tree.excerpt(tree.field(last, 'body'), 4_000).split(/[^\w$]+/);
  return words.includes(error);
}

/** Lines of calls whose promise has `.catch(` in its chain, or which stand in one with `.onErrorResume(`; in order. */
export function caughtLines(tree: SyntaxTree): number[] {
  if (tree.table.language === 'java') return linesOfChains(tree);
  if (!tree.table.closuresAreUnits || !tree.source.includes('.catch(')) return [];
  const caught = [...callsOf(tree)].filter((node) => hasCatch(tree, node));
  return [...new Set(caught.map((node) => tree.startLine(node)))];
}

/** Reactor and the futures of Java answer a failure at the end of a chain of calls. */
function linesOfChains(tree: SyntaxTree): number[] {
  if (!answersFailure.test(tree.source)) return [];
  const lines = new Set<number>();
  for (const node of callsOf(tree))
    if (answersFailure.test(`.${callAt(tree, node).name}(`))
      for (let line = tree.startLine(node); line <= tree.endLine(node); line += 1) lines.add(line);
  return [...lines].sort((a, b) => a - b);
}

const answersFailure =
  /\.(onError(Resume|Return|Continue|Complete|Map)|exceptionally|handleAsync)\(/;

/** A promise with `.catch(` in its chain. */
function hasCatch(tree: SyntaxTree, node: number): boolean {
  const stop = tree.stop[node] ?? 0;
  return endsInCatch(tree.source.slice(stop, stop + 400));
}

/** What the `.catch(…)` at the end of a chain of promises does, or ''. */
function catchOf(tree: SyntaxTree, node: number): string {
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind !== 'member' && kind !== 'call') break;
    if (kind === 'call' && callAt(tree, up).name === 'catch')
      return tree.excerpt(argumentNodes(tree, up)[0] ?? up, 2_000);
  }
  return '';
}

/** What the operators behind an observable, or whoever subscribes, do with its failure; null where nobody does. */
function observedGuard(tree: SyntaxTree, node: number): Guard | null {
  let whole = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const isChain = tree.kind(up) === 'member' || tree.fieldName(whole) === 'function';
    if (!isChain) break;
    whole = up;
  }
  const rest = tree.excerpt(whole, 2_000).slice((tree.stop[node] ?? 0) - (tree.start[whole] ?? 0));
  if (!/^\s*\.(pipe|subscribe)\(/.test(rest) || !/\bcatchError\(|\berror\s*:/.test(rest))
    return null;
  return /ErrorResponse|instanceof|\.(status|code|name)\b/.test(rest) ? 'typed' : 'generic';
}

/** Characters between the brackets of a `.then(…)`. */
const MAX_THEN = 300;

/**
 * Whether a text is `.then(…)` any number of times and then `.catch(`. Each `)` is looked at once: an expression that
 * repeats `.then(…)` takes twice the time for each one more in a chain without `.catch(`.
 */
export function endsInCatch(text: string): boolean {
  const blanks = /\s*/y;
  let close = -1;
  /** The last place at which the brackets that are open may close. */
  let reach = -1;
  for (;;) {
    blanks.lastIndex = close + 1;
    blanks.exec(text);
    const at = blanks.lastIndex;
    if (text.startsWith('.catch(', at)) return true;
    if (text.startsWith('.then(', at)) reach = at + '.then('.length + MAX_THEN;
    close = text.indexOf(')', close + 1);
    if (close < 0 || close > reach) return false;
  }
}

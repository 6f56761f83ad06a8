import { shapeOfNodes } from '../shape-of-text.ts';
import type { HandlerFacts } from '../../pattern-facts.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { headerText } from '../headers.ts';
import { endsProgram, loopThatTurns } from './last-statements.ts';
import { dropsNoFailure } from './quiet-handlers.ts';
import { bodyOf, isRecovery, statementsOf } from '../tree-questions.ts';
import { withoutComments } from './without-comments.ts';

export type HandlerAt = HandlerFacts & { node: number };

/** Writes to a log or to whoever runs the program. */
export const logs =
  /^[\s{(]*(await\s+)?(?![\w.$]*(?:log_?(?:in|out)|logic|catalog|dialog|blog)\w*\s*[.(])((this|self|\$this)(\.|->))?@?\$?\w*(log|logger|logging|console|LOG|LOGGER|_logger|Log|syslog|error_log|print|println|eprintln!|puts|warn|warnings|System\.(out|err)|Console|fmt\.Print|std::cerr|cerr|std::cout|cout|slog|tracing)\w*\b|printStackTrace\(\)|^[\s{(]*(System\.Diagnostics\.)?(Debug|Trace)\.(Write|Trace|Print)\w*\(/i;
const generic =
  /^(Exception|BaseException|Throwable|StandardError|\.\.\.|object|std::exception|exception|RuntimeException|System\.Exception|\\Exception|\\Throwable)$/;

const mayHandle = nodesOf('catch', 'if', 'case');

/** Error handlers in every language: catch clauses, Go's `if err != nil`, Rust's `Err` arms. */
export function findHandlers(tree: SyntaxTree): HandlerAt[] {
  const found: HandlerAt[] = [];
  for (const node of mayHandle(tree)) {
    const body = handlerBody(tree, node);
    if (body === -1) continue;
    const types = typesOf(tree, node);
    const kind = kindOf(tree, node, body, types);
    found.push({
      node,
      kind,
      ...(kind === 'rethrow' && endsOnly(tree, body) ? { ends: true as const } : {}),
      types,
      tryLine: tree.startLine(tree.kind(node) === 'catch' ? triedBy(tree, node) : node),
      startLine: tree.startLine(node),
      endLine: tree.endLine(node),
      shape: shapeOfNodes(tree, node),
    });
  }
  return found;
}

/** What a clause belongs to: a `try`, or the body that it stands at the end of. */
function triedBy(tree: SyntaxTree, node: number): number {
  const tried = tree.parentOf(node);
  return tried < 0 ? node : tried;
}

/** -1 = no handler; -2 = a handler without a body node, which is empty. */
function handlerBody(tree: SyntaxTree, node: number): number {
  const kind = tree.kind(node);
  if (kind === 'catch')
    return tree.type(node) === 'rescue_modifier'
      ? tree.field(node, 'handler')
      : emptyIfNone(bodyOf(tree, node));
  if (kind === 'if' && isErrorCheck(tree, node)) return tree.field(node, 'consequence');
  if (kind !== 'case' || tree.table.language !== 'rust') return -1;
  return /^\s*Err\(/.test(tree.excerpt(node, 20)) ? tree.field(node, 'value') : -1;
}

function emptyIfNone(body: number): number {
  return body < 0 ? -2 : body;
}

/** `if err != nil` (Go), `if let Err(e) = …` (Rust). */
function isErrorCheck(tree: SyntaxTree, node: number): boolean {
  const condition = tree.field(node, 'condition');
  if (condition < 0) return false;
  const text = tree.excerpt(condition, 60);
  if (isRecovery(tree, node)) return true;
  if (tree.table.language === 'go') return /^\w*[eE]rr\w*\s*!=\s*nil\b/.test(text);
  return tree.table.language === 'rust' && /^let\s+Err\(/.test(text);
}

function typesOf(tree: SyntaxTree, node: number): string[] {
  const { language } = tree.table;
  if (isRecovery(tree, node)) return ['panic'];
  if (language === 'go' || language === 'rust') return ['error'];
  if (tree.table.closuresAreUnits) return [];
  const head = handlerHead(tree, node);
  if (language === 'cpp' && head.includes('...')) return ['...'];
  const names =
    head
      .replace(/^(catch|except\*?|rescue)/, '')
      .replace(/\bwhen\b.*$|=>.*$|\bas\s+\w+|#.*$/gms, '')
      .match(/[A-Za-z_\\][\w\\]*((::|\.|\\)\w+)*/g) ?? [];
  // `IOException e`: the type comes first, the variable is lower case.
  const lowerCaseTypes = language === 'cpp' || language === 'python';
  return names.filter((name) => !notTypes.test(name) && (lowerCaseTypes || /[A-Z]/.test(name)));
}

const notTypes = /^(const|final|modifier|nil|do|then|e|ex|err|error|exc|ignored|_\w*)$/;

function handlerHead(tree: SyntaxTree, node: number): string {
  const body = bodyOf(tree, node);
  const start = tree.start[node] ?? 0;
  const stop = (body < 0 ? tree.stop[node] : tree.start[body]) ?? 0;
  return tree.source.slice(start, Math.min(stop, start + 300));
}

function kindOf(
  tree: SyntaxTree,
  node: number,
  body: number,
  types: string[],
): HandlerFacts['kind'] {
  const statements = body < 0 ? [] : statementsOf(tree, body);
  if (statements.every((statement) => isNothing(tree, statement)))
    return quietKind(tree, node, types);
  const text = tree.excerpt(body, 4_000);
  if (rethrows(tree, text)) return 'rethrow';
  const told = toldOnly(tree, node, statements);
  if (told !== null) return told;
  if (isNarrow(types)) return 'typed';
  // Scripts have no typed catch: looking at the error in the body is the same.
  if (types.length === 0 && asksForKind.test(text)) return 'typed';
  return tree.type(node) === 'rescue_modifier' ? 'empty' : 'generic';
}

/** Only a log line is written: nothing else can be done, or what follows goes on; null where nothing follows. */
function toldOnly(
  tree: SyntaxTree,
  node: number,
  statements: readonly number[],
): 'expected' | 'log_only' | null {
  if (!statements.every((statement) => logs.test(tree.excerpt(statement, 200)))) return null;
  if (answering.test(tree.excerpt(node, 200)) || goesOnWithNext(tree, node)) return 'expected';
  const whole = tree.kind(node) === 'catch' ? triedBy(tree, node) : node;
  return endsProgram(tree, whole) ? null : 'log_only';
}

/**
 * Whoever types is told and asked again; and of one kind of error, that what one turn of a loop was about did not work:
 * the next turn is what follows.
 */
function goesOnWithNext(tree: SyntaxTree, node: number): boolean {
  const isArm = tree.kind(node) === 'case';
  const whole = tree.kind(node) === 'catch' ? triedBy(tree, node) : node;
  const loop = loopThatTurns(tree, isArm ? tree.above(node, 'switch') : whole);
  if (loop < 0) return false;
  // An error that is a value is of what was asked for.
  const isOneKind = tree.kind(node) !== 'catch' || isNarrow(typesOf(tree, node));
  return isOneKind || readsInput.test(withoutComments(tree.excerpt(loop, 4_000)));
}

const readsInput =
  /\.Scan\(\)|\bRead(?:String|Line|Key)\(|(?<!\w)input\(|\bgets\b|\.next(?:Line|Int|Double)\(\)|\bgetline\(|\bread_line\(|\bstdin\b|\bSTDIN\b|\breadline\(|\bfgets\(|\bcin\s*>>|\bprompt\w*\(/;

/** The answer was being written in Go: whoever asked is gone, and nobody can be told but the log. */
const answering =
  /^if\s[^{]*(NewEncoder\(\w+\)\.Encode\(|\bw\.Write\(|\bio\.Copy\(w,|\bFprint\w*\(w,|\.Execute(Template)?\(w,)/;

/** Looks at what kind of error it is. */
export const asksForKind = /instanceof|\.(code|name|status)\s*[!=]==?|isinstance\(/;

/** A bare `return` hands a named result on; `Err(e) if …` picks one kind of error. */
function quietKind(tree: SyntaxTree, node: number, types: string[]): HandlerFacts['kind'] {
  if (isExpected(types) || dropsNoFailure(tree, node)) return 'expected';
  if (isNarrow(types) && isMeant(tree, node)) return 'expected';
  const { language } = tree.table;
  if (language === 'rust' && /^\s*Err\([^)]*\)\s+if\b/.test(tree.excerpt(node, 60)))
    return 'expected';
  if (language !== 'go') return 'empty';
  if (isAskedAfterLoop(tree, node)) return 'expected';
  const unit = tree.above(node, 'function', 'closure');
  const named =
    unit >= 0 && /\)\s*\([^)]*\berr\w*\s+error\b[^)]*\)\s*$/.test(headerText(tree, unit));
  return named ? 'rethrow' : 'empty';
}

/** `if err != nil { break }`, and the error of the function is looked at behind the loop. */
function isAskedAfterLoop(tree: SyntaxTree, node: number): boolean {
  const loop = tree.above(node, 'loop', 'function', 'closure');
  if (
    tree.kind(loop) !== 'loop' ||
    !/\{\s*break\s*\}$/.test(withoutComments(tree.excerpt(node, 200)))
  )
    return false;
  const name = /^if\s+(\w+)\s*!=/.exec(tree.excerpt(node, 60))?.[1];
  if (name === undefined || tree.excerpt(loop, 4_000).includes(`${name} :=`)) return false;
  const next = tree.source.slice(tree.stop[loop], (tree.stop[loop] ?? 0) + 400);
  return new RegExp(`\\b${name}\\b(?!\\s*:?=[^=])`).test(next);
}

function isMeant(tree: SyntaxTree, node: number): boolean {
  return saysWhy(tree, node) || triesAgain(tree, node);
}

/** One kind of error in a loop that waits before its next turn. */
function triesAgain(tree: SyntaxTree, node: number): boolean {
  const loop = tree.above(node, 'loop', 'function');
  return (
    tree.kind(node) === 'catch' &&
    loop >= 0 &&
    tree.kind(loop) === 'loop' &&
    /\b(sleep|Sleep|Delay|delay|set(?:Timeout|Interval)|usleep|wait)\(/.test(
      tree.excerpt(loop, 2_000),
    )
  );
}

/** A comment of three words or more beside one kind of error says why nothing is done. */
function saysWhy(tree: SyntaxTree, node: number): boolean {
  return /(#|\/\/|\/\*)[\s*]*(?:[A-Za-z][\w'`-]*[^\w\n]+){2,}[A-Za-z]/.test(
    tree.excerpt(node, 600),
  );
}

/** The handler names particular errors. */
export function isNarrow(types: readonly string[]): boolean {
  return types.length > 0 && !types.some((type) => generic.test(type));
}

/** Errors that stand for an ordinary answer (`no such key`): passing over one drops no failure. */
const answers =
  /^(Stop(Async)?Iteration|LoadError|ImportError|ModuleNotFoundError|KeyError|IndexError|LookupError|AttributeError|FileNotFoundError|FileExistsError|ProcessLookupError|CancelledError|asyncio\.CancelledError|(queue\.)?(Empty|Full)|NoSuchFileException|FileAlreadyExistsException|NoSuchElementException|(\w+\.)*(Object)?DoesNotExist|NoResultFound|NoResultException|EntityNotFoundException|ModelNotFoundException|ActiveRecord::RecordNotFound|(Errno::)?ENOENT|Errno::EEXIST|FileNotFoundException|DirectoryNotFoundException|OperationCanceledException)$/;

function isExpected(types: string[]): boolean {
  return types.length > 0 && types.every((type) => answers.test(type));
}

function isNothing(tree: SyntaxTree, node: number): boolean {
  return /^(pass|continue;?|\.\.\.|nil|null;?|\(\)|;|\{\s*\}|return;?|break;?)$/.test(
    tree.excerpt(node, 20).trim(),
  );
}

/** Nothing is thrown: `sys.exit(f"no such file: {path}")`, `console.error(error); process.exit(1)`. */
function endsOnly(tree: SyntaxTree, body: number): boolean {
  if (/^(go|rust)$/.test(tree.table.language) || body < 0) return false;
  const text = withoutComments(tree.excerpt(body, 4_000)).replaceAll(/#.*/g, '');
  return (
    /\b[eE]xit\(/.test(text) &&
    !/\b(throw|raise(?!\s+SystemExit)|rethrow|reject\(|next\(err)/.test(text)
  );
}

function rethrows(tree: SyntaxTree, text: string): boolean {
  const { language } = tree.table;
  if (language === 'go')
    return /\breturn\b.*\b\w*[eE]rr\w*\b|\breturn\b.*\b(errors|fmt)\.\w+\(|\bpanic\(|log\.Fatal|t\.Fatal/.test(
      text,
    );
  if (language === 'rust') return /\breturn\s+Err\(|^\s*Err\(|panic!|\?;/.test(text);
  return /\b(throw|raise|rethrow|reject\(|next\(err|process\.exit|sys\.exit|[eE]xit\()/.test(
    withoutComments(text).replaceAll(/#.*/g, ''),
  );
}

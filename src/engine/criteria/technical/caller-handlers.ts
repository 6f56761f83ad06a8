import type { FileFacts, FunctionAt, FunctionFacts } from '../../facts.ts';
import type { CallFacts } from '../../call-facts.ts';
import type { HandlerFacts } from '../../pattern-facts.ts';
import { callTargets } from '../../submission/call-targets.ts';
import { functionsOf } from '../../submission/functions-of.ts';
import type { Submission } from '../../submission/submission.ts';
import { isNarrow } from '../../syntax/patterns/handlers.ts';

/** Who stands ready for what a function throws. */
export interface ReadyCaller {
  /** Name of the function that has the handler. */
  by: string;
  /** It tells kinds of errors apart. */
  typed: boolean;
  /** It is no caller, but what answers for every error in the place of the framework. */
  boundary?: true;
}

/**
 * Functions whose failure a caller handles, directly or through functions in between. A call is of every function of
 * its name that what it is made on allows. Where errors are values each call is looked at by itself.
 */
export function readyCallers({
  code,
  ownersOf,
}: Pick<Submission, 'code' | 'ownersOf'>): Map<FunctionFacts, ReadyCaller> {
  const throwing = code.filter(({ language }) => !/^(go|rust)$/.test(language));
  const all = functionsOf(throwing);
  const byName = Map.groupBy(all, ({ fn }) => fn.name);
  const targets = callTargets(all, byName, ownersOf);
  const ready = new Map<FunctionFacts, ReadyCaller>();
  const reached: FunctionAt[] = [];
  const add = (at: FunctionAt, caller: ReadyCaller) => {
    if (ready.has(at.fn)) return;
    ready.set(at.fn, caller);
    reached.push(at);
  };
  // Who knows the kinds of errors is told first.
  for (const typed of [true, false]) {
    for (const file of throwing)
      for (const { call, by } of callsInside(file, typed))
        for (const at of targets(file, call)) add(at, { by, typed });
    for (const { file, fn } of reached)
      for (const call of fn.calls) for (const at of targets(file, call)) add(at, ready.get(fn)!);
  }
  return ready;
}

/** Calls with a handler around them, and the function that has it. */
function callsInside(file: FileFacts, typed: boolean): { call: CallFacts; by: string }[] {
  const handlers = file.handlers.filter((one) => handles(one) && isTyped(one) === typed);
  const caught = new Set(typed ? [] : file.caughtLines);
  if (handlers.length + caught.size === 0) return [];
  const depth = new Int32Array(file.lines + 3);
  for (const { tryLine, startLine } of handlers) {
    depth[Math.min(tryLine ?? startLine, file.lines + 1)]! += 1;
    depth[Math.min(startLine, file.lines + 1) + 1]! -= 1;
  }
  for (let line = 1; line < depth.length; line += 1) depth[line]! += depth[line - 1]!;
  const inFunctions = file.functions.flatMap(({ name: by, calls }) =>
    calls
      .filter(({ line }) => (depth[line] ?? 0) > 0 || caught.has(line))
      .map((call) => ({ call, by })),
  );
  return [...inFunctions, ...namedInTry(file, handlers)];
}

/** Outside of functions: what the statement names that the handler is of. */
function namedInTry(
  { topLevel, functions }: FileFacts,
  handlers: readonly HandlerFacts[],
): { call: CallFacts; by: string }[] {
  const outside = handlers.filter(
    ({ startLine, endLine }) =>
      !functions.some((fn) => fn.startLine <= startLine && endLine <= fn.endLine),
  );
  if (outside.length === 0) return [];
  return topLevel
    .filter((one) =>
      outside.some(({ startLine }) => one.startLine <= startLine && startLine <= one.endLine),
    )
    .flatMap(({ mentions, startLine: line }) =>
      mentions.map((name) => ({
        call: { name, qualifier: null, line, arguments: 0 },
        by: theProgram,
      })),
    );
}

/** Stands for the statements outside of functions. */
export const theProgram = '(program)';

/** What only throws on leaves it to the next one; what ends the program does not. */
function handles({ kind, ends }: HandlerFacts): boolean {
  return kind !== 'empty' && (kind !== 'rethrow' || ends === true);
}

/** Where a language has no typed catch, one that looks at the error is of kind `typed` without types. */
function isTyped({ kind, types, ends }: HandlerFacts): boolean {
  return (
    kind === 'typed' ||
    (kind === 'expected' && types.length > 0) ||
    (ends === true && isNarrow(types))
  );
}

/**
 * Who answers for what nobody around handles, as it is called in a sentence, by the file that it may come from: an error
 * handler that the same program gives to its framework. Programs in one language that lie side by side (`client/src`, `server/src`) are two.
 */
export function boundaryOf(code: readonly FileFacts[]): (file: FileFacts) => string | undefined {
  const known = code.flatMap((file) =>
    (file.errorBoundaries ?? []).map((name) => ({
      name: name === '(anonymous)' ? `the error handler of ${file.path}` : `\`${name}\``,
      program: programOf(file),
    })),
  );
  return (file) => known.find(({ program }) => program === programOf(file))?.name;
}

/** Languages whose projects are split over folders by layer. */
const layered = new Set(['java', 'csharp']);

function programOf({ path, language }: FileFacts): string {
  const family = /^(typescript|tsx|javascript)$/.test(language) ? 'javascript' : language;
  const root = layered.has(language) ? '' : (/^(.*?\/)?(?=(src|app|lib)\/)/.exec(path)?.[1] ?? '');
  return `${family} ${root}`;
}

import type { FileFacts } from '../../facts.ts';
import type { HandlerFacts } from '../../pattern-facts.ts';

/** Who stands ready for what a function throws. */
export interface ReadyCaller {
  /** Name of the function that has the handler. */
  by: string;
  /** It names the kinds of errors that it handles. */
  typed: boolean;
}

/**
 * Functions whose failure a caller handles, directly or through functions in between, by name: there are no types here,
 * so that functions of one name share their callers. Where errors are values each call is looked at by itself.
 */
export function readyCallers(code: readonly FileFacts[]): Map<string, ReadyCaller> {
  const throwing = code.filter(({ language }) => !/^(go|rust)$/.test(language));
  const calledBy = callsByName(throwing);
  const ready = new Map<string, ReadyCaller>();
  const add = (name: string, caller: ReadyCaller) => {
    if (calledBy.has(name) && !ready.has(name)) ready.set(name, caller);
  };
  // Who knows the kinds of errors is told first.
  for (const typed of [true, false]) {
    for (const file of throwing)
      for (const [name, by] of callsInside(file, typed)) add(name, { by, typed });
    for (const [name, caller] of ready)
      for (const called of calledBy.get(name) ?? []) add(called, caller);
  }
  return ready;
}

/** What the functions of a name call. */
function callsByName(code: readonly FileFacts[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const fn of code.flatMap(({ functions }) => functions)) {
    const same = found.get(fn.name) ?? [];
    same.push(...fn.calls.map(({ name }) => name));
    found.set(fn.name, same);
  }
  return found;
}

/** Names that are called where a handler stands around, with the function that has it. */
function callsInside(file: FileFacts, typed: boolean): [name: string, by: string][] {
  const handlers = file.handlers.filter((one) => handles(one) && isTyped(one) === typed);
  if (handlers.length === 0) return [];
  const depth = new Int32Array(file.lines + 3);
  for (const { tryLine, startLine } of handlers) {
    depth[Math.min(tryLine ?? startLine, file.lines + 1)]! += 1;
    depth[Math.min(startLine, file.lines + 1) + 1]! -= 1;
  }
  for (let line = 1; line < depth.length; line += 1) depth[line]! += depth[line - 1]!;
  return file.functions.flatMap(({ name: by, calls }) =>
    calls
      .filter(({ line }) => (depth[line] ?? 0) > 0)
      .map(({ name }): [string, string] => [name, by]),
  );
}

/** What only throws on leaves it to the next one. */
function handles({ kind }: HandlerFacts): boolean {
  return kind !== 'empty' && kind !== 'rethrow';
}

function isTyped({ kind, types }: HandlerFacts): boolean {
  return (kind === 'typed' || kind === 'expected') && types.length > 0;
}

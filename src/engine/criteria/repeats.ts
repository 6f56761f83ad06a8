import type { FileFacts, FunctionFacts } from '../facts.ts';
import { oncePerObject } from '../memoize.ts';
import type { HandlerFacts } from '../pattern-facts.ts';
import type { Submission } from '../submission/submission.ts';

/**
 * What each of many items counts for when those of one shape earn with diminishing returns: `m` of a shape count
 * as `1 + ln m` in all. The same for each of them, so that order does not matter.
 */
export function diminishing(shapes: readonly string[]): number[] {
  const often = new Map<string, number>();
  for (const shape of shapes) often.set(shape, (often.get(shape) ?? 0) + 1);
  return shapes.map((shape) => {
    const many = often.get(shape) ?? 1;
    return (1 + Math.log(many)) / many;
  });
}

export interface HandlerShare {
  share: number;
  /** Put around any body, whether or not something in it can fail. */
  template: boolean;
}

/** Handlers of one shape that are so many are a habit or a template. */
const many = 4;

/**
 * What each handler counts for. Those of one shape around calls that can fail earn with diminishing returns; when hardly
 * any of a shape stands around such a call, a template put them there, which counts as one. Around anything else all
 * handlers together count as one, and for less where they are many; passing on what only a mistake of the code itself
 * can throw earns nothing.
 */
export const handlerShares = oncePerObject(sharesOfHandlers);

function sharesOfHandlers(submission: Submission): ReadonlyMap<HandlerFacts, HandlerShare> {
  const all = submission.code.flatMap((file) => {
    const nearest = new Set(file.fallible.flatMap(({ line }) => nearestHandlers(file, line)));
    const calling = functionsThatCallValues(file);
    // Where errors are values, a handler stands beside the call that it is for.
    const besides = file.language === 'go' || file.language === 'rust';
    return file.handlers.map((handler) => {
      const around = functionAround(file, handler.startLine);
      const beside = besides && !handler.types.includes('panic');
      const needed = beside || nearest.has(handler);
      return {
        handler,
        shape: `${handler.kind} ${handler.shape}`,
        needed,
        idle: !needed && handler.kind === 'rethrow' && !calling.has(around),
      };
    });
  });
  const shares = diminishing(all.map(({ shape }) => shape));
  const groups = Map.groupBy(all, ({ shape }) => shape);
  const others = all.filter(({ needed, idle }) => !needed && !idle).length;
  return new Map(
    all.map(({ handler, shape, needed, idle }, index) => {
      const group = groups.get(shape) ?? [];
      const wanted = group.filter((one) => one.needed).length;
      const template = group.length >= many && wanted * many < group.length;
      if (idle || (template && !needed)) return [handler, { template, share: 0 }];
      if (!needed) return [handler, { template, share: Math.min(1 / others, 2 / others ** 2) }];
      return [handler, { template, share: template ? 1 / group.length : (shares[index] ?? 1) }];
    }),
  );
}

/** The clauses of the innermost `try` around a line: what stands around those meets what they let through only. */
export function nearestHandlers({ handlers }: FileFacts, line: number): HandlerFacts[] {
  const around = handlers.filter(
    ({ tryLine, startLine }) => (tryLine ?? startLine) <= line && line <= startLine,
  );
  const innermost = Math.max(...around.map(({ tryLine, startLine }) => tryLine ?? startLine));
  return around.filter(({ tryLine, startLine }) => (tryLine ?? startLine) === innermost);
}

/** Beginnings of the functions that call what was handed to them, which may throw anything. */
function functionsThatCallValues(file: FileFacts): Set<number> {
  const values = new Set(
    file.identifiers
      .filter(
        ({ kind, line }) =>
          kind === 'parameter' || (kind === 'variable' && functionAround(file, line) > 0),
      )
      .map(({ name }) => name),
  );
  const calls = file.functions.flatMap((fn) => fn.calls);
  const found = calls.filter(({ name, qualifier }) => qualifier === null && values.has(name));
  return new Set(found.map(({ line }) => functionAround(file, line)));
}

/** Start of the innermost function around a line; 0 outside of functions. */
function functionAround(file: FileFacts, line: number): number {
  return functionStarts(file)[line] ?? 0;
}

/** The innermost function around a line that is no closure. */
export function functionAtLine(file: FileFacts, line: number): FunctionFacts | undefined {
  return functionsByStart(file).get(functionAround(file, line));
}

const functionsByStart = oncePerObject(({ functions }: FileFacts) => {
  const named = functions.filter(({ kind }) => kind !== 'closure');
  return new Map(named.map((fn) => [fn.startLine, fn]));
});

/** By line. */
const functionStarts = oncePerObject(({ functions, lines }: FileFacts) => {
  const starts = new Int32Array(lines + 2);
  for (const { kind, startLine, endLine } of functions.toSorted(
    (a, b) => a.startLine - b.startLine,
  ))
    if (kind !== 'closure' && endLine - startLine < longest)
      starts.fill(startLine, startLine, endLine + 1);
  return starts;
});

/** Lines of a function that are still looked at: thousands of functions inside of one another would cost too much. */
const longest = 2_000;

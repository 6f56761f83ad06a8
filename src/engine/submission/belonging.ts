import type { FunctionAt, FunctionFacts } from '../facts.ts';
import { wordsOfName } from '../words-of-name.ts';

/** Functions of one shape from which on they were made, not written. */
const series = 4;

/** Shapes that so many functions have that none of them is what it was written for. */
export function seriesOf(functions: Iterable<FunctionFacts>): ReadonlySet<number> {
  const often = new Map<number, number>();
  for (const { shape, trivial } of functions)
    if (!trivial) often.set(shape, (often.get(shape) ?? 0) + 1);
  return new Set([...often].filter(([, times]) => times >= series).map(([shape]) => shape));
}

interface Surroundings {
  all: readonly FunctionAt[];
  groupOf: (fn: FunctionFacts) => number;
  /** Whether what hangs together with a function is no small addition. */
  isLarge: (fn: FunctionFacts) => boolean;
}

/**
 * What belongs to a few functions that hang together: what is as large as they are, or speaks of the same things.
 * A series, and a part that is mostly one, does not.
 */
export function belongsTo(
  main: readonly FunctionAt[],
  { all, groupOf, isLarge }: Surroundings,
): (fn: FunctionFacts) => boolean {
  const judged = all.filter(({ fn }) => !fn.trivial);
  const made = seriesOf(judged.map(({ fn }) => fn));
  const members = Map.groupBy(judged, ({ fn }) => groupOf(fn));
  const isMade = new Map(
    [...members].map(([group, list]) => [
      group,
      list.filter(({ fn }) => made.has(fn.shape)).length * 2 > list.length,
    ]),
  );
  const related = sharesWordsWith(main);
  return (fn) => {
    if (made.has(fn.shape) || isMade.get(groupOf(fn)) === true) return false;
    // One function alone is no part that others could be measured by.
    return main.length < 2 || isLarge(fn) || related(fn);
  };
}

/**
 * Which functions speak of the same things as others do: a word of the name, of the type they belong to or of a
 * parameter is one of theirs. Few functions that do not call one another belong together by nothing else.
 */
function sharesWordsWith(others: readonly FunctionAt[]): (fn: FunctionFacts) => boolean {
  const words = new Set(others.flatMap(({ fn }) => wordsOf(fn)));
  return (fn) => wordsOf(fn).some((word) => words.has(word));
}

function wordsOf({ name, owner, parameters }: FunctionFacts): string[] {
  return [name, owner ?? '', ...parameters.map((one) => one.name)]
    .flatMap(wordsOfName)
    .filter((word) => word.length > 2)
    .map((word) => word.replace(/(?:ies)$/, 'y').replace(/s$/, ''));
}

import type { FunctionAt, FunctionFacts } from '../facts.ts';
import { sum } from '../numbers.ts';
import { seriesOf } from './belonging.ts';

/**
 * Functions of one shape that nothing names but statements outside of functions and what is handed over there: a flag, a
 * listener or a line at the end of a file may call any number of them, and neither is a start of the program by that.
 *
 * @param script statements outside of functions
 */
export function calledInSeries(
  all: readonly FunctionAt[],
  started: ReadonlySet<FunctionFacts>,
  script: number,
): ReadonlySet<FunctionFacts> {
  const judged = all.filter(({ fn }) => !fn.trivial && fn.kind !== 'closure');
  const series = seriesOf(judged.map(({ fn }) => fn));
  const shapes = new Map(judged.map(({ fn }) => [fn.shape, fn.statements]));
  // Where there is no other function and hardly a script, they are what was written.
  const isAll = [...shapes.keys()].every((shape) => series.has(shape));
  if (series.size === 0 || (isAll && script < sum([...shapes.values()]))) return new Set();
  const loose = looseClosures(all);
  const isMade = (fn: FunctionFacts): boolean =>
    loose.has(fn) || (fn.kind !== 'closure' && !fn.trivial && series.has(fn.shape));
  const work = new Set(all.flatMap(({ fn }) => (isMade(fn) ? [] : fn.mentions)));
  const alike = judged
    .map(({ fn }) => fn)
    .filter((fn) => series.has(fn.shape) && started.has(fn) && !work.has(fn.name));
  const hasOwnWork = ownWork(alike, judged, series);
  const made = new Set(alike.filter((fn) => !hasOwnWork(fn)));
  const names = new Set([...made].map(({ name }) => name));
  for (const fn of loose) if (fn.mentions.some((name) => names.has(name))) made.add(fn);
  return made;
}

/**
 * Tells whether a function hands on to one of its own, which is written like no other: the routes of a service are of one
 * shape, and each of them answers with what another function finds out.
 */
function ownWork(
  alike: readonly FunctionFacts[],
  judged: readonly FunctionAt[],
  series: ReadonlySet<number>,
): (fn: FunctionFacts) => boolean {
  const others = new Set(judged.flatMap(({ fn }) => (series.has(fn.shape) ? [] : [fn.name])));
  const users = new Map<string, number>();
  for (const { mentions } of alike)
    for (const name of new Set(mentions))
      if (others.has(name)) users.set(name, (users.get(name) ?? 0) + 1);
  return ({ mentions }) => mentions.some((name) => users.get(name) === 1);
}

/** Closures that stand in no function of a name. */
function looseClosures(all: readonly FunctionAt[]): Set<FunctionFacts> {
  const loose = new Set<FunctionFacts>();
  for (const list of Map.groupBy(all, ({ file }) => file).values()) {
    let until = 0;
    for (const { fn } of list.toSorted((a, b) => a.fn.startLine - b.fn.startLine)) {
      if (fn.kind !== 'closure') until = Math.max(until, fn.endLine);
      else if (fn.startLine > until) loose.add(fn);
    }
  }
  return loose;
}

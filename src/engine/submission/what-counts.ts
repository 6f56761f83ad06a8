/** Which functions of a submission count, by what it is: a program, a library, a collection. */
import type { FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import { ratio, sum } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';
import { belongsTo } from './belonging.ts';
import { calledInSeries } from './called-in-series.ts';
import type { Reach } from './reach.ts';

/** Why a function earns nothing; ends a sentence about it. */
export const reasons = {
  program: 'nothing that starts the program and no test that can fail leads to it',
  library: 'it is not seen to use the rest of the code or to be used by it',
  tested: 'only its own tests lead to it, and it has nothing to do with the rest of the code',
  passing: 'nothing here calls it, and it only passes on what it is given',
  wrapping: 'nothing here calls it, and it is named after what it calls',
  checking: 'nothing here calls it, and it only refuses what any function could refuse',
  series: 'it is one of several functions of one shape, and hardly anything but those leads to it',
  shape: 'nothing here calls it, and it repeats the shape of another function',
};

interface Choice {
  counts: (fn: FunctionFacts) => boolean;
  /** Why the others do not; null where all of them do. */
  reason: string | null;
}

/** Functions that were made by the dozen and are only called from outside of functions count for nothing. */
export function chosen(
  code: readonly FileFacts[],
  all: readonly FunctionAt[],
  reach: Reach,
  rubric: Rubric,
): Choice {
  const script = sum(code.map(({ scriptStatements }) => scriptStatements));
  const made = calledInSeries(all, reach.started, script);
  if (made.size === 0) return chosenAmong(all, reach, script, rubric);
  const started = new Set([...reach.started].filter((fn) => !made.has(fn)));
  const written = all.filter(({ fn }) => !made.has(fn));
  const { counts, reason } = chosenAmong(written, { ...reach, started }, script, rubric);
  return { counts: (fn) => !made.has(fn) && counts(fn), reason: reason ?? reasons.library };
}

function chosenAmong(
  all: readonly FunctionAt[],
  reach: Reach,
  script: number,
  rubric: Rubric,
): Choice {
  const { beside, started, entered, groupOf } = reach;
  const size = new Map<number, number>();
  const touched = new Set<number>();
  let startedWeight = 0;
  let whole = 0;
  const weightOf = weigher(started);
  for (const { fn } of all) {
    const weight = weightOf(fn);
    const group = groupOf(fn);
    size.set(group, (size.get(group) ?? 0) + weight);
    whole += weight;
    if (!started.has(fn)) continue;
    touched.add(group);
    startedWeight += weight;
  }
  const around = sum([...touched].map((group) => size.get(group) ?? 0));
  // What a library prepares when it is loaded is there for what it offers.
  const apart = new Set(beside.map(groupOf)).difference(touched);
  const offeredApart = sum([...apart].map((group) => size.get(group) ?? 0));
  // A script that calls none of the functions beside it is the program, when it is as large as they are.
  const isScript = startedWeight === 0 && script > 0 && script >= whole;
  const share = ratio(startedWeight, around);
  const fits = belongsTo(
    all.filter(({ fn }) => started.has(fn) && !fn.trivial),
    { all, groupOf, isLarge: () => false },
  );
  const isProgram =
    startedWeight > 0 &&
    share >= threshold(rubric, 'program_share') &&
    startedWeight >= offeredApart;
  if (isScript || isProgram)
    return {
      counts: (fn) =>
        started.has(fn) || (entered.has(fn) && (touched.has(groupOf(fn)) || fits(fn))),
      reason: reasons.program,
    };
  return asLibrary(all, { size, whole }, reach, rubric);
}

/** Statements of a function; sixty functions of one shape are no larger part than one of them. */
function weigher(started: ReadonlySet<FunctionFacts>): (fn: FunctionFacts) => number {
  const seen = new Set<number>();
  return (fn) => {
    const again = seen.has(fn.shape) && !started.has(fn);
    seen.add(fn.shape);
    return fn.trivial || again ? 0 : fn.statements;
  };
}

/** What a library offers, as far as it hangs together. */
function asLibrary(
  all: readonly FunctionAt[],
  { size, whole }: { size: ReadonlyMap<number, number>; whole: number },
  { started, entered, offered, groupOf }: Reach,
  rubric: Rubric,
): Choice {
  const largest = [...size.values()].reduce((most, one) => Math.max(most, one), 0);
  const share = threshold(rubric, 'library_share');
  // Where nothing is offered by a word of the language (a class without `public`), it is offered by being there.
  const silent = offered.size === 0 && entered.size === 0;
  if (silent || ratio(largest, whole) < share) return { counts: () => true, reason: null };
  const main = all.filter(({ fn }) => !fn.trivial && size.get(groupOf(fn)) === largest);
  const part = (fn: FunctionFacts): number => (size.get(groupOf(fn)) ?? 0) / largest;
  const isLarge = (fn: FunctionFacts): boolean =>
    part(fn) >= threshold(rubric, 'small_library_part');
  const few = main.length < threshold(rubric, 'library_functions');
  const hangs = few
    ? belongsTo(main, { all, groupOf, isLarge })
    : (fn: FunctionFacts) => part(fn) >= share;
  const fits = belongsTo(main, { all, groupOf, isLarge: () => false });
  const counts = (fn: FunctionFacts): boolean =>
    started.has(fn) ||
    (offered.has(fn) && hangs(fn)) ||
    (entered.has(fn) && (hangs(fn) || fits(fn)));
  return all.every(({ fn }) => counts(fn))
    ? { counts, reason: null }
    : { counts, reason: reasons.library };
}

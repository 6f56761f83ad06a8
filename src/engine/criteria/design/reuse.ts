import type { FunctionAt } from '../../facts.ts';
import { sum } from '../../numbers.ts';
import { threshold, type Rubric } from '../../rubric.ts';
import { functionsOf } from '../../submission/functions-of.ts';
import { functionsInUse } from '../../submission/functions-in-use.ts';
import { nestedIn } from '../../submission/nested-functions.ts';
import type { Submission } from '../../submission/submission.ts';
import { count, shareOut, verb, type Observation } from '../criterion.ts';
import { inFunction, overall } from '../places.ts';

/**
 * A function that others call is an abstraction, too: what the program is built of, and can be read without. One
 * that several call saves writing it again. Each doubling of their number earns alike.
 */
export function calledFunctions(submission: Submission, rubric: Rubric): Observation[] {
  const used = functionsInUse(submission);
  const own = new Set(used.map(({ fn }) => fn.name));
  const callers = new Map<string, number>();
  const nested = nestedIn(submission.code);
  for (const { fn } of [...used, ...answering(submission)]) {
    const small = (nested.get(fn) ?? []).filter(
      ({ kind, trivial }) => kind === 'closure' && trivial,
    );
    const calls = [fn, ...small].flatMap((one) => one.calls);
    for (const name of new Set(calls.map((call) => call.name))) {
      if (own.has(name) && name !== fn.name) callers.set(name, (callers.get(name) ?? 0) + 1);
    }
  }
  if (callers.size === 0) return [];
  const most = [...callers].reduce((best, one) => (one[1] > best[1] ? one : best));
  const reused = [...callers.values()].filter((times) => times > 1).length;
  const called: Observation = {
    ...overall(),
    rule: 'called_functions',
    type: 'abstraction',
    message: `${count(callers.size, 'function')} of the submission ${verb(callers.size, 'are', 'is')} called by others, \`${most[0]}\` by ${most[1]}.`,
    amount: threshold(rubric, 'called_function_units') * Math.log2(1 + callers.size),
    metadata: { called: callers.size },
  };
  if (reused === 0) return [called];
  return [
    called,
    {
      ...overall(),
      rule: 'reused_functions',
      type: 'abstraction',
      message: `${count(reused, 'function')} ${verb(reused, 'are', 'is')} called by more than one other.`,
      amount: threshold(rubric, 'reused_function_units') * Math.log2(1 + reused),
      metadata: { reused },
    },
  ];
}

/** Short functions that a framework calls, which only hand on what they are asked. */
function answering({ code }: Submission): FunctionAt[] {
  return functionsOf(code).filter(
    ({ fn: { trivial, entry, test } }) => trivial && entry === 'framework' && !test,
  );
}

/** What nothing leads to has to be read and kept all the same. What a library offers may be used by others. */
export function deadFunctions({ unused }: Submission, rubric: Rubric): Observation[] {
  // `_check` in Rust is there for the compiler alone.
  const dead = unused.filter(
    ({ dead: is, fn, file }) => is && !(file.language === 'rust' && fn.name.startsWith('_')),
  );
  const lost = threshold(rubric, 'dead_function_units') * Math.log2(1 + dead.length);
  const sizes = dead.map(({ fn }) => Math.max(1, fn.load.steps));
  const losses = shareOut(
    lost,
    sizes.map((size) => size / sum(sizes)),
  );
  return dead.map(({ file, fn, reason }, index): Observation => ({
    ...inFunction({ file, fn }),
    rule: 'dead_function',
    type: 'abstraction',
    message: `Nothing needs \`${fn.name}\`: ${reason}.`,
    advice: `Remove \`${fn.name}\`, or use it`,
    amount: -(losses[index] ?? 0),
  }));
}

import type { FunctionAt, FunctionFacts } from '../facts.ts';
import { ruleSet, threshold, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';

/**
 * Which functions only hand what they are given to one other function of the submission, perhaps after a check, and
 * give back its answer, and which are named after what they call: short ones and those of one shape, whatever they put
 * around the call. Where nothing calls them they are that function under a second name.
 */
export function passingOn(
  all: readonly FunctionAt[],
  rubric: Rubric,
): (fn: FunctionFacts) => 'passing' | 'wrapping' | null {
  const known = new Set(all.map(({ fn }) => fn.name));
  const pure = ruleSet(rubric, 'pure_calls');
  const most = threshold(rubric, 'pass_on_statements');
  const often = new Map<number, number>();
  for (const { fn } of all) often.set(fn.shape, (often.get(fn.shape) ?? 0) + 1);
  const isWrapper = (fn: FunctionFacts): boolean => {
    const others = new Set(fn.calls.map(({ name }) => name).filter((name) => !pure.has(name)));
    const isAlone =
      (others.size === 1 && fn.statements <= 2 * most) || (often.get(fn.shape) ?? 0) > 1;
    return isAlone && [...others].some((name) => known.has(name) && isNamedAfter(fn.name, name));
  };
  const isSecondName = (fn: FunctionFacts): boolean => {
    const { kind, calls, loops, parameters, statements, writes } = fn;
    if ((kind !== 'function' && kind !== 'method') || parameters.length === 0) return false;
    if (loops.length > 0 || statements > most || writes !== false) return false;
    const [called, ...more] = calls.filter(({ name }) => !pure.has(name));
    if (called === undefined || more.length > 0 || called.name === fn.name) return false;
    return known.has(called.name) && isLast(fn, called.line);
  };
  return (fn) => (isSecondName(fn) ? 'passing' : isWrapper(fn) ? 'wrapping' : null);
}

/** `parseWithRetry` after `parse`. */
function isNamedAfter(name: string, called: string): boolean {
  const [own, others] = [wordsOfName(name), wordsOfName(called)];
  return own.length > others.length && others.every((word) => own.includes(word));
}

/** What is called gives the answer: nothing is done with it. */
function isLast({ endLine, calls }: FunctionFacts, line: number): boolean {
  return endLine - line <= 1 && calls.every((call) => call.line <= line);
}

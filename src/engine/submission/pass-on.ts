import type { FunctionAt, FunctionFacts } from '../facts.ts';
import { ruleSet, threshold, type Rubric } from '../rubric.ts';

/**
 * Which functions only hand what they are given to one other function of the submission, perhaps after a check, and
 * give back its answer. Where nothing calls them they are that function under a second name.
 */
export function passingOn(
  all: readonly FunctionAt[],
  rubric: Rubric,
): (fn: FunctionFacts) => boolean {
  const known = new Set(all.map(({ fn }) => fn.name));
  const pure = ruleSet(rubric, 'pure_calls');
  const most = threshold(rubric, 'pass_on_statements');
  return (fn) => {
    const { kind, calls, loops, parameters, statements, writes } = fn;
    if ((kind !== 'function' && kind !== 'method') || parameters.length === 0) return false;
    if (loops.length > 0 || statements > most || writes !== false) return false;
    const [called, ...more] = calls.filter(({ name }) => !pure.has(name));
    if (called === undefined || more.length > 0 || called.name === fn.name) return false;
    return known.has(called.name) && isLast(fn, called.line);
  };
}

/** What is called gives the answer: nothing is done with it. */
function isLast({ endLine, calls }: FunctionFacts, line: number): boolean {
  return endLine - line <= 1 && calls.every((call) => call.line <= line);
}

import type { FunctionAt, FunctionFacts } from '../facts.ts';
import type { CallFacts } from '../call-facts.ts';
import { sum } from '../numbers.ts';
import { ruleSet, threshold, type Rubric } from '../rubric.ts';
import { usualRefusals } from './idle-calls.ts';
import { wordsOfName } from '../words-of-name.ts';

/**
 * Which functions only hand what they are given to one other function of the submission, perhaps after a check, and
 * give back its answer, and which are named after what they call: short ones and those of one shape, whatever they put
 * around the call. Where nothing calls them they are that function under a second name. Others only refuse what any
 * function could refuse; they are left out where they are the smaller part.
 */
export function passingOn(
  all: readonly FunctionAt[],
  rubric: Rubric,
): (fn: FunctionFacts) => 'passing' | 'wrapping' | 'checking' | null {
  const known = new Set(all.map(({ fn }) => fn.name));
  const pure = ruleSet(rubric, 'pure_calls');
  const most = threshold(rubric, 'pass_on_statements');
  const often = new Map<number, number>();
  for (const { fn } of all) often.set(fn.shape, (often.get(fn.shape) ?? 0) + 1);
  // `collect(rows)` is the function that is called so here; `rows.collect()` need not be.
  const isOther = ({ name, qualifier }: CallFacts): boolean =>
    !pure.has(name) || (qualifier === null && known.has(name));
  const isWrapper = (fn: FunctionFacts): boolean => {
    const others = new Set(fn.calls.filter(isOther).map(({ name }) => name));
    const works = [...others].filter((name) => !around.test(name));
    const isAlone =
      (works.length === 1 && fn.statements <= 2 * most) || (often.get(fn.shape) ?? 0) > 1;
    return isAlone && [...others].some((name) => known.has(name) && isNamedAfter(fn.name, name));
  };
  const isSecondName = (fn: FunctionFacts): boolean => {
    const { kind, calls, loops, parameters, statements, writes } = fn;
    if ((kind !== 'function' && kind !== 'method') || parameters.length === 0) return false;
    if (loops.length > 0 || statements > most || writes !== false) return false;
    const [called, ...more] = calls.filter(isOther);
    if (called === undefined || more.length > 0 || called.name === fn.name) return false;
    // What is called gives the answer: nothing is done with it.
    return known.has(called.name) && called.last === true;
  };
  const checks = mereChecks(all, (fn) => fn.calls.some(({ name }) => known.has(name)));
  return (fn) => {
    if (isSecondName(fn)) return 'passing';
    if (isWrapper(fn)) return 'wrapping';
    return checks.has(fn) ? 'checking' : null;
  };
}

/** What waits, keeps and tells: nothing of it is the work. */
const around =
  /^(Promise|race|resolve|reject|then|catch|finally|(set|clear)Time\w+|now|has|get|set|add|delete|Map|WeakMap|apply|call|bind|log|info|debug|warn|error|Error)$/;

/** Functions of nothing but checks that fit any function; none where they are most of the code. */
function mereChecks(
  all: readonly FunctionAt[],
  callsOthers: (fn: FunctionFacts) => boolean,
): ReadonlySet<FunctionFacts> {
  const usual = new Map([...new Set(all.map(({ file }) => file))].flatMap(usualRefusals));
  const isMere = ({ file, fn }: FunctionAt): boolean => {
    const { kind, throws, statements, returns, plainReturns, parameters, writes } = fn;
    if ((kind !== 'function' && kind !== 'method') || parameters.length === 0) return false;
    if (throws === 0 || throws > (usual.get(fn) ?? 0) || writes !== false) return false;
    // Where the last value is the answer, it may be anything.
    const givesBack = returns === plainReturns && !/^(rust|ruby)$/.test(file.language);
    return givesBack && statements <= 2 * throws + 1 && !callsOthers(fn);
  };
  const counted = all.filter(({ fn }) => !fn.trivial);
  const judged = counted.map(({ fn }) => fn);
  const mere = counted.filter(isMere).map(({ fn }) => fn);
  const size = (list: readonly FunctionFacts[]): number =>
    sum(list.map(({ statements }) => statements));
  return new Set(2 * size(mere) < size(judged) ? mere : []);
}

/** `parseWithRetry` after `parse`. */
function isNamedAfter(name: string, called: string): boolean {
  const [own, others] = [wordsOfName(name), wordsOfName(called)];
  return own.length > others.length && others.every((word) => own.includes(word));
}

import type { CallFacts } from '../call-facts.ts';
import { ruleSet, type Rubric } from '../rubric.ts';

/** Whether a call is one of a logger, by level. */
export function loggerCalls(rubric: Rubric): (call: CallFacts) => boolean {
  const levels = ruleSet(rubric, 'log_calls');
  return ({ name, qualifier }) =>
    qualifier !== null &&
    ((levels.has(name) && /log/i.test(qualifier)) ||
      (/(^|\.)Trace$/.test(qualifier) && /^Trace(Error|Warning|Information)$/.test(name)));
}

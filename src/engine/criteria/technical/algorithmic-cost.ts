import { count, notApplicable, type Criterion } from '../criterion.ts';
import { smellObservations } from './smells.ts';

/** Work that grows faster than it has to. Only avoidable cost counts, never a nested loop as such. */
export const algorithmicCost: Criterion = ({ submission, rubric }) => {
  const busy = submission.functions.filter(({ fn }) => fn.loops.length > 0 || fn.recursive);
  const observations = smellObservations(submission, rubric, 'cost');
  if (busy.length === 0 && observations.length === 0) {
    return notApplicable('no loop and no recursion');
  }
  return {
    applicable: true,
    sample: { n: submission.statements, unit: 'statements' },
    observations,
    summary: `${count(busy.length, 'function')} with loops or recursion; ${count(observations.length, 'avoidable cost')}.`,
  };
};

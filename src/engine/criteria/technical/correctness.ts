import { threshold } from '../../rubric.ts';
import { count, notApplicable, type Criterion } from '../criterion.ts';
import { smellObservations } from './smells.ts';

/** Places where the code very likely does not do what its author meant. */
export const correctness: Criterion = ({ submission, rubric }) => {
  const { statements } = submission;
  if (statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('fewer than five statements of logic');
  }
  const observations = smellObservations(submission, rubric, 'correctness');
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations,
    summary: `${count(observations.length, 'likely mistake')} in ${count(statements, 'statement')}; read, not run.`,
  };
};

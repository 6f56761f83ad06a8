import { ruleSet, threshold } from '../../rubric.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFile } from '../places.ts';
import { smellObservations } from './smells.ts';

/** Secrets, injection sinks, weak cryptography and text that hides from the reader. */
export const security: Criterion = ({ submission, rubric }) => {
  if (submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('fewer than five statements of logic');
  }
  const live = ruleSet(rubric, 'live_secret_rules');
  const found = smellObservations(submission, rubric, 'security').map((item): Observation =>
    live.has(item.rule)
      ? {
          ...item,
          pathCap: threshold(rubric, 'live_secret_path_cap'),
          metadata: { ...item.metadata, caps_path_at: threshold(rubric, 'live_secret_path_cap') },
        }
      : item,
  );
  const hidden = submission.code.flatMap((file) =>
    file.hiddenCharacters.map(({ line, kind }): Observation => ({
      ...inFile(file, line),
      rule: `hidden_${kind}`,
      type: 'hidden_text',
      message: `Line ${line} contains ${kind.replace('_', '-')} characters that a reader can't see.`,
      advice: `Remove the invisible characters at ${file.path}:${line}`,
      amount: threshold(rubric, 'hidden_text_cost'),
    })),
  );
  const observations = [...found, ...hidden];
  return {
    applicable: true,
    sample: { n: submission.statements, unit: 'statements' },
    observations,
    summary: `${count(observations.length, 'security finding')} in ${count(submission.statements, 'statement')}.`,
  };
};

import { ratio, sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import {
  count,
  notApplicable,
  shareOut,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { inFile, inFunction } from '../places.ts';

/** Whether the work is cut into parts of a size that a person can hold. */
export const modularity: Criterion = ({ submission, rubric }) => {
  const { code, functions, nloc } = submission;
  if (functions.length < threshold(rubric, 'design_minimum_functions')) {
    return notApplicable('fewer than three functions');
  }
  const sizes = code.filter((file) => file.nloc > 0);
  const large = sizes.map((file) => ({
    file,
    // A file's share of the code decides what its size costs.
    loss: (100 - curve(rubric, 'file_size', file.nloc)) * ratio(file.nloc, nloc),
  }));
  const observations = large
    .filter(({ loss }) => loss > 0)
    .map(({ file, loss }): Observation => ({
      ...inFile(file, { startLine: 1, endLine: Math.max(1, file.lines) }, file.path),
      rule: 'large_file',
      type: 'file_size',
      message: `${file.path} holds ${file.nloc} lines of code, ${Math.round(100 * ratio(file.nloc, nloc))} % of the submission.`,
      advice: `Divide ${file.path} (${file.nloc} lines) by responsibility`,
      amount: loss,
      metadata: { nloc: file.nloc },
    }));
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: [...observations, ...longFunctions({ submission, rubric })],
    summary: `${count(functions.length, 'function')} in ${count(sizes.length, 'file')}, largest file ${Math.max(0, ...sizes.map((file) => file.nloc))} lines.`,
  };
};

/** What the mean length of functions costs, shared over those above it. */
function longFunctions({ submission, rubric }: CriterionContext): Observation[] {
  const { functions } = submission;
  const mean = ratio(sum(functions.map(({ fn }) => fn.nloc)), functions.length);
  const above = functions.filter(({ fn }) => fn.nloc > mean);
  const coarse = above.filter(({ fn }) => fn.nloc > 2 * mean);
  const long = coarse.length > 0 ? coarse : above;
  const losses = shareOut(
    100 - curve(rubric, 'mean_function_length', mean),
    long.map(({ fn }) => fn.nloc - mean),
  );
  return long.flatMap((at, index): Observation[] => {
    const amount = losses[index] ?? 0;
    if (amount === 0) return [];
    return [
      {
        ...inFunction(at),
        rule: 'coarse_function',
        type: 'function_size',
        message: `\`${at.fn.name}\` has ${at.fn.nloc} lines where the mean is ${Math.round(mean)}.`,
        advice: `Move the separate concerns of \`${at.fn.name}\` into functions of their own`,
        amount,
        metadata: { nloc: at.fn.nloc },
      },
    ];
  });
}

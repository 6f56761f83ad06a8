import { ratio, sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import { count, notApplicable, shareOut, type Metric, type Observation } from '../metric.ts';
import { inFile, inFunction } from '../places.ts';

/** Whether the work is cut into parts of a size that a person can hold. */
export const modularity: Metric = ({ submission, rubric }) => {
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
    .map(
      ({ file, loss }): Observation => ({
        ...inFile(file, { startLine: 1, endLine: Math.max(1, file.lines) }, file.path),
        rule: 'large_file',
        type: 'file_size',
        message: `${file.path} holds ${file.nloc} lines of code, ${Math.round(100 * ratio(file.nloc, nloc))} % of the submission.`,
        advice: `Divide ${file.path} (${file.nloc} lines) by responsibility`,
        amount: loss,
        metadata: { nloc: file.nloc },
      }),
    );
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: [...observations, ...dominantFunctions(submission, rubric)],
    summary: `${count(functions.length, 'function')} in ${count(sizes.length, 'file')}, largest file ${Math.max(0, ...sizes.map((file) => file.nloc))} lines.`,
  };
};

/** Functions that hold most of the code, so that cutting it into functions is only seeming. */
function dominantFunctions(
  { functions, nloc }: Parameters<Metric>[0]['submission'],
  rubric: Parameters<Metric>[0]['rubric'],
): Observation[] {
  const inFunctions = sum(functions.map(({ fn }) => fn.nloc));
  const large = functions.filter(({ fn }) => fn.nloc >= threshold(rubric, 'dominant_function_lines'));
  const share = ratio(sum(large.map(({ fn }) => fn.nloc)), Math.max(inFunctions, nloc));
  const losses = shareOut(
    100 - curve(rubric, 'dominant_functions', share * 100),
    large.map(({ fn }) => fn.nloc),
  );
  return large.map((at, index) => ({
    ...inFunction(at),
    rule: 'dominant_function',
    type: 'function_size',
    message: `\`${at.fn.name}\` alone holds ${at.fn.nloc} of ${nloc} lines.`,
    advice: `Move the separate concerns of \`${at.fn.name}\` into functions of their own`,
    amount: losses[index] ?? 0,
  }));
}

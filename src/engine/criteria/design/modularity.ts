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
import { functionsInUse } from '../../submission/functions-in-use.ts';
import { inFile, inFunction, overall } from '../places.ts';

/** Whether the work is cut into parts of a size that a person can hold. */
export const modularity: Criterion = ({ submission, rubric }) => {
  const { code, functions, lloc } = submission;
  if (functions.length < threshold(rubric, 'design_minimum_functions')) {
    return notApplicable('fewer than three functions');
  }
  const sizes = code.filter((file) => file.lloc > 0);
  const large = sizes.map((file) => ({
    file,
    // A file's share of the code decides what its size costs.
    loss: (100 - curve(rubric, 'file_size', file.lloc)) * ratio(file.lloc, lloc),
  }));
  const observations = large
    .filter(({ loss }) => loss > 0)
    .map(({ file, loss }): Observation => ({
      ...inFile(file, { startLine: 1, endLine: Math.max(1, file.lines) }, file.path),
      rule: 'large_file',
      type: 'file_size',
      message: `${file.path} holds ${file.lloc} logical lines, ${Math.round(100 * ratio(file.lloc, lloc))} % of the submission.`,
      advice: `Divide ${file.path} (${file.lloc} logical lines) by responsibility`,
      amount: loss,
      metadata: { lloc: file.lloc },
    }));
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: [...observations, ...longFunctions({ submission, rubric })],
    summary: `${count(functions.length, 'function')} in ${count(sizes.length, 'file')}, largest file ${Math.max(0, ...sizes.map((file) => file.lloc))} logical lines.`,
  };
};

/** Statements up to which a function is short, whatever stands beside it. */
const shortFunction = 10;

/**
 * What the size of the typical function costs: the geometric mean over the functions in use, counted in
 * statements, so that one giant does not speak for all. Shared over those that are long beside it; where none is, it is
 * said of all of them, since no short function is at fault for being longer than another.
 */
function longFunctions({ submission, rubric }: CriterionContext): Observation[] {
  const used = functionsInUse(submission);
  const sizes = used.map(({ fn }) => Math.max(1, fn.load.steps));
  const typical = Math.exp(ratio(sum(sizes.map((size) => Math.log(size))), sizes.length));
  const lost = 100 - curve(rubric, 'typical_function_size', typical);
  if (lost === 0) return [];
  const long = used.filter(({ fn }) => fn.load.steps > Math.max(2 * typical, shortFunction));
  if (long.length === 0)
    return [
      {
        ...overall(),
        rule: 'typical_function',
        type: 'function_size',
        message: `Functions of ${typical.toFixed(1)} statements are typical here; shorter ones would cost less.`,
        amount: lost,
        metadata: { statements: typical },
      },
    ];
  const losses = shareOut(
    lost,
    long.map(({ fn }) => fn.load.steps - typical),
  );
  return long.map((at, index): Observation => ({
    ...inFunction(at),
    rule: 'coarse_function',
    type: 'function_size',
    message: `\`${at.fn.name}\` has ${count(at.fn.load.steps, 'statement')} where the typical function has ${typical.toFixed(1)}.`,
    advice: `Take parts of \`${at.fn.name}\` out into functions of their own`,
    amount: losses[index] ?? 0,
    metadata: { statements: at.fn.load.steps },
  }));
}

import { sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import { notApplicable, shareOut, type Criterion } from '../criterion.ts';

/** Lines that are there twice, within the submission. */
export const duplication: Criterion = ({ submission, rubric }) => {
  const { clones, statements, code } = submission;
  // Copies were taken out of the code that is judged; here they are what is looked for.
  const nloc = submission.nloc + sum(code.map((file) => file.copiedLines));
  if (nloc < threshold(rubric, 'duplication_minimum_lines')) {
    return notApplicable('under 40 lines of code, too little to repeat itself');
  }
  const doubled = new Set<string>();
  const groups = clones.filter(({ second }) => {
    const before = doubled.size;
    for (let line = second.startLine; line <= second.endLine; line += 1) {
      doubled.add(`${second.path}:${line}`);
    }
    return doubled.size > before;
  });
  const share = Math.min(1, doubled.size / nloc);
  const losses = shareOut(
    100 - curve(rubric, 'duplication', share * 100),
    groups.map(({ lines }) => lines),
  );
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations: groups.map(({ first, second, lines }, index) => ({
      rule: 'duplicated_code',
      type: 'duplication',
      source: 'code',
      file: second.path,
      startLine: second.startLine,
      endLine: second.endLine,
      message: `${lines} lines repeat the shape of ${first.path}:${first.startLine}-${first.endLine}.`,
      advice: `Share one function between ${second.path}:${second.startLine}-${second.endLine} and ${first.path}:${first.startLine}-${first.endLine}`,
      amount: losses[index] ?? 0,
      unit: `${second.path}:${second.startLine}`,
      metadata: { lines, original: `${first.path}:${first.startLine}` },
    })),
    summary:
      groups.length === 0
        ? `no passage of the ${nloc} lines repeats another.`
        : `${Math.round(share * 100)} % of ${nloc} lines repeat another passage (${groups.length} places).`,
  };
};

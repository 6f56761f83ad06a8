import { sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import { keysOfLines, type CloneGroup } from '../../submission/clones.ts';
import { notApplicable, shareOut, type Criterion } from '../criterion.ts';

/** Lines that are there twice, within the submission. */
export const duplication: Criterion = ({ submission, rubric }) => {
  const { clones, statements, code } = submission;
  // Copies were taken out of the code that is judged; here they are what is looked for.
  const lloc = submission.lloc + sum(code.map((file) => file.copiedLines));
  // A repetition is told wherever it is; that there is none says something of longer code only.
  if (clones.length === 0 && lloc < threshold(rubric, 'duplication_minimum_lines')) {
    return notApplicable('too little code to repeat itself');
  }
  const share = Math.min(1, repeatedLines(clones) / lloc);
  const groups = furtherLines(clones);
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
      message: `${second.endLine - second.startLine + 1} lines repeat the shape of ${first.path}:${first.startLine}-${first.endLine}.`,
      advice: `Share one function between ${second.path}:${second.startLine}-${second.endLine} and ${first.path}:${first.startLine}-${first.endLine}`,
      amount: losses[index] ?? 0,
      unit: `${second.path}:${second.startLine}`,
      metadata: { lines, original: `${first.path}:${first.startLine}` },
    })),
    summary:
      groups.length === 0
        ? `no passage of the ${lloc} logical lines repeats another.`
        : `${Math.round(share * 100)} % of ${lloc} logical lines repeat another passage (${groups.length} places).`,
  };
};

/** Lines beyond the first of their kind: of a line with `k` others like it, the part `k / (k + 1)`. */
function repeatedLines(clones: readonly CloneGroup[]): number {
  const others = new Map<string, number>();
  for (const line of clones.flatMap(({ first, second }) => [first, second].flatMap(keysOfLines)))
    others.set(line, (others.get(line) ?? 0) + 1);
  return sum([...others.values()].map((many) => many / (many + 1)));
}

/** Groups that tell of a line no larger group has told of. */
function furtherLines(clones: readonly CloneGroup[]): CloneGroup[] {
  const told = new Set<string>();
  return clones.filter(({ second }) => {
    const before = told.size;
    for (const line of keysOfLines(second)) told.add(line);
    return told.size > before;
  });
}

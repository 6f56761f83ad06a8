import type { EngineResult } from '#src/engine/result-schema.ts';
import type { Grammars } from '#src/engine/syntax/grammars.ts';
import { confidenceRows } from './confidence.ts';
import { countRows } from './counts.ts';
import type { GroundTruth } from './data.ts';
import { graderRows, ratedRows, type Run } from './graders.ts';
import { readmeRows } from './readmes.ts';
import { similarityRows } from './similarity.ts';
import type { Row } from './rows.ts';

/** Every row that the data allows, in the order of the table. */
export function measure(data: GroundTruth, run: Run, grammars: Grammars): Row[] {
  return [
    ...graderRows(data, run),
    ...ratedRows(data, run),
    ...confidenceRows(data, run),
    ...readmeRows(data),
    ...similarityRows(data, grammars),
    ...countRows(data, grammars),
  ];
}

/** What the endpoint answers. */
export function validityOf(
  rows: readonly Row[],
  { engine_version, rubric_version }: EngineResult,
): Record<string, unknown> {
  return {
    engine_version,
    rubric_version,
    method:
      'Spearman: Pearson correlation of average ranks. Interval: 2.5 to 97.5 % over 1,000 resamples of the items with a fixed seed. AUC: share of pairs of a positive and a negative that are in order, a tie half. micro-F1: 2 TP / (2 TP + FP + FN) over sections and labels. A tie in a pair is wrong. ECE: ten bins of stated confidence, the difference from what came true by their size.',
    not_claimed: [
      'Correctness: nothing that is submitted is executed, so no score says that a program works.',
      'That a score is right for one person: the correlations hold over many submissions, and graders agree only in part (see ceiling).',
      'Decision communication, team orientation, problem solving, communication and micro-motives: no public data with known answers was found for them.',
    ],
    rows: rows.map(({ pass: _pass, ...row }) => row),
  };
}

/** The table for people, one line a row. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['check', 'n', 'value', '95 % interval', 'ceiling', 'goal', 'pass'],
    ...rows.map((row) => [
      row.id,
      String(row.n),
      row.value.toFixed(3),
      `${row.interval[0].toFixed(3)} … ${row.interval[1].toFixed(3)}`,
      row.ceiling === null ? '1' : row.ceiling.toFixed(2),
      row.goal.toFixed(3),
      row.pass ? 'yes' : 'NO',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  );
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

import { pathNames } from '../../engine/contract.ts';
import type { Page } from '../../http/routing/schemas.ts';
import type { Table } from '../../http/routing/csv.ts';
import type { AssessmentSummary } from '../candidates/candidate.ts';

type Columns<Row> = Table<Row>['columns'];

/** A list of assessments, a row each and a column for each path. */
export function assessmentTable(
  page: Page<AssessmentSummary>,
  reviews: boolean,
): Table<AssessmentSummary> {
  const scores: Columns<AssessmentSummary> = pathNames.map((name) => [
    name,
    ({ path_scores: paths }) => paths.find(({ path }) => path === name)?.overall_score ?? null,
  ]);
  const same: Columns<AssessmentSummary> = [['same_input', (row) => row.same_input ?? null]];
  return {
    name: 'assessments',
    columns: [
      ['assessment_id', (row) => row.assessment_id],
      ['candidate_id', (row) => row.candidate_id],
      ['display_name', (row) => row.display_name],
      ['submission_type', (row) => row.submission_type],
      ['challenge', (row) => row.challenge],
      ['labels', (row) => row.labels.join('; ')],
      ['timestamp', (row) => row.timestamp],
      ['overall_score', (row) => row.overall_score],
      ...scores,
      ['input_sha256', (row) => row.input_sha256],
      ...(reviews ? same : []),
    ],
    rows: page.items,
    nextCursor: page.next_cursor,
  };
}

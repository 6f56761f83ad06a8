import { pathNames, type PathName } from '../../engine/contract.ts';
import type { Page } from '../../http/routing/schemas.ts';
import type { Table } from '../../http/routing/csv.ts';
import type { AssessmentSummary } from '../candidates/candidate.ts';

type Columns<Row> = Table<Row>['columns'];

/** A column for each path. */
export function scoreColumns<Row>(
  scoreOf: (row: Row, path: PathName) => number | null | undefined,
): Columns<Row> {
  return pathNames.map((path) => [path, (row) => scoreOf(row, path) ?? null]);
}

function weightColumns<Row>(
  weightsOf: (row: Row) => Partial<Record<PathName, number>> | null,
): Columns<Row> {
  return pathNames.map((path) => [`${path}_weight`, (row) => weightsOf(row)?.[path] ?? null]);
}

/** Of those who handed in the same; nobody but a reviewer has it. */
export function sameInputColumns(
  reviews: boolean,
): Columns<{ same_input?: number | null | undefined }> {
  return reviews ? [['same_input', (row) => row.same_input ?? null]] : [];
}

/** A list of assessments, a row each and a column for each path. */
export function assessmentTable(
  page: Page<AssessmentSummary>,
  reviews: boolean,
): Table<AssessmentSummary> {
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
      ...scoreColumns<AssessmentSummary>(
        ({ path_scores: paths }, name) => paths.find(({ path }) => path === name)?.overall_score,
      ),
      ...weightColumns<AssessmentSummary>(({ weights }) => weights),
      ['rubric_version', (row) => row.rubric_version],
      ['input_sha256', (row) => row.input_sha256],
      ...sameInputColumns(reviews),
    ],
    rows: page.items,
    nextCursor: page.next_cursor,
  };
}

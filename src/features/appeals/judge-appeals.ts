/** What appeals make of a score: a stored result, scored again without what was upheld. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Evidence } from '../../engine/result-schema.ts';
import {
  evidenceById,
  scoreWithout,
  type Located,
  type Rescored,
} from '../../engine/score-without.ts';
import type { Rubric } from '../../engine/rubric.ts';
import { AppError } from '../../errors.ts';
import { instant } from '../../time/instant.ts';
import type { Rubrics } from '../rubrics/rubric.ts';
import type { Appeal, Appeals } from './appeal-schemas.ts';
import {
  findAppeals,
  findAssessed,
  findDecisions,
  type AppealRow,
  type Assessed,
  type HandedIn,
} from './appeal-store.ts';

/** That judged something. */
type FindRubric = Pick<Rubrics, 'byVersion'>;

export interface Judged extends Assessed {
  evidence: ReadonlyMap<string, Located>;
  rubric: Rubric;
}

/** @throws {AppError} CONFLICT when this version has not the rubric that judged */
export async function judgedBy(
  rubrics: FindRubric,
  em: SqlEntityManager,
  { result, weights }: Assessed,
): Promise<Judged> {
  const known = await rubrics.byVersion(em, result.rubric_version);
  if (known === undefined) {
    throw new AppError(
      'CONFLICT',
      `The assessment was judged by the rubric ${result.rubric_version}, which this version of the service has not: it cannot be scored again.`,
      { help: { suggestion: 'Assess the submission again and appeal to the new assessment.' } },
    );
  }
  return { result, evidence: evidenceById(result), weights, rubric: known.rubric };
}

/** An appeal with the scores without its item, beside those without what else was upheld. */
export function presentAppeal(judged: Judged, row: AppealRow, all: readonly AppealRow[]): Appeal {
  const located = judged.evidence.get(row.evidence_id);
  if (located === undefined) throw new Error('An appeal names evidence that its result has not.');
  const others = upheldIn(
    judged,
    all.filter(({ id }) => id !== row.id),
  );
  const before = scoreOf(judged, others);
  const after = scoreOf(judged, new Set([...others, located.item]));
  const { path, metric, item } = located;
  return {
    appeal_id: row.id,
    assessment_id: judged.result.assessment_id,
    evidence_id: row.evidence_id,
    evidence: {
      path,
      metric,
      rule: item.rule,
      file: item.file,
      start_line: item.start_line,
      points: item.points,
    },
    reason: row.reason,
    status: row.status,
    if_upheld: {
      overall_score: { from: before.overall, to: after.overall },
      path_score: { from: pathIn(before, located), to: pathIn(after, located) },
      metric_score: { from: metricIn(before, located), to: metricIn(after, located) },
    },
    filed_by: row.filed_by,
    filed_at: new Date(row.filed_at).toISOString(),
    note: row.note,
    decided_by: row.decided_by,
    decided_at: instant(row.decided_at),
  };
}

export async function presentAppeals(
  rubrics: FindRubric,
  em: SqlEntityManager,
  assessed: Assessed,
  rows: readonly AppealRow[],
): Promise<Appeals> {
  const { result } = assessed;
  // What nobody appeals to need not be scored again.
  const judged = rows.length === 0 ? null : await judgedBy(rubrics, em, assessed);
  const upheld = judged === null ? new Set<Evidence>() : upheldIn(judged, rows);
  return {
    assessment_id: result.assessment_id,
    machine: {
      overall_score: result.overall_score,
      path_scores: result.path_scores.map(({ path, overall_score: score }) => ({ path, score })),
    },
    human: judged === null || upheld.size === 0 ? null : human(scoreOf(judged, upheld)),
    items: judged === null ? [] : rows.map((row) => presentAppeal(judged, row, rows)),
  };
}

/** The scores without what was upheld; null where nothing was, or this version cannot score it again. */
export async function humanScores(
  rubrics: FindRubric,
  em: SqlEntityManager,
  id: string,
): Promise<Appeals['human']> {
  const rows = await findAppeals(em, id);
  if (!rows.some(({ status }) => status === 'upheld')) return null;
  const assessed = await findAssessed(em, id, null);
  const known = await rubrics.byVersion(em, assessed.result.rubric_version);
  if (known === undefined) return null;
  return (await presentAppeals(rubrics, em, assessed, rows)).human;
}

/**
 * What people decided about a submission, whichever judgement of it they were asked about.
 *
 * @returns ids of evidence that does not count any more; null where nothing was decided
 */
export async function upheldEvidence(
  em: SqlEntityManager,
  submission: HandedIn,
): Promise<Set<string> | null> {
  const decisions = await findDecisions(em, submission);
  if (decisions.length === 0) return null;
  const upheld = decisions.filter(({ status }) => status === 'upheld');
  return new Set(upheld.map(({ evidence_id: id }) => id));
}

function human({ overall, paths }: Rescored): Appeals['machine'] {
  return {
    overall_score: overall,
    path_scores: paths.map(({ path, score }) => ({ path, score })),
  };
}

function upheldIn({ evidence }: Judged, rows: readonly AppealRow[]): Set<Evidence> {
  const upheld = rows.filter(({ status }) => status === 'upheld');
  return new Set(upheld.flatMap(({ evidence_id: id }) => evidence.get(id)?.item ?? []));
}

function scoreOf({ result, weights, rubric }: Judged, without: ReadonlySet<Evidence>): Rescored {
  return scoreWithout(result, without, { weights, rubric });
}

function pathIn({ paths }: Rescored, { path }: Located): number | null {
  return paths.find((each) => each.path === path)?.score ?? null;
}

function metricIn({ paths }: Rescored, { path, metric }: Located): number | null {
  const metrics = paths.find((each) => each.path === path)?.metrics;
  return metrics?.find(({ name }) => name === metric)?.score ?? null;
}

/**
 * An assessment beside the others of its candidate: which scores may be drawn in one line with it, what has moved
 * since the version before, and what became of its findings.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { readJson } from '../../json/parse-json.ts';
import type { AssessmentSummary } from '../candidates/candidate.ts';
import type { PathScore } from '../../engine/result-schema.ts';
import type { AssessmentResult } from './assessment.ts';
import { listAssessments } from './assessment-list.ts';
import type { dashboardSchema } from './dashboard-schemas.ts';
import { isSameRuler, isSameScale, versionsBefore, type Measure } from './comparable.ts';
import { findingChanges, type Finding, type FindingChanges } from './findings.ts';

/** Assessments of the candidate that are looked at, and points of a trend. */
const MOST = 50;
/** Versions before this one whose findings are read: each is a whole result. */
const MOST_VERSIONS = 3;
/** Findings of a kind that are told one by one; all are counted. */
const MOST_FINDINGS = 100;

type Dashboard = z.output<typeof dashboardSchema>;
export type History = Pick<Dashboard, 'trend' | 'history'>;

export async function historyOf(
  em: SqlEntityManager,
  result: AssessmentResult,
  /** The only person whose may be seen; null: everybody's. */
  within: string | null,
): Promise<History> {
  const { candidate_id, assessment_id: id } = result;
  const measures = await measuresOf(em, candidate_id, id);
  const own = measures.find((one) => one.id === id);
  // Deleted since the result was read.
  if (own === undefined) return { trend: [], history: null };
  const page = await listAssessments(em, { candidate_id, limit: MOST }, { within, reviews: false });
  const versions = versionsBefore(own, measures, MOST_VERSIONS);
  const before = await resultsOf(em, versions);
  return {
    trend: trendOf(own, page.items, new Map(measures.map((one) => [one.id, one]))),
    history: {
      compared_with: before.at(-1)?.assessment_id ?? null,
      changes: changesOf(before.at(-1), result),
      findings: shorten(findingChanges([...before, result])),
    },
  };
}

async function measuresOf(
  em: SqlEntityManager,
  candidateId: string,
  id: string,
): Promise<Measure[]> {
  const select = 'select id, ruler, weights, coalesce(origin, id) as origin, challenge, created_at';
  return em.execute<Measure[]>(
    `(${select} from assessments where candidate_id = ? order by created_at desc, id desc limit ${MOST})
     union (${select} from assessments where id = ?)
     order by created_at desc, id desc`,
    [candidateId, id],
  );
}

async function resultsOf(
  em: SqlEntityManager,
  versions: readonly Measure[],
): Promise<AssessmentResult[]> {
  if (versions.length === 0) return [];
  const ids = versions.map(({ id }) => id);
  const rows = await em.execute<{ id: string; text: string }[]>(
    `select id, result::text as text from assessments where id in (${ids.map(() => '?').join(', ')})`,
    ids,
  );
  const texts = new Map(rows.map(({ id, text }) => [id, text]));
  return ids.flatMap((id) => {
    const text = texts.get(id);
    return text === undefined ? [] : [readJson(text) as AssessmentResult];
  });
}

/** Oldest first. What another ruler measured is left out; overall scores of other weights are. */
export function trendOf(
  own: Measure,
  summaries: readonly AssessmentSummary[],
  measures: ReadonlyMap<string, Measure>,
): NonNullable<Dashboard['trend']> {
  return summaries
    .flatMap((summary) => {
      const measure = measures.get(summary.assessment_id);
      if (measure === undefined || !isSameRuler(measure, own)) return [];
      const isComparable = isSameScale(measure, own);
      return [
        {
          assessment_id: summary.assessment_id,
          timestamp: summary.timestamp,
          overall_score: isComparable ? summary.overall_score : null,
          comparable: isComparable,
          paths: Object.fromEntries(
            summary.path_scores.map(({ path, overall_score }) => [path, overall_score]),
          ),
        },
      ];
    })
    .toReversed();
}

type Change = NonNullable<Dashboard['history']>['changes'][number];

/** Of the paths that both have a score for. */
export function changesOf(
  before: Pick<AssessmentResult, 'path_scores'> | undefined,
  { path_scores }: Pick<AssessmentResult, 'path_scores'>,
): Change[] {
  return path_scores.flatMap((now): Change[] => {
    const then = before?.path_scores.find(({ path }) => path === now.path);
    const from = then?.overall_score ?? null;
    const to = now.overall_score;
    if (then === undefined || from === null || to === null) return [];
    const delta = Math.round((to - from) * 10) / 10;
    return [{ path: now.path, from, to, delta, significant: isSignificant(then, now, delta) }];
  });
}

/** Of a normal distribution, 95 % lie below. */
const Z = 1.64;

/** What may have moved by chance is not a change: the ranges are apart, or the distance is beyond both deviations. */
function isSignificant(then: PathScore, now: PathScore, delta: number): boolean {
  const [one, other] = [then.interval, now.interval];
  if (one !== undefined && other !== undefined) {
    if (one[1] < other[0] || other[1] < one[0]) return true;
  }
  if (then.deviation === undefined || now.deviation === undefined) return false;
  return Math.abs(delta) > Z * Math.hypot(then.deviation, now.deviation);
}

type Told = NonNullable<NonNullable<Dashboard['history']>['findings']>;

function shorten(changes: FindingChanges | null): Told | null {
  if (changes === null) return null;
  const some = (findings: Finding[]) => ({
    count: findings.length,
    items: findings.slice(0, MOST_FINDINGS),
  });
  return {
    fixed: some(changes.fixed),
    persisting: some(changes.persisting),
    new: some(changes.new),
  };
}

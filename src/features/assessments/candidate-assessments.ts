/** What the candidates feature is told of assessments; reads that aggregate over tables. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { CandidateAssessments, CandidateStats, StatsFilter } from '../candidates/candidate.ts';
import { pathNames } from '../../engine/contract.ts';
import { listAssessments } from './assessment-list.ts';

const LATEST = 5;
/** Whoever sees a candidate sees all of its assessments, and of nobody else's. */
const everything = { within: null, reviews: false };
/** Points an assessment; a smaller slope is noise. */
const STABLE_SLOPE = 1;
const TREND_MINIMUM = 3;

export const candidateAssessments: CandidateAssessments = {
  async latest(em, candidateId) {
    const page = await listAssessments(
      em,
      { candidate_id: candidateId, limit: LATEST },
      everything,
    );
    return page.items;
  },
  stats: candidateStats,
  newest,
};

async function newest(em: SqlEntityManager, ids: readonly string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const rows = await em.execute<{ candidate_id: string; at: string | Date }[]>(
    `select candidate_id, max(created_at) as at from assessments
     where candidate_id in (${ids.map(() => '?').join(', ')}) group by candidate_id`,
    [...ids],
  );
  return new Map(rows.map(({ candidate_id, at }) => [candidate_id, new Date(at)]));
}

/** What one query gives; the rest of the statistics is made of it. */
type Aggregate = Omit<CandidateStats, 'candidate_id' | 'path_averages' | 'trend'> & {
  /** Of the latest score and those that may be compared with it. */
  points: number;
  slope: number | null;
};

async function candidateStats(
  em: SqlEntityManager,
  candidateId: string,
  filter: StatsFilter,
): Promise<CandidateStats> {
  const range = [
    candidateId,
    filter.from ?? null,
    filter.from ?? null,
    filter.to ?? null,
    filter.to ?? null,
  ];
  const inRange = `a.candidate_id = ? and (?::timestamptz is null or a.created_at >= ?) and (?::timestamptz is null or a.created_at <= ?)`;
  const score = filter.path === undefined ? 'a.overall_score' : 'p.score';
  const join =
    filter.path === undefined
      ? ''
      : 'join assessment_path_scores p on p.assessment_id = a.id and p.path = ?';
  // Scores of paths are the same whatever they count in the overall one.
  const weights = filter.path === undefined ? 'a.weights' : 'null';
  const [row] = await em.execute<Aggregate[]>(
    `with scores as (
       select ${score} as score, a.id, a.ruler, ${weights} as weights, coalesce(a.origin, a.id) as origin
       from assessments a ${join} where ${inRange}),
     scored as (select * from scores where score is not null),
     latest as (select ruler, weights from scored order by id desc limit 1),
     versions as (
       select distinct on (s.origin) s.score, s.origin from scored s join latest l
         on s.ruler is not distinct from l.ruler and s.weights is not distinct from l.weights
       order by s.origin, s.id desc),
     points as (select score, row_number() over (order by origin) as position from versions)
     select count(*)::int as total, count(score)::int as scored, avg(score) as mean,
       percentile_cont(0.5) within group (order by score) as median,
       percentile_cont(0.9) within group (order by score) as p90,
       max(score) as best, min(score) as worst,
       (array_agg(score order by id desc) filter (where score is not null))[1] as latest,
       stddev_samp(score) as standard_deviation,
       (select count(*)::int from points) as points,
       (select regr_slope(score, position) from points) as slope
     from scores`,
    filter.path === undefined ? range : [filter.path, ...range],
  );
  if (row === undefined) throw new Error('An aggregate without GROUP BY returns one row.');
  const averages = await em.execute<{ path: string; mean: number | null }[]>(
    `select p.path, avg(p.score) as mean from assessments a
     join assessment_path_scores p on p.assessment_id = a.id
     where ${inRange} group by p.path`,
    range,
  );
  return present(candidateId, row, averages);
}

function present(
  candidateId: string,
  row: Aggregate,
  averages: { path: string; mean: number | null }[],
): CandidateStats {
  const slope = row.points < TREND_MINIMUM ? null : row.slope;
  const means = new Map(averages.map(({ path, mean }) => [path, rounded(mean)]));
  return {
    candidate_id: candidateId,
    total: row.total,
    scored: row.scored,
    mean: rounded(row.mean),
    median: rounded(row.median),
    p90: rounded(row.p90),
    best: rounded(row.best),
    worst: rounded(row.worst),
    latest: rounded(row.latest),
    standard_deviation: rounded(row.standard_deviation),
    path_averages: Object.fromEntries(pathNames.map((path) => [path, means.get(path) ?? null])),
    trend: { direction: direction(slope), slope: rounded(slope), points: row.points },
  };
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100;
}

function direction(slope: number | null): CandidateStats['trend']['direction'] {
  if (slope === null) return null;
  if (Math.abs(slope) < STABLE_SLOPE) return 'stable';
  return slope > 0 ? 'improving' : 'declining';
}

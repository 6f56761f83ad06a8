/** What the candidates feature is told of assessments; reads that aggregate over tables. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { CandidateAssessments, CandidateStats, StatsFilter } from '../candidates/candidate.ts';
import { pathNames, type PathName } from '../../engine/contract.ts';
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

/** What the query gives; the rest of the statistics is made of it. */
type Aggregate = Omit<
  CandidateStats,
  'candidate_id' | 'median' | 'p90' | 'path_averages' | 'trend'
> & {
  /** Median and 90th; null where nothing is scored. */
  percentiles: [number, number] | null;
  /** In the order of `pathNames`. */
  means: (number | null)[];
  /** Of the latest score and those that may be compared with it. */
  points: number;
  slope: number | null;
};

/** SQL: the scores of an assessment `a` in the order of `pathNames`. */
const pathScores = `coalesce(a.path_scores, (
  select array_agg(score order by place)
  from unnest(array['${pathNames.join("', '")}']) with ordinality as named (path, place)
  left join assessment_path_scores s on s.assessment_id = a.id and s.path = named.path))`;

/** What is counted of an assessment `a`: its overall score, or that of a path on which it was evaluated. */
function measured(path?: PathName): { score: string; weights: string; condition: string } {
  if (path === undefined) return { score: 'a.overall_score', weights: 'a.weights', condition: '' };
  const score = `(${pathScores})[${pathNames.indexOf(path) + 1}]`;
  const row = `select true from assessment_path_scores where assessment_id = a.id and path = '${path}'`;
  // Scores of paths are the same whatever they count in the overall one.
  return { score, weights: 'null', condition: `and (${score} is not null or (${row}))` };
}

/**
 * Two passes over the rows of the candidate, by its index: one of them for the trend. With `between` for `=` the newest
 * is the last of that index; else PostgreSQL may look for it among those of everybody, by the primary key.
 */
async function candidateStats(
  em: SqlEntityManager,
  candidateId: string,
  { from, to, path }: StatsFilter,
): Promise<CandidateStats> {
  const { score, weights, condition } = measured(pathNames.find((name) => name === path));
  const [row] = await em.execute<Aggregate[]>(
    `with scores as not materialized (
       select a.candidate_id, a.id, ${score} as score, a.ruler, ${weights} as weights, coalesce(a.origin, a.id) as origin, ${pathScores} as paths
       from assessments a
       where a.candidate_id between ? and ? and (?::timestamptz is null or a.created_at >= ?) and (?::timestamptz is null or a.created_at <= ?) ${condition}),
     latest as materialized (
       select score, ruler, weights from scores where score is not null
       order by candidate_id desc, id desc limit 1),
     versions as (
       select distinct on (origin) score, origin from scores
       where score is not null and ruler is not distinct from (select ruler from latest)
         and weights is not distinct from (select weights from latest)
       order by origin, id desc),
     trend as (
       select count(*)::int as points, regr_slope(score, position) as slope
       from (select score, row_number() over (order by origin) as position from versions) numbered)
     select count(*)::int as total, count(score)::int as scored, avg(score) as mean,
       percentile_cont(array[0.5, 0.9]) within group (order by score) as percentiles,
       max(score) as best, min(score) as worst, (select score from latest) as latest,
       stddev_samp(score) as standard_deviation,
       array[${pathNames.map((_, index) => `avg(paths[${index + 1}])`).join(', ')}] as means,
       (select points from trend) as points, (select slope from trend) as slope
     from scores`,
    [candidateId, candidateId, ...[from, from, to, to].map((at) => at ?? null)],
  );
  if (row === undefined) throw new Error('An aggregate without GROUP BY returns one row.');
  return present(candidateId, row);
}

function present(candidateId: string, row: Aggregate): CandidateStats {
  const slope = row.points < TREND_MINIMUM ? null : row.slope;
  return {
    candidate_id: candidateId,
    total: row.total,
    scored: row.scored,
    mean: rounded(row.mean),
    median: rounded(row.percentiles?.[0]),
    p90: rounded(row.percentiles?.[1]),
    best: rounded(row.best),
    worst: rounded(row.worst),
    latest: rounded(row.latest),
    standard_deviation: rounded(row.standard_deviation),
    path_averages: Object.fromEntries(
      pathNames.map((path, index) => [path, rounded(row.means[index])]),
    ),
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

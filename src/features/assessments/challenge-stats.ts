/**
 * What came in for a task: how the scores are distributed, who stands where, and who is missing. One submission of
 * each candidate counts: its newest or its best. Statements read what belongs to the challenge (and to the label
 * that is expected), however many others there are.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import {
  MOST_NAMED,
  type ChallengeStats,
  type ChallengeStatsQuery,
  type Ranked,
} from './challenge-schemas.ts';
import { majorOf, rubricOf } from './comparable.ts';
import { positionOf, positionText, type Position } from './cursor-position.ts';
import { sameInput, type Sql } from './statements.ts';

/** What is asked for, and by whom. */
interface Asked {
  name: string;
  query: ChallengeStatsQuery;
  /** Whether it is told who handed in the same. */
  reviews: boolean;
}

/** @throws {AppError} NOT_FOUND when nothing was submitted to such a challenge */
export async function challengeStats(em: SqlEntityManager, asked: Asked): Promise<ChallengeStats> {
  const { name, query } = asked;
  await checkChallenge(em, name);
  const [counted] = await em.execute<{ submissions: number; candidates: number }[]>(
    `select count(distinct coalesce(a.origin, a.id))::int as submissions, count(distinct a.candidate_id)::int as candidates
     from assessments a where ${within(asked)[0]}`,
    within(asked).slice(1),
  );
  const distributions = await distributionsOf(em, asked);
  const { overall = nothing, ...paths } = distributions;
  return {
    challenge: name,
    submissions: counted?.submissions ?? 0,
    candidates: counted?.candidates ?? 0,
    distribution: overall,
    paths,
    judged_by: await rulersOf(em, asked),
    ranking: await ranking(em, asked),
    missing: await missing(em, name, query),
  };
}

/** @throws {AppError} NOT_FOUND when nothing was submitted to such a challenge */
export async function checkChallenge(em: SqlEntityManager, name: string): Promise<void> {
  const known = 'select 1 from assessments where challenge = ? limit 1';
  if ((await em.execute<unknown[]>(known, [name])).length > 0) return;
  throw new AppError('NOT_FOUND', 'No submission names this challenge.');
}

/** The submissions that are looked at. */
function within({ name, query: { label } }: Asked): Sql {
  if (label === undefined) return ['a.challenge = ?', name];
  const labelled =
    'exists (select from assessment_labels l where l.assessment_id = a.id and l.label = ?)';
  return [`a.challenge = ? and ${labelled}`, name, label];
}

/** Each submission as it was judged last, and of these one of each candidate. */
function counting(asked: Asked): Sql {
  const [where, ...parameters] = within(asked);
  const best = asked.query.attempt === 'best' ? 'a.overall_score desc nulls last,' : '';
  return [
    `judged as (
       select distinct on (coalesce(a.origin, a.id)) a.id, a.candidate_id, a.overall_score, a.created_at, a.input_sha256,
         a.ruler, coalesce(a.origin, a.id) as origin
       from assessments a where ${where} order by coalesce(a.origin, a.id), a.id desc),
     counted as (
       select distinct on (a.candidate_id) a.id, a.candidate_id, a.overall_score, a.created_at, a.input_sha256, a.ruler,
         (count(*) over (partition by a.candidate_id))::int as submissions
       from judged a
       order by a.candidate_id, ${best} a.origin desc)`,
    ...parameters,
  ];
}

type Distribution = ChallengeStats['distribution'];

const nothing: Distribution = {
  scored: 0,
  unscored: 0,
  mean: null,
  median: null,
  p10: null,
  p90: null,
  standard_deviation: null,
  histogram: Array<number>(10).fill(0),
};

const bins = nothing.histogram.map((_, i) => {
  const end = i === 9 ? '' : ` and score < ${10 * (i + 1)}`;
  return `count(*) filter (where score >= ${10 * i}${end})`;
});

async function distributionsOf(
  em: SqlEntityManager,
  asked: Asked,
): Promise<Record<string, Distribution>> {
  const [counted, ...parameters] = counting(asked);
  const quantile = (q: number) =>
    `round((percentile_cont(${q}) within group (order by score))::numeric, 2)::float8`;
  const rows = await em.execute<(Distribution & { path: string })[]>(
    `with ${counted}, scores as (
       select 'overall' as path, overall_score as score from counted
       union all
       select p.path, p.score from counted c join assessment_path_scores p on p.assessment_id = c.id)
     select path, count(score)::int as scored, (count(*) - count(score))::int as unscored,
       round(avg(score)::numeric, 2)::float8 as mean, ${quantile(0.5)} as median,
       ${quantile(0.1)} as p10, ${quantile(0.9)} as p90,
       round(stddev_samp(score)::numeric, 2)::float8 as standard_deviation,
       json_build_array(${bins.join(', ')}) as histogram
     from scores group by path`,
    parameters,
  );
  return Object.fromEntries(rows.map(({ path, ...distribution }) => [path, distribution]));
}

/** Scores of one are not comparable with those of another. */
async function rulersOf(em: SqlEntityManager, asked: Asked): Promise<ChallengeStats['judged_by']> {
  const [counted, ...parameters] = counting(asked);
  const rows = await em.execute<{ ruler: string | null; candidates: number }[]>(
    `with ${counted} select ruler, count(*)::int as candidates from counted group by ruler
     order by candidates desc, ruler nulls last`,
    parameters,
  );
  return rows.map(({ ruler, candidates }) => ({
    rubric_version: rubricOf(ruler),
    engine_major: majorOf(ruler),
    candidates,
  }));
}

interface RankedRow extends Omit<Ranked, 'timestamp' | 'rubric_version'> {
  ruler: string | null;
  created_at: string | Date;
}

/** Best first; equals in order of their candidates' ids, and at the end who has no score. */
async function ranking(em: SqlEntityManager, asked: Asked): Promise<Page<Ranked>> {
  const { name, query, reviews } = asked;
  const { limit, cursor, label, attempt } = query;
  const list = ['ranking', name, label, attempt];
  const after = positionOf(afterOf(cursor, list), CANDIDATE);
  const [counted, ...parameters] = counting(asked);
  const [beyond, ...position] = beyondOf(after);
  const same = `${sameInput('?', 'r')} as same_input,`;
  const rows = await em.execute<RankedRow[]>(
    `with ${counted}, ranked as (
       select *, case when overall_score is not null then
         (rank() over (order by overall_score desc nulls last))::int end as rank from counted)
     select r.rank, r.candidate_id, c.display_name, r.id as assessment_id, r.created_at, r.overall_score, r.ruler,
       (select coalesce(json_object_agg(p.path, p.score), '{}'::json)
          from assessment_path_scores p where p.assessment_id = r.id) as path_scores,
       ${reviews ? same : ''} r.submissions, r.input_sha256
     from ranked r join candidates c on c.id = r.candidate_id
     where ${beyond}
     order by r.overall_score desc nulls last, r.candidate_id limit ?`,
    [...parameters, ...(reviews ? [name] : []), ...position, limit + 1],
  );
  return toPage(rows, { limit, list }, positionAt, ({ created_at: at, ruler, ...row }) => ({
    ...row,
    timestamp: new Date(at).toISOString(),
    rubric_version: rubricOf(ruler),
  }));
}

function beyondOf(after: Position | undefined): Sql {
  if (after === undefined) return ['true'];
  const { key: score, id: candidate } = after;
  if (score === null) return ['r.overall_score is null and r.candidate_id > ?', candidate];
  const equal = 'r.overall_score = ?::float8 and r.candidate_id > ?';
  return [
    `(r.overall_score < ?::float8 or ${equal} or r.overall_score is null)`,
    score,
    score,
    candidate,
  ];
}

const CANDIDATE = /^[A-Za-z0-9_-]{1,100}$/;

function positionAt({ overall_score: key, candidate_id: id }: RankedRow): string {
  return positionText({ key, id });
}

/** Who was expected and has submitted nothing to the challenge, with whatever label. */
async function missing(
  em: SqlEntityManager,
  name: string,
  { expected, expected_label: label }: ChallengeStatsQuery,
): Promise<ChallengeStats['missing']> {
  if (expected === undefined && label === undefined) return null;
  const sources: Sql[] = [];
  if (label !== undefined) {
    const sql = `select a.candidate_id from assessment_labels l
      join assessments a on a.id = l.assessment_id where l.label = ?`;
    sources.push([sql, label]);
  }
  if (expected !== undefined) {
    const rows = expected.map(() => '(?)').join(', ');
    sources.push([`select v.id from (values ${rows}) v (id)`, ...expected]);
  }
  const wanted = sources.map(([sql]) => sql).join(' union ');
  const [row] = await em.execute<NonNullable<ChallengeStats['missing']>[]>(
    `with wanted (id) as (select distinct id from (${wanted}) w (id)),
     absent as (select id from wanted where id not in (select candidate_id from assessments where challenge = ?))
     select (select count(*)::int from wanted) as expected, (select count(*)::int from absent) as count,
       (select coalesce(json_agg(json_build_object('candidate_id', n.id, 'display_name', c.display_name) order by n.id), '[]'::json)
          from (select id from absent order by id limit ${MOST_NAMED}) n left join candidates c on c.id = n.id) as candidates`,
    [...sources.flatMap(([, ...parameters]) => parameters), name],
  );
  return row ?? null;
}

import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { PathName } from '../../engine/contract.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { StoredProblem } from '../../http/problems.ts';
import type { CanaryScores } from './canary.ts';

export interface Begun {
  version: string;
  challenge: string;
  job: string;
  against: string;
  engineVersion: string;
  most: number;
  at: Date;
}

/** The newest submissions, one of each candidate, as they were judged last. Of a canary before it nothing is left. */
export async function beginCanary(tx: Transaction, begun: Begun): Promise<void> {
  const { version, challenge, job, against, engineVersion, most, at } = begun;
  await tx.execute(
    `update rubrics set canary_job = ?, canary_against = ?, canary_engine = ?, canary_begun_at = ?,
       canary_finished_at = null, canary_problem = null where version = ?`,
    [job, against, engineVersion, at, version],
  );
  await tx.execute('delete from rubric_canary_scores where rubric_version = ?', [version]);
  await tx.execute(
    `insert into rubric_canary_scores (rubric_version, assessment_id, scored)
     select ?, id, false from (
       select distinct on (candidate_id) id, coalesce(origin, id) as origin from assessments where challenge = ?
       order by candidate_id, coalesce(origin, id) desc, id desc) newest
     order by origin desc limit ?`,
    [version, challenge, most],
  );
}

/** What is to be scored next. */
export interface Pending {
  id: string;
  origin: string;
  candidate_id: string;
  result: string;
  weights: Partial<Record<PathName, number>> | null;
}

/** @returns undefined when all are scored */
export async function nextPending(
  em: SqlEntityManager,
  version: string,
): Promise<Pending | undefined> {
  const [row] = await em.execute<Pending[]>(
    `select a.id, coalesce(a.origin, a.id) as origin, a.candidate_id, a.result::text as result,
       a.input -> 'options' -> 'weights' as weights
     from rubric_canary_scores s join assessments a on a.id = s.assessment_id
     where s.rubric_version = ? and not s.scored order by s.assessment_id limit 1`,
    [version],
  );
  return row;
}

export async function storeScores(
  em: SqlEntityManager,
  version: string,
  assessmentId: string,
  scores: CanaryScores,
): Promise<void> {
  await em.execute(
    `update rubric_canary_scores set scored = true, scores = ?::json
     where rubric_version = ? and assessment_id = ?`,
    [JSON.stringify(scores), version, assessmentId],
  );
}

/** @returns whether it was this canary's to end */
export async function endCanary(
  tx: Transaction,
  job: string,
  { at, problem }: { at: Date; problem: StoredProblem | null },
): Promise<boolean> {
  const rows = await tx.execute<unknown[]>(
    `update rubrics set canary_finished_at = ?, canary_problem = ?::json
     where canary_job = ? and canary_finished_at is null returning version`,
    [at, problem === null ? null : JSON.stringify(problem), job],
  );
  return rows.length === 1;
}

/** Of a canary that another version of the engine has begun: what that has scored is scored again. */
export async function adoptCanary(
  tx: Transaction,
  { version, job, engineVersion }: { version: string; job: string; engineVersion: string },
): Promise<void> {
  await tx.execute('update rubrics set canary_engine = ? where canary_job = ?', [
    engineVersion,
    job,
  ]);
  await tx.execute(
    'update rubric_canary_scores set scored = false, scores = null where rubric_version = ?',
    [version],
  );
}

/** @returns the version of the rubric; undefined when another canary has taken its place, or it has ended */
export async function findCanary(
  em: SqlEntityManager,
  job: string,
): Promise<{ version: string; against: string; engine: string } | undefined> {
  const [row] = await em.execute<{ version: string; against: string; engine: string }[]>(
    `select version, canary_against as against, canary_engine as engine from rubrics where canary_job = ? and canary_finished_at is null`,
    [job],
  );
  return row;
}

export interface ScoredRow {
  assessment_id: string;
  candidate_id: string;
  display_name: string | null;
  scores: CanaryScores;
}

/** In the order in which they were handed in. */
export function findScores(em: SqlEntityManager, version: string): Promise<ScoredRow[]> {
  return em.execute<ScoredRow[]>(
    `select s.assessment_id, a.candidate_id, c.display_name, s.scores
     from rubric_canary_scores s join assessments a on a.id = s.assessment_id
       join candidates c on c.id = a.candidate_id
     where s.rubric_version = ? and s.scores is not null
     order by coalesce(a.origin, a.id), a.id`,
    [version],
  );
}

/** Candidates who have handed in something. */
export async function countCandidates(em: SqlEntityManager, challenge: string): Promise<number> {
  const [row] = await em.execute<{ count: number }[]>(
    'select count(distinct candidate_id)::int as count from assessments where challenge = ?',
    [challenge],
  );
  return row?.count ?? 0;
}

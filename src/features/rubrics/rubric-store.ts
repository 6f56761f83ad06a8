import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { OwnRubric, RubricChanges } from '../../engine/rubric-changes.ts';
import { AppError } from '../../errors.ts';
import type { StoredProblem } from '../../http/problems.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { openJobExists } from '../../storage/queue/open-jobs.ts';
import { canaryQueue } from './canary-queue.ts';

export interface RubricRow {
  version: string;
  base: string;
  challenge: string;
  title: string;
  changes: RubricChanges;
  created_by: string;
  created_at: string | Date;
  published_at: string | Date | null;
  published_by: string | null;
  in_force_at: string | Date | null;
  /** Whether it judges its challenge now. */
  in_force: boolean;
  canary_job: string | null;
  canary_against: string | null;
  canary_engine: string | null;
  canary_begun_at: string | Date | null;
  canary_finished_at: string | Date | null;
  canary_problem: StoredProblem | null;
  /** Whether a process works for the canary, or will. */
  canary_open: boolean;
  /** Assessments of the canary, and those that are scored. */
  canary_total: number;
  canary_done: number;
}

const newest = `(select f.version from rubrics f where f.challenge = r.challenge and f.in_force_at is not null
  order by f.in_force_at desc, f.version desc limit 1)`;

const scores = 'rubric_canary_scores s where s.rubric_version = r.version';

const select = `select r.version, r.base, r.challenge, r.title, r.changes, r.created_by, r.created_at, r.published_at,
    r.published_by, r.in_force_at, coalesce(r.version = ${newest}, false) as in_force,
    r.canary_job, r.canary_against, r.canary_engine, r.canary_begun_at, r.canary_finished_at, r.canary_problem,
    (r.canary_job is not null and r.canary_finished_at is null
      and ${openJobExists(`'${canaryQueue.name}'`, 'r.canary_job')}) as canary_open,
    (select count(*)::int from ${scores}) as canary_total,
    (select count(*)::int from ${scores} and s.scored) as canary_done
  from rubrics r`;

export async function findRubric(
  em: SqlEntityManager,
  version: string,
): Promise<RubricRow | undefined> {
  const [row] = await em.execute<RubricRow[]>(`${select} where r.version = ?`, [version]);
  return row;
}

/** What judges, without what became of it. */
export type RubricText = Pick<RubricRow, 'version' | 'base' | 'challenge' | 'changes'> & {
  published: boolean;
};

const textOf =
  'select version, base, challenge, changes, published_at is not null as published from rubrics';

export async function findText(
  em: SqlEntityManager,
  version: string,
): Promise<RubricText | undefined> {
  const [row] = await em.execute<RubricText[]>(`${textOf} where version = ?`, [version]);
  return row;
}

/** The published one by which a challenge is judged now. */
export async function findInForce(
  em: SqlEntityManager,
  challenge: string,
): Promise<RubricText | undefined> {
  const [row] = await em.execute<RubricText[]>(
    `${textOf} where challenge = ? and in_force_at is not null
     order by in_force_at desc, version desc limit 1`,
    [challenge],
  );
  return row;
}

/** Newest first. @param after the last one of the page before */
export function listRubrics(
  em: SqlEntityManager,
  {
    challenge,
    limit,
    after,
  }: { challenge?: string | undefined; limit: number; after?: After | undefined },
): Promise<RubricRow[]> {
  const conditions: string[] = [];
  const parameters: unknown[] = [];
  if (challenge !== undefined) {
    conditions.push('r.challenge = ?');
    parameters.push(challenge);
  }
  if (after !== undefined) {
    conditions.push('(r.created_at, r.version) < (?, ?)');
    parameters.push(after.createdAt, after.version);
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return em.execute<RubricRow[]>(
    `${select} ${where} order by r.created_at desc, r.version desc limit ?`,
    [...parameters, limit],
  );
}

export interface After {
  createdAt: Date;
  version: string;
}

/** Until the transaction ends nobody else changes what rubrics the challenge has. */
export async function lockChallenge(tx: Transaction, challenge: string): Promise<void> {
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `rubrics ${challenge}`,
  ]);
}

/**
 * As it is now that nobody else can change it.
 *
 * @throws {AppError} NOT_FOUND
 */
export async function lockRubric(tx: Transaction, version: string): Promise<RubricRow> {
  const found = await findText(tx, version);
  if (found === undefined) throw noSuchRubric();
  await lockChallenge(tx, found.challenge);
  const row = await findRubric(tx, version);
  if (row === undefined) throw noSuchRubric();
  return row;
}

export function noSuchRubric(): AppError {
  return new AppError('NOT_FOUND', 'No rubric has this version.');
}

export async function countDrafts(tx: Transaction, challenge: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }[]>(
    'select count(*)::int as count from rubrics where challenge = ? and published_at is null',
    [challenge],
  );
  return row?.count ?? 0;
}

export async function insertRubric(
  tx: Transaction,
  {
    version,
    base,
    challenge,
    changes,
    title,
    by,
    at,
  }: OwnRubric & { title: string; by: string; at: Date },
): Promise<void> {
  await tx.execute(
    `insert into rubrics (version, base, challenge, title, changes, created_by, created_at)
     values (?, ?, ?, ?, ?::json, ?, ?)`,
    [version, base, challenge, title, JSON.stringify(changes), by, at],
  );
}

export async function deleteRubric(tx: Transaction, version: string): Promise<void> {
  await tx.execute('delete from rubrics where version = ?', [version]);
}

export async function putInForce(
  tx: Transaction,
  version: string,
  { by, at }: { by: string; at: Date },
): Promise<void> {
  await tx.execute(
    `update rubrics set published_at = coalesce(published_at, ?), published_by = coalesce(published_by, ?),
       in_force_at = ? where version = ?`,
    [at, by, at, version],
  );
}

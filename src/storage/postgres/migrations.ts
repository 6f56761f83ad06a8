/**
 * Schema changes, run in order, each once, by whoever comes first: replicas may start together,
 * for all of them queue at one advisory lock. All that are pending succeed together or not at all.
 */
import { Migrator } from '@mikro-orm/migrations';
import { Client } from 'pg';
import { parseDatabaseUrl } from './database-url.ts';
import { hasTable } from './has-table.ts';
import { CreateAssessments } from '../migrations/20261123040000-create-assessments.ts';
import { CreateIdempotencyKeys } from '../migrations/20261123050000-create-idempotency-keys.ts';
import { IndexFilters } from '../migrations/20261123060000-index-filters.ts';
import { OwnIdempotencyKeys } from '../migrations/20261128150000-own-idempotency-keys.ts';
import { FindKeptAnswers } from '../migrations/20261128160000-find-kept-answers.ts';
import { CreateCacheErasures } from '../migrations/20261128170000-create-cache-erasures.ts';
import { CreateAccess } from '../migrations/20261129100000-create-access.ts';
import { CreateTombstones } from '../migrations/20261129110000-create-tombstones.ts';
import { CreateQueue } from '../migrations/20261130090000-create-queue.ts';
import { CreateJobs } from '../migrations/20261130100000-create-jobs.ts';
import { CreateFiles } from '../migrations/20261130110000-create-files.ts';
import { CreateCohorts } from '../migrations/20261130120000-create-cohorts.ts';
import { CreateWebhooks } from '../migrations/20261130130000-create-webhooks.ts';
import { FindDueDeliveries } from '../migrations/20261130135000-find-due-deliveries.ts';
import { CreateSketches } from '../migrations/20261130140000-create-sketches.ts';
import { CreateAppeals } from '../migrations/20261130160000-create-appeals.ts';
import { CreateMemoryNodes } from '../migrations/20261201093000-create-memory-nodes.ts';
import { CompareLikeWithLike } from '../migrations/20261201094000-compare-like-with-like.ts';
import { CreateBackupRuns } from '../migrations/20261202090000-create-backup-runs.ts';
import { CreateRubrics } from '../migrations/20261202100000-create-rubrics.ts';
import { CreateAnalytics } from '../migrations/20261203090000-create-analytics.ts';
import { KeepPathScores } from '../migrations/20261204090000-keep-path-scores.ts';
import { MoveLetters } from '../migrations/20261204100000-move-letters.ts';
import { NamePersons } from '../migrations/20261205090000-name-persons.ts';
import { createDatabase, type Database } from './database.ts';
import { toPostgresError } from './errors.ts';

/** Append only: what is released is never edited. Named like their files. */
const migrationsList = [
  { name: '20261123040000-create-assessments', class: CreateAssessments },
  { name: '20261123050000-create-idempotency-keys', class: CreateIdempotencyKeys },
  { name: '20261123060000-index-filters', class: IndexFilters },
  { name: '20261128150000-own-idempotency-keys', class: OwnIdempotencyKeys },
  { name: '20261128160000-find-kept-answers', class: FindKeptAnswers },
  { name: '20261128170000-create-cache-erasures', class: CreateCacheErasures },
  { name: '20261129100000-create-access', class: CreateAccess },
  { name: '20261129110000-create-tombstones', class: CreateTombstones },
  { name: '20261130090000-create-queue', class: CreateQueue },
  { name: '20261130100000-create-jobs', class: CreateJobs },
  { name: '20261130110000-create-files', class: CreateFiles },
  { name: '20261130120000-create-cohorts', class: CreateCohorts },
  { name: '20261130130000-create-webhooks', class: CreateWebhooks },
  { name: '20261130135000-find-due-deliveries', class: FindDueDeliveries },
  { name: '20261130140000-create-sketches', class: CreateSketches },
  { name: '20261130160000-create-appeals', class: CreateAppeals },
  { name: '20261201093000-create-memory-nodes', class: CreateMemoryNodes },
  { name: '20261201094000-compare-like-with-like', class: CompareLikeWithLike },
  { name: '20261202090000-create-backup-runs', class: CreateBackupRuns },
  { name: '20261202100000-create-rubrics', class: CreateRubrics },
  { name: '20261203090000-create-analytics', class: CreateAnalytics },
  { name: '20261204090000-keep-path-scores', class: KeepPathScores },
  { name: '20261204100000-move-letters', class: MoveLetters },
  { name: '20261205090000-name-persons', class: NamePersons },
];

const tableName = 'mikro_orm_migrations';

/** "sono" in ASCII; any constant does, as long as every version of the service uses this one. */
const advisoryLock = 0x73_6f_6e_6f;

/** A replica waits as long for another one's migrations. */
const lockTimeoutMs = 120_000;

/** @returns the names of those applied now, oldest first */
export async function runMigrations(url: string): Promise<string[]> {
  return withMigrator(url, (migrator) => migrator.up());
}

/** @returns the names of those reverted, newest first */
export async function revertMigrations(url: string, which: 'last' | 'all'): Promise<string[]> {
  return withMigrator(url, (migrator) => migrator.down(which === 'all' ? { to: 0 } : {}));
}

/** Reads only. What a newer version has applied is no concern of ours: it keeps the older one working. */
export async function pendingMigrations(db: Pick<Database, 'em'>): Promise<string[]> {
  const em = db.em();
  const rows = (await hasTable(em, tableName))
    ? await em.execute<{ name: string }[]>(`select name from ${tableName}`)
    : [];
  const applied = new Set(rows.map((row) => row.name));
  return migrationsList.map(({ name }) => name).filter((name) => !applied.has(name));
}

/** Every migration, oldest first, and whether it is applied. Reads only. */
export async function migrationStatus(url: string): Promise<{ name: string; applied: boolean }[]> {
  const db = await createDatabase({ url, entities: [], maxConnections: 1 });
  try {
    const pending = await pendingMigrations(db);
    return migrationsList.map(({ name }) => ({ name, applied: !pending.includes(name) }));
  } finally {
    await db.close();
  }
}

async function withMigrator(
  url: string,
  work: (migrator: Migrator) => Promise<{ name: string }[]>,
): Promise<string[]> {
  // Its own connection: the lock lasts as long as the session, whatever the pool does.
  const lock = new Client({
    connectionString: parseDatabaseUrl(url).url,
    application_name: 'sono-eval-migrations',
    connectionTimeoutMillis: 5000,
    lock_timeout: lockTimeoutMs,
    keepAlive: true,
  });
  lock.on('error', () => {});
  try {
    try {
      await lock.connect();
      await lock.query('select pg_advisory_lock($1)', [advisoryLock]);
    } catch (error) {
      throw toPostgresError(error);
    }
    const db = await createDatabase({
      url,
      entities: [],
      applicationName: 'sono-eval-migrations',
      // Building an index over a large table takes as long as it takes.
      statementTimeoutMs: 0,
      orm: { extensions: [Migrator], migrations: { migrationsList, tableName, snapshot: false } },
    });
    try {
      const done = await work(new Migrator(db.orm.em));
      return done.map(({ name }) => name);
    } finally {
      await db.close();
    }
  } finally {
    await lock.end();
  }
}

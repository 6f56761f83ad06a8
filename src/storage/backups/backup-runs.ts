import { randomUUIDv7 } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { BackupRunKind } from './backup-run.entity.ts';

/** Milliseconds of the Unix epoch; null: never. */
export type NewestRuns = Record<BackupRunKind, number | null>;

/** Rows are for metrics and for who looks back at a year. */
const KEPT_DAYS = 400;

export async function recordBackupRun(
  em: SqlEntityManager,
  run: { kind: BackupRunKind; backup: string; bytes: number; finishedAt: Date },
): Promise<void> {
  await em.execute(
    'insert into backup_runs (id, kind, backup, bytes, finished_at) values (?, ?, ?, ?, ?)',
    [randomUUIDv7(), run.kind, run.backup, run.bytes, run.finishedAt],
  );
  await em.execute(
    `delete from backup_runs where finished_at < ?::timestamptz - interval '${KEPT_DAYS} days'`,
    [run.finishedAt],
  );
}

export async function newestBackupRuns(em: SqlEntityManager): Promise<NewestRuns> {
  const rows = await em.execute<{ kind: BackupRunKind; at: number }[]>(
    'select kind, (extract(epoch from max(finished_at)) * 1000)::float8 as at from backup_runs group by kind',
  );
  const newest: NewestRuns = { backup: null, verified_restore: null };
  for (const { kind, at } of rows) newest[kind] = at;
  return newest;
}

import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Config } from '../config.ts';
import { entities } from '../features/entities.ts';
import { resolveDataDir } from '../storage/embedded-postgres/data-dir.ts';
import { recordBackupRun } from '../storage/backups/backup-runs.ts';
import type { BackupRunKind } from '../storage/backups/backup-run.entity.ts';
import { createDatabase } from '../storage/postgres/database.ts';
import { hasTable } from '../storage/postgres/has-table.ts';
import { withEmbedded } from './cluster.ts';

/** Nobody waits for an answer, as a client would. */
const STATEMENT_MS = 60_000;

export interface BackupContext {
  config: Config;
  /** PATH, where tools are looked for. */
  searched: string;
  serviceVersion: string;
  now: () => Date;
  /** A line for whoever waits. */
  say: (line: string) => void;
}

export function dataDirOf({ config }: BackupContext): string {
  return resolveDataDir({
    configured: config.database.dataDir,
    cwd: process.cwd(),
    uid: process.getuid?.(),
  });
}

/** The configured database, or the embedded one, which is started for it. */
export function withDatabase<T>(
  context: BackupContext,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const { url } = context.config.database;
  return url === undefined ? withEmbedded(dataDirOf(context), work) : work(url);
}

/**
 * For the metrics of the service. A database that is older than this version has no place for it.
 *
 * @param url of the service's database
 */
export async function record(
  { say, now }: BackupContext,
  url: string,
  run: { kind: BackupRunKind; backup: string; bytes: number },
): Promise<void> {
  await withEntityManager(url, async (em) => {
    if (await hasTable(em(), 'backup_runs')) {
      await recordBackupRun(em(), { ...run, finishedAt: now() });
    } else say('The database has no table backup_runs yet: the metrics do not show this run.');
  });
}

export async function withEntityManager<T>(
  url: string,
  work: (em: () => SqlEntityManager) => Promise<T>,
): Promise<T> {
  const database = await createDatabase({
    url,
    entities,
    maxConnections: 2,
    statementTimeoutMs: STATEMENT_MS,
  });
  try {
    return await work(() => database.em());
  } finally {
    await database.close();
  }
}

/** Reads once a minute when the newest backup was made, and keeps it while the database is away. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { createRounds } from '../rounds.ts';
import { newestBackupRuns, type NewestRuns } from './backup-runs.ts';

const EVERY_MS = 60_000;

export interface BackupWatch {
  /** Once the tables are there. */
  start: () => void;
  /** Null: not read yet. */
  newest: () => NewestRuns | null;
  close: () => Promise<void>;
}

export function createBackupWatch(deps: {
  em: () => SqlEntityManager;
  after: (ms: number, run: () => void) => () => void;
}): BackupWatch {
  let newest: NewestRuns | null = null;
  const rounds = createRounds({
    async round() {
      newest = await newestBackupRuns(deps.em());
      return EVERY_MS;
    },
    // The breaker and the health of the database tell of it.
    failed: () => EVERY_MS,
    after: deps.after,
  });
  return { start: rounds.begin, newest: () => newest, close: rounds.close };
}

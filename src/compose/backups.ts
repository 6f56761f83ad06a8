/** How old the newest backup is, for the metrics: `npm run backup` makes it. */
import { createBackupWatch } from '../storage/backups/backup-watch.ts';
import { observeBackups } from '../storage/backups/metrics.ts';
import { after } from '../time/clock.ts';
import type { Platform } from './platform.ts';

/** @returns starts it, once the tables are there */
export function createBackups({ database, cleanup }: Platform): () => void {
  const watch = createBackupWatch({ em: () => database.em(), after });
  cleanup.defer(() => watch.close());
  cleanup.defer(observeBackups(watch.newest));
  return watch.start;
}

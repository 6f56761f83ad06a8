import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#telemetry/logger.ts';
import { isUnavailable } from './errors.ts';
import { pendingMigrations, runMigrations } from './migrations.ts';
import type { Database } from './database.ts';

const RETRY_MS = 1000;

/**
 * Waits for the database and brings its schema up to date. Production is migrated by its operator,
 * before the new version starts; elsewhere we do it.
 *
 * @param options.signal gives up waiting
 * @throws {Error} with a sentence for the operator when migrations are pending and not ours to run
 */
export async function prepareSchema(
  database: Database,
  url: string,
  options: { mayMigrate: boolean; log: Logger; signal: AbortSignal },
): Promise<void> {
  const { mayMigrate, log, signal } = options;
  for (;;) {
    try {
      const pending = await pendingMigrations(database);
      if (pending.length === 0) return;
      if (!mayMigrate) throw new PendingMigrations(pending);
      log.info('The database was migrated', { migrations: await runMigrations(url) });
      return;
    } catch (error) {
      const refused = refusal(error);
      if (refused !== null || !isUnavailable(error)) throw refused ?? error;
      log.warn('The database does not answer; trying again', { error });
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

/**
 * SQLSTATE 28: the password or the role is wrong; 3D000: there is no such database. While the service
 * runs they are an outage like any other; a start that waited would hide a mistake.
 */
function refusal(error: unknown): Error | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && /^(28...|3D000)$/.test(String(cause.code))) {
      return new Error(`PostgreSQL refused DATABASE_URL: ${cause.message}.`, { cause: error });
    }
  }
  return null;
}

class PendingMigrations extends Error {
  override readonly name = 'PendingMigrations';
  constructor(pending: string[]) {
    const list = pending.join(', ');
    super(`${pending.length} migration(s) are pending (${list}): run "npm run migrate up" first.`);
  }
}

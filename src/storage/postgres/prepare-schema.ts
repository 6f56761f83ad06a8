import { setTimeout as sleep } from 'node:timers/promises';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { causesOf, codeOf } from '../../errors.ts';
import { failureFields } from '../failure.ts';
import { refusalOf } from '../refusal.ts';
import { isUnavailable } from './errors.ts';
import { pendingMigrations, runMigrations } from './migrations.ts';
import type { Database } from './database.ts';

const aSecond = (signal: AbortSignal) => sleep(1000, undefined, { signal });
/** Attempts between two lines about the same cause. */
const REPORT_EVERY = 30;

/**
 * Waits for the database and brings its schema up to date. Production is migrated by its operator,
 * before the new version starts; elsewhere we do it.
 *
 * @param options.signal gives up waiting
 * @param options.wait between two attempts: a second
 * @throws {Error} with a sentence for the operator when migrations are pending and not ours to run
 */
export async function prepareSchema(
  database: Database,
  url: string,
  options: {
    mayMigrate: boolean;
    log: Logger;
    signal: AbortSignal;
    wait?: (signal: AbortSignal) => Promise<void>;
  },
): Promise<void> {
  const { mayMigrate, log, signal, wait = aSecond } = options;
  const report = createReport(log);
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
      report(error);
      await wait(signal);
    }
  }
}

/** While the service runs they are an outage like any other; a start that waited would hide a mistake. */
const MISTAKES = /^(28...|3D000|42501)$/;

function refusal(error: unknown): Error | null {
  const cause = causesOf(error).find((link) => MISTAKES.test(codeOf(link)));
  if (cause === undefined) return null;
  const { fix = '' } = refusalOf(cause) ?? {};
  return new Error(`PostgreSQL refused DATABASE_URL: ${cause.message}. ${fix}`, { cause: error });
}

/** The cause when it is another than before, and again now and then; a stack would say nothing of a server. */
function createReport(log: Logger): (error: unknown) => void {
  let last = '';
  let attempts = 0;
  return (error) => {
    const fields = failureFields(error);
    const cause = fields[attr.errorCause] ?? '';
    attempts += 1;
    if (cause === last && attempts % REPORT_EVERY !== 0) return;
    last = cause;
    const hint = refusalOf(error)?.fix;
    log.warn('The database does not answer; trying again', {
      'event.name': 'database.awaited',
      attempts,
      ...(hint === undefined ? {} : { hint }),
      ...fields,
    });
  };
}

class PendingMigrations extends Error {
  override readonly name = 'PendingMigrations';
  constructor(pending: string[]) {
    const list = pending.join(', ');
    super(`${pending.length} migration(s) are pending (${list}): run "npm run migrate up" first.`);
  }
}

/** Removes old deliveries, and encrypts secrets anew that a former SECRET_KEY had encrypted, so that it may go. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '#telemetry/logger.ts';
import { failureFields } from '../../storage/failure.ts';
import type { WebhookSecrets } from './webhook-secret.ts';

const KEEP_DAYS = 30;
const EVERY_MS = 3_600_000;
/** Rows of one statement. */
const MOST = 1000;

export interface Upkeep {
  /** One run. @throws errors of the database */
  run: () => Promise<void>;
  /** A run now and every hour; once the tables are there. */
  start: () => void;
  stop: () => void;
}

export function createUpkeep(deps: {
  em: () => SqlEntityManager;
  secrets: WebhookSecrets;
  now: () => Date;
  /** @returns cancels */
  after: (ms: number, run: () => void) => () => void;
  log: Logger;
}): Upkeep {
  const { em, secrets, log } = deps;
  let cancel = () => {};
  let isStopped = false;

  const removeOld = async () => {
    const before = new Date(deps.now().getTime() - KEEP_DAYS * 86_400_000);
    let rows: unknown[];
    do {
      rows = await em().execute<unknown[]>(
        `delete from webhook_deliveries where id in
           (select id from webhook_deliveries where created_at < ? limit ${MOST}) returning id`,
        [before],
      );
    } while (rows.length === MOST);
  };
  const sealAnew = async () => {
    const rows = await em().execute<{ id: string; secret: string; previous: string | null }[]>(
      'select id, secret, previous_secret as previous from webhooks',
    );
    const anew = (id: string, sealed: string | null) => {
      const secret = sealed === null ? null : secrets.open(id, sealed);
      return secret === null ? sealed : secrets.seal(id, secret);
    };
    for (const { id, secret, previous } of rows) {
      if ([secret, previous].every((sealed) => sealed === null || secrets.isCurrent(sealed)))
        continue;
      // Unless it was rotated meanwhile.
      await em().execute(
        'update webhooks set secret = ?, previous_secret = ? where id = ? and secret = ?',
        [anew(id, secret), anew(id, previous), id, secret],
      );
    }
  };
  const run = async () => {
    await removeOld();
    await sealAnew();
  };
  const start = () => {
    void run()
      .catch((error: unknown) =>
        log.warn('Webhooks were not looked after; that is tried again in an hour', {
          'event.name': 'webhook.upkeep_failed',
          ...failureFields(error),
        }),
      )
      .then(() => {
        if (!isStopped) cancel = deps.after(EVERY_MS, start);
      });
  };
  return {
    run,
    start,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

/**
 * What nobody's request or attempt does: sends again what has lost its job, removes old deliveries, forgets secrets
 * that no longer sign, and encrypts those anew that a former SECRET_KEY had encrypted, so that it may go. Two
 * processes at a time do it once.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { failureFields } from '../../storage/failure.ts';
import { isUnavailable } from '../../storage/postgres/errors.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { createRounds } from '../../storage/rounds.ts';
import type { Deliveries } from './deliveries.ts';
import { removeDeliveriesBefore, takeOrphans } from './delivery-store.ts';
import type { WebhookSecrets } from './webhook-secret.ts';

const KEEP_DAYS = 30;
const EVERY_MS = 3_600_000;
/** After a round that failed, or that left something over. */
const AGAIN_MS = 60_000;
/** An attempt that is later than this, and has no job, never comes. */
const ORPHAN_MS = 600_000;
/** Rows of one statement. */
const MOST = 1000;
/** Sent in one round, in one transaction. */
const MOST_ORPHANS = 100;

export interface Upkeep {
  /** One round. @returns milliseconds until the next one @throws errors of the database */
  run: () => Promise<number>;
  /** A round now and every hour; once the tables are there. */
  start: () => void;
  /** Resolves when nothing runs any more. */
  close: () => Promise<void>;
}

export function createUpkeep(deps: {
  em: () => SqlEntityManager;
  deliveries: Pick<Deliveries, 'sendAgain'>;
  secrets: WebhookSecrets;
  now: () => Date;
  /** @returns cancels */
  after: (ms: number, run: () => void) => () => void;
  log: Logger;
}): Upkeep {
  const { em, secrets, now, log } = deps;

  /** @returns how many. pg-boss ends a job whose process died at every attempt, and knows nothing of deliveries. */
  const sendOrphans = async (): Promise<number> => {
    const at = now();
    const before = new Date(at.getTime() - ORPHAN_MS);
    const ids = await inTransaction(em(), async (tx) => {
      const orphans = await takeOrphans(tx, { before, at, most: MOST_ORPHANS });
      for (const id of orphans) await deps.deliveries.sendAgain(tx, id);
      return orphans;
    });
    for (const id of ids) {
      log.warn('A webhook had no attempt before it any more; it is sent again', {
        [attr.eventName]: 'webhook.orphaned',
        'webhook.delivery': id,
      });
    }
    return ids.length;
  };
  const removeOld = async () => {
    const before = new Date(now().getTime() - KEEP_DAYS * 86_400_000);
    while ((await removeDeliveriesBefore(em(), before, MOST)) === MOST);
  };
  const forgetFormer = () =>
    em().execute(
      'update webhooks set previous_secret = null, previous_until = null where previous_until <= ?',
      [now()],
    );
  /** What cannot be opened stays as it is: its SECRET_KEY may come back. */
  const anew = (id: string, sealed: string | null) => {
    if (sealed === null || secrets.isCurrent(sealed)) return sealed;
    const secret = secrets.open(id, sealed);
    return secret === null ? sealed : secrets.seal(id, secret);
  };
  const sealAnew = async () => {
    const rows = await em().execute<{ id: string; secret: string; previous: string | null }[]>(
      'select id, secret, previous_secret as previous from webhooks',
    );
    for (const { id, secret, previous } of rows) {
      const sealed = [anew(id, secret), anew(id, previous)];
      if (sealed[0] === secret && sealed[1] === previous) continue;
      // Unless it was rotated meanwhile.
      await em().execute(
        `update webhooks set secret = ?, previous_secret = ?
         where id = ? and secret = ? and previous_secret is not distinct from ?::text`,
        [...sealed, id, secret, previous],
      );
    }
  };
  const run = async () => {
    const orphans = await sendOrphans();
    await removeOld();
    await forgetFormer();
    await sealAnew();
    return orphans === MOST_ORPHANS ? AGAIN_MS : EVERY_MS;
  };
  const rounds = createRounds({
    round: run,
    failed(error) {
      if (!isUnavailable(error)) {
        log.warn('Webhooks were not looked after; that is tried again in a minute', {
          [attr.eventName]: 'webhook.upkeep_failed',
          ...failureFields(error),
        });
      }
      return AGAIN_MS;
    },
    after: deps.after,
  });
  return { run, start: rounds.begin, close: rounds.close };
}

/**
 * Erasures: what must not be readable once its deletion is acknowledged, in no tier and no process.
 *
 * Guarantees
 * - The invalidation is stored in the transaction of the erasure, and kept until Redis has taken it: by the
 *   process that erased or, `GRACE_MS` later, by any other that hears of it. No crash and no cut link loses it.
 * - `erase` resolves only when Redis has taken it, whoever delivered it: from then on the guarantees of
 *   `cache.ts` hold. When nobody could deliver it, it rejects with 503 though the erasure is committed; who
 *   asks again is answered by what has become of it.
 * - Other processes hear of it from PostgreSQL (NOTIFY), with or without Redis, and end their own copies at
 *   once. One that heard nothing for a while ends all of its own copies where there is no Redis, and
 *   delivers what is left where there is.
 * - Bounded: a row lives until it is delivered, at the longest as long as an entry could.
 *
 * Not promised: without Redis, a process whose session with PostgreSQL is lost at that moment serves its own
 * copy until it is connected anew (within seconds, where PostgreSQL answers), or the entry's time ends.
 */
import { randomUUID } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '#telemetry/logger.ts';
import { AppError } from '../../errors.ts';
import type { DatabaseSession } from '../../storage/postgres/session.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import type { Cache, Clock } from './cache.ts';

const CHANNEL = 'sono_eval_erasures';
/** The process that erased delivers by itself, normally; so long the others leave it to that one. */
const GRACE_MS = 250;
/** While any is left. */
const AGAIN_MS = 1000;
/** How long who erased waits for another process to deliver: so many pauses of so many milliseconds. */
const WAITS = 25;
const PAUSE_MS = 100;
/** Rows that are delivered at a time. */
const BATCH = 100;

export type Copies = { keys?: readonly string[]; tags: readonly string[] };

interface Row {
  id: string;
  invalidation: Copies;
}

export interface Erasures {
  /**
   * Commits what `work` erases together with the end of its cached copies, and waits for that.
   *
   * @param subject names what is erased, e.g. `candidate:ada`
   * @param work gives what the copies are known by
   * @param committed told once it is committed, whatever becomes of the copies
   * @throws what `work` throws, unless an earlier erasure of the subject was not delivered yet
   * @throws {AppError} SERVICE_UNAVAILABLE when it is committed and its copies may still be readable
   */
  erase: (
    em: SqlEntityManager,
    subject: string,
    work: (tx: Transaction) => Promise<Copies>,
    committed?: () => void,
  ) => Promise<void>;
  /** Committed and not delivered, by whoever erased, when this process looked last. */
  pending: () => number;
  /** Hears of others, and delivers for them; once the table is there. */
  start: () => void;
  close: () => void;
}

export function createErasures(deps: {
  cache: Pick<Cache, 'erase' | 'erasedElsewhere' | 'isShared' | 'isBehind'>;
  session: Pick<DatabaseSession, 'listen'>;
  /** Outlives a request. */
  em: () => SqlEntityManager;
  clock: Clock;
  now: () => Date;
  /** Longer than any entry is kept. */
  keepMs: number;
  log: Logger;
}): Erasures {
  const { cache, session, clock, log } = deps;
  let isClosed = false;
  let cancel: (() => void) | null = null;
  let pending = 0;

  const remove = async (em: SqlEntityManager, ids: readonly string[]) => {
    if (ids.length === 0) return;
    await em.execute(`delete from cache_erasures where id in (${marks(ids)})`, [...ids]);
  };

  const deliverLater = (ms: number) => {
    if (isClosed || cancel !== null) return;
    cancel = clock.after(ms, () => {
      cancel = null;
      void deliverOthers();
    });
  };
  /** Whatever is left, whoever left it. */
  const deliverOthers = async () => {
    try {
      const em = deps.em();
      const ended = new Date(deps.now().getTime() - deps.keepMs);
      await em.execute('delete from cache_erasures where created_at < ?', [ended]);
      // Redis is out of reach from here: the heartbeat asks for it, and once is enough.
      const delivered = cache.isBehind ? 0 : await deliverBatch(em);
      if (delivered > 0) log.info('Erasures were delivered late', { count: delivered });
      pending = await count(em);
      if (pending > 0) deliverLater(AGAIN_MS);
    } catch {
      // The database: its own metrics and log lines tell of it.
      deliverLater(AGAIN_MS);
    }
  };
  const deliverBatch = async (em: SqlEntityManager): Promise<number> => {
    const sql = `select id, invalidation from cache_erasures order by created_at limit ${BATCH}`;
    const delivered: string[] = [];
    for (const { id, invalidation } of await em.execute<Row[]>(sql)) {
      if (await cache.erase(invalidation)) delivered.push(id);
    }
    await remove(em, delivered);
    return delivered.length;
  };

  const heard = (payload: string | null) => {
    if (payload !== null) cache.erasedElsewhere(payload);
    // What was said meanwhile is not known, and no Redis knows it either.
    else if (!cache.isShared) cache.erasedElsewhere('');
    deliverLater(GRACE_MS);
  };

  const isLeft = async (em: SqlEntityManager, ids: readonly string[]) => {
    const sql = `select id from cache_erasures where id in (${marks(ids)}) limit 1`;
    return (await em.execute<unknown[]>(sql, [...ids])).length > 0;
  };
  const pause = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(PAUSE_MS, resolve);
    return promise;
  };

  /** By this process, or else by another. */
  const settle = async (em: SqlEntityManager, rows: readonly Row[]): Promise<void> => {
    const left: string[] = [];
    const taken: string[] = [];
    for (const { id, invalidation } of rows) {
      ((await cache.erase(invalidation)) ? taken : left).push(id);
    }
    // When this fails it is delivered once more, which does no harm.
    await remove(deps.em(), taken).catch(() => undefined);
    if (left.length === 0) return;
    for (let wait = 0; wait < WAITS; wait += 1) {
      await pause();
      if (!(await isLeft(em, left))) return;
    }
    log.warn('An erasure is committed, and no process could tell Redis yet', {
      'event.name': 'cache.erasure_undelivered',
    });
    throw new AppError(
      'SERVICE_UNAVAILABLE',
      'It is erased, but cached copies of it may be readable for the moment.',
      { retryAfter: 1 },
    );
  };

  return {
    async erase(em, subject, work, committed) {
      let row: Row | undefined;
      try {
        await inTransaction(em, async (tx) => {
          row = await record(tx, subject, await work(tx), deps.now());
        });
      } catch (error) {
        // The commit may have come through and its answer not.
        if (row !== undefined) await cache.erase(row.invalidation);
        if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
        const sql = 'select id, invalidation from cache_erasures where subject = ?';
        const rows = await em.execute<Row[]>(sql, [subject]);
        if (rows.length === 0) throw error;
        return settle(em, rows);
      }
      committed?.();
      if (row !== undefined) await settle(em, [row]);
    },
    pending: () => pending,
    start: () => session.listen(CHANNEL, heard),
    close() {
      isClosed = true;
      cancel?.();
    },
  };
}

/** Of a process that has no cache: those that have one end their copies, now or when they start. */
export function eraseElsewhere(now: () => Date): Pick<Erasures, 'erase'> {
  return {
    async erase(em, subject, work, committed) {
      await inTransaction(em, async (tx) => record(tx, subject, await work(tx), now()));
      committed?.();
    },
  };
}

async function record(tx: Transaction, subject: string, copies: Copies, at: Date): Promise<Row> {
  const id = randomUUID();
  const text = JSON.stringify({ keys: copies.keys ?? [], tags: copies.tags });
  await tx.execute(
    'insert into cache_erasures (id, subject, invalidation, created_at) values (?, ?, ?::json, ?)',
    [id, subject, text, at],
  );
  // Sent when it commits, and only then.
  await tx.execute(`select pg_notify('${CHANNEL}', ?)`, [text]);
  return { id, invalidation: copies };
}

async function count(em: SqlEntityManager): Promise<number> {
  const sql = 'select count(*)::int as n from cache_erasures';
  const [row] = await em.execute<{ n: number }[]>(sql);
  return row?.n ?? 0;
}

function marks(ids: readonly string[]): string {
  return ids.map(() => '?').join(', ');
}

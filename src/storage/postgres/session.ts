/**
 * The one connection that a process keeps: what the server knows of it ends when the process does.
 *
 * - It holds the process's advisory lock, shared, so that an old session which the server has not given
 *   up yet stands in nobody's way. Whoever can take it exclusively knows that the process is gone, or
 *   that its connection is for the moment.
 * - It hears notifications. A listener is told `null` after each connecting: it may have missed some.
 *
 * A connection that is lost or silent for `ANSWER_MS` is replaced `PAUSE_MS` later, again and again;
 * nobody waits for it. A pooler that hands one connection to several sessions takes both away: then
 * nothing is heard, and a lock is nobody's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { untraced } from '#telemetry/tracing.ts';
import { parseDatabaseUrl } from './database-url.ts';

const BEAT_MS = 2000;
const ANSWER_MS = 1000;
const PAUSE_MS = 500;

/** @param payload null: some may have been missed */
type Listener = (payload: string | null) => void;

export interface DatabaseSession {
  /** What the lock is made of: see `LOCK_KEY`. */
  holder: string;
  /** @param channel letters and underscores */
  listen: (channel: string, listener: Listener) => void;
  /**
   * For work that one process does at a time. Not promised: a lock ends with the connection, too.
   *
   * @returns null while another session has it, or this one is not connected
   */
  tryLock: (name: string) => Promise<SessionLock | null>;
  /** Ends it; the server frees the lock. */
  close: () => Promise<void>;
}

export interface SessionLock {
  release: () => Promise<void>;
}

/** SQL: the advisory lock of a holder, given as an expression. */
export const lockKeyOf = (holder: string) => `hashtextextended(${holder}, 0)`;

/** @param holder a word that was never given before, in no process */
export function startSession(url: string, holder: string): DatabaseSession {
  const listeners = new Map<string, Listener>();
  let client: Client | null = null;
  let isConnected = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  // One after the other: a connection answers one at a time, and pg will refuse to queue them.
  let last: Promise<unknown> = Promise.resolve();
  const ask = <Row extends QueryResultRow>(own: Client, sql: string, values: string[] = []) => {
    const asked = last.then(() => own.query<Row>(sql, values));
    last = asked.catch(() => undefined);
    return asked;
  };
  const later = (ms: number, run: () => Promise<void>) => {
    clearTimeout(timer);
    timer = setTimeout(() => void untraced(run), ms).unref();
  };
  const lose = (lost: Client) => {
    if (client !== lost) return;
    client = null;
    isConnected = false;
    // It may never answer: its socket is closed, and nobody waits for it.
    void lost.end().catch(() => undefined);
    if (!isClosed) later(PAUSE_MS, connect);
  };
  const beat = async (own: Client) => {
    await ask(own, 'select 1').then(
      () => {
        if (client === own && !isClosed) later(BEAT_MS, () => beat(own));
      },
      () => lose(own),
    );
  };
  async function connect(): Promise<void> {
    const own = new Client({
      connectionString: parseDatabaseUrl(url).url,
      application_name: 'sono-eval-session',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    client = own;
    last = Promise.resolve();
    own.on('error', () => lose(own));
    own.on('end', () => lose(own));
    own.on('notification', ({ channel, payload }) => listeners.get(channel)?.(payload ?? ''));
    try {
      await own.connect();
      await ask(own, `select pg_advisory_lock_shared(${lockKeyOf('$1::text')})`, [holder]);
      for (const channel of listeners.keys()) await ask(own, `listen ${channel}`);
    } catch {
      return lose(own);
    }
    if (client !== own) return;
    isConnected = true;
    later(BEAT_MS, () => beat(own));
    for (const listener of listeners.values()) listener(null);
  }
  const attempted = untraced(connect);

  return {
    holder,
    listen(channel, listener) {
      listeners.set(channel, listener);
      if (!isConnected) return;
      const own = client;
      if (own === null) return;
      ask(own, `listen ${channel}`).then(
        () => listener(null),
        () => lose(own),
      );
    },
    async tryLock(name) {
      await attempted;
      const own = client;
      if (!isConnected || own === null) return null;
      const query = (sql: string) => ask<{ done: boolean }>(own, sql, [name]);
      try {
        const { rows } = await query(
          `select pg_try_advisory_lock(${lockKeyOf('$1::text')}) as done`,
        );
        if (rows[0]?.done !== true) return null;
      } catch {
        lose(own);
        return null;
      }
      return {
        async release() {
          // With the connection the lock is gone as well.
          await query(`select pg_advisory_unlock(${lockKeyOf('$1::text')}) as done`).catch(() =>
            lose(own),
          );
        },
      };
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      if (client === null) return;
      // One that is only connecting may never tell that it has ended.
      const waiting = new AbortController();
      const enough = sleep(ANSWER_MS, undefined, { signal: waiting.signal });
      await Promise.race([client.end(), enough]).catch(() => undefined);
      waiting.abort();
      await enough.catch(() => undefined);
    },
  };
}

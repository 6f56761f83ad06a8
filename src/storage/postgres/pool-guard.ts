import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import { attr } from '#telemetry/conventions.ts';
import { activeTimes, addTime } from '#telemetry/request-times.ts';
import { activeTrace, recordSpan } from '#telemetry/tracing.ts';
import { codeOf } from '../../errors.ts';
import { PostgresError, READ_ONLY, toPostgresError } from './errors.ts';
import { countDatabaseError } from './metrics.ts';
import { patiently } from './patient-connect.ts';

/** A client without an `error` listener ends the process when its connection dies; Kysely's cancelling one has none. */
class QuietClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** One use of the database, told of its start and its end. */
export interface DatabaseCall {
  begin(): void;
  succeed(): void;
  fail(error: unknown): void;
  /** It never reached the database. */
  ignore(): void;
}

/** Decides whether the database may be asked now, and learns from every answer: a circuit breaker. */
export interface DatabaseGuard {
  /** @throws when it may not */
  admit(): DatabaseCall;
  /** Learns only: for what follows, since a transaction must come to its end whatever happens. */
  observe(): DatabaseCall;
  /** @param ask whether the database answers, without anybody waiting: it refuses until that is so */
  askWith(ask: () => Promise<unknown>): void;
}

/** A query that has run for so long when the guard asks is not waited for. Milliseconds. */
const HUNG_MS = 2000;

/**
 * Keeps a pool from losing clients for good. Kysely 0.29 does not release the connection of a
 * transaction whose `begin` or `rollback` fails (kysely#1990), which is what a lost connection
 * brings about: each outage costs a client until the pool is dead. So a client that ends while it
 * is out, or whose query ran into the client-side timeout (its session is still busy), is released
 * here with an error, which destroys it. Whoever releases second is ignored. Failed queries are counted,
 * and what fails is thrown as a PostgresError. A client whose server takes no writes is replaced when it
 * is given back.
 *
 * Whatever was connected before a guard had to ask is suspect, since a network that swallowed packets
 * may never tell: idle clients are replaced when they are next wanted, those with a hung query at once.
 *
 * @param guard is asked at each checkout and nowhere else. A connection that waited in the pool proves
 *   nothing, so what the checkout was let through for is its first query.
 */
export function guardPool(
  pool: Pool,
  guard?: DatabaseGuard,
  ask: () => Promise<void> = () => Promise.resolve(),
): void {
  Object.assign(pool, { Client: QuietClient });
  const connect = pool.connect.bind(pool);
  const running = new Map<PoolClient, number>();
  const watch = { guard, running, statementMs: Number(pool.options.statement_timeout) };
  const connectedAt = new WeakMap<PoolClient, number>();
  let suspectBefore = -Infinity;
  pool.on('connect', (client) => connectedAt.set(client, performance.now()));
  guard?.askWith(() => {
    suspectBefore = performance.now();
    for (const [client, since] of running) {
      if (suspectBefore - since >= HUNG_MS) client.release(new Error('Connection terminated'));
    }
    return ask();
  });
  type Callback = Parameters<typeof connect>[0] | undefined;
  const connectPatiently = patiently(() => connect(), Number(pool.options.connectionTimeoutMillis));
  const connectTrusted = async () => {
    let client = await connectPatiently();
    while ((connectedAt.get(client) ?? 0) < suspectBefore) {
      client.release(true);
      client = await connectPatiently();
    }
    if (!pool.ending) return client;
    // Kysely would trip over its own end and never give it back: then the pool would never be closed.
    client.release(true);
    throw new Error('Cannot use a pool after calling end on the pool');
  };
  const checkOut = async () => {
    const first = guard?.admit();
    const startedAt = performance.now();
    try {
      const client = await connectTrusted();
      traceWait(startedAt);
      watchQueries(client, watch);
      if (first !== undefined) firstCalls.set(client, first);
      return guardCheckout(client);
    } catch (error) {
      const failure = toPostgresError(error);
      first?.fail(failure);
      countDatabaseError(failure);
      traceWait(startedAt, failure);
      throw failure;
    }
  };
  // pg-pool itself calls with a callback (pool.query) and releases what it takes.
  const guarded = (callback: Callback) => (callback === undefined ? checkOut() : connect(callback));
  Object.assign(pool, { connect: guarded });
}

/** A shorter one explains nothing. Milliseconds. */
const WAIT_WORTH_A_SPAN_MS = 1;

/** In place of the instrumentation's own, which would be one for each checkout, however short. */
function traceWait(startedAt: number, error?: unknown): void {
  const now = performance.now();
  addTime('wait', now - startedAt);
  if (error === undefined && now - startedAt < WAIT_WORTH_A_SPAN_MS) return;
  if (!activeTrace().sampled) return;
  const type = error instanceof PostgresError ? error.type : '_OTHER';
  recordSpan('pg-pool.connect', performance.timeOrigin + startedAt, performance.timeOrigin + now, {
    [attr.dbSystem]: 'postgresql',
    ...(error === undefined ? {} : { [attr.errorType]: type }),
  });
}

/** What a checkout was let through for, until its first query. */
const firstCalls = new WeakMap<PoolClient, DatabaseCall>();

function takeFirstCall(client: PoolClient): DatabaseCall | undefined {
  const call = firstCalls.get(client);
  firstCalls.delete(client);
  return call;
}

/** After a fail-over their address leads to another server, and only a new connection gets there. */
const readOnly = new WeakSet<PoolClient>();

function guardCheckout(client: PoolClient): PoolClient {
  const release = client.release.bind(client);
  let released = false;
  const releaseOnce = (error?: Error | boolean) => {
    if (released) return;
    released = true;
    client.off('end', releaseEnded);
    takeFirstCall(client)?.ignore();
    release(error ?? readOnly.has(client));
  };
  const releaseEnded = () => releaseOnce(new Error('Connection terminated'));
  client.once('end', releaseEnded);
  client.release = releaseOnce;
  return client;
}

const watched = new WeakSet<PoolClient>();

interface Watch {
  guard: DatabaseGuard | undefined;
  /** Since when each client has a query out; of the monotonic clock. */
  running: Map<PoolClient, number>;
  /** NaN for none. */
  statementMs: number;
}

function watchQueries(client: PoolClient, { guard, running, statementMs }: Watch): void {
  if (watched.has(client)) return;
  watched.add(client);
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const guarded = (...args: unknown[]) => {
    const call = takeFirstCall(client) ?? guard?.observe();
    call?.begin();
    const startedAt = performance.now();
    running.set(client, startedAt);
    const result = query(...args);
    if (!(result instanceof Promise)) {
      running.delete(client);
      // A cursor is no promise, and brings its own errors.
      call?.ignore();
      return result;
    }
    const times = activeTimes();
    const end = () => {
      running.delete(client);
      if (times !== undefined) times.sql += performance.now() - startedAt;
    };
    return result.then(
      (value: unknown) => {
        end();
        call?.succeed();
        return value;
      },
      (error: unknown) => {
        end();
        const failure = toPostgresError(error);
        if (wasCancelled(error) && !(performance.now() - startedAt >= statementMs)) call?.ignore();
        else call?.fail(failure);
        countDatabaseError(failure);
        if (codeOf(error) === READ_ONLY) readOnly.add(client);
        if (error instanceof Error && error.message === 'Query read timeout') {
          client.release(error);
        }
        throw failure;
      },
    );
  };
  Object.assign(client, { query: guarded });
}

/** Either somebody asked for it or the time was up; which, is told in the server's language, and by the time. */
function wasCancelled(error: unknown): boolean {
  return codeOf(error) === '57014';
}

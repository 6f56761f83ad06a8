/**
 * The one way to the database: a bounded pool under MikroORM in which nothing waits without limit.
 *
 * - Waiting for a free connection ends after 1 s, a statement after 5 s, a silent server after 6 s,
 *   a lock after 3 s, an idle transaction after 10 s: all of them errors for `isUnavailable`.
 * - An aborted request's query is cancelled in the server, and its connection is free again.
 * - A lost connection costs its own query and nothing else: the pool is whole once the server is back.
 * - `ping` has a connection to itself, so an exhausted pool does not look like a dead database. It
 *   passes by the guard: the probe sees the database itself, and what it sees closes no breaker (whoever
 *   pings may tell it of an outage). A guard that refuses asks in the same way before it lets the next
 *   call through.
 */
import { MikroORM, type Options, type SqlEntityManager } from '@mikro-orm/postgresql';
import type { EntitySchema } from '@mikro-orm/core';
import { Pool, type Client, type QueryResult } from 'pg';
import { untraced } from '#telemetry/tracing.ts';
import { DependencyError } from '../../errors.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { withTimeout } from '../../time/with-timeout.ts';
import { toPostgresError } from './errors.ts';
import { countDatabaseError } from './metrics.ts';
import { guardPool, type DatabaseGuard } from './pool-guard.ts';

export interface DatabaseOptions {
  /** `?max_connections=` and `connect_timeout=` in it are honoured. */
  url: string;
  entities: readonly EntitySchema[];
  /** Size of the pool unless the URL says; one more connection serves `ping`, and one the guard. */
  maxConnections?: number;
  /** As `pg_stat_activity` shows us. */
  applicationName?: string;
  /** Milliseconds; 0 is no limit, which only migrations may want. */
  statementTimeoutMs?: number;
  /** Whether the database may be asked at all; `ping` asks it regardless. */
  guard?: DatabaseGuard;
  /** For migrations, which need the migrator. */
  orm?: Pick<Options, 'extensions' | 'migrations'>;
}

export interface Database {
  orm: MikroORM;
  /** An identity map of its own; `signal` cancels its queries, also those that already run. */
  em(signal?: AbortSignal): SqlEntityManager;
  /** For who brings statements of its own: one connection of the pool, as the driver answers. */
  query(text: string, values?: unknown[]): Promise<QueryResult>;
  /** @throws {DependencyError} when the server does not answer a query within `timeoutMs` */
  ping(timeoutMs: number): Promise<void>;
  pool(): { max: number; total: number; idle: number; waiting: number };
  /** Ends idle connections at once and those in use when they are given back. */
  close(): Promise<void>;
}

/** For a connection of the pool or a new one, unless the URL says. */
const CONNECT_MS = 1000;
/** The server is on the local network; as long as a breaker waits before it asks again. */
const ASK_MS = 500;

/** Does not connect: the service may start before its database. */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, maxConnections, connectTimeoutMs } = parseDatabaseUrl(options.url);
  const max = maxConnections ?? options.maxConnections ?? 10;
  const statementTimeoutMs = options.statementTimeoutMs ?? 5000;
  const connectMs = connectTimeoutMs ?? CONNECT_MS;
  const client = {
    connectionString: url,
    application_name: options.applicationName ?? 'sono-eval',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementTimeoutMs,
    // For a server that no longer answers; later than its own limit, so that normally it speaks first.
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 1000,
    lock_timeout: 3000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  };

  const probe = new Pool({ ...client, max: 2, idleTimeoutMillis: 30_000 });
  probe.on('error', () => {});
  guardPool(probe);

  let pool: Pool | undefined;
  const orm = new MikroORM({
    clientUrl: url,
    entities: [...options.entities],
    discovery: { warnWhenNoEntities: false },
    ensureDatabase: false,
    // Its views are no entities.
    schemaGenerator: { ignoreSchema: ['analytics'] },
    pool: { min: 0, max, idleTimeoutMillis: 30_000 },
    driverOptions: {
      ...client,
      onConnect: (connected: Client) => untraced(() => withoutJit(connected, connectMs)),
      onPoolCreated: (created: Pool) => {
        pool = created;
        // In a trace the instrumentation would take the connections of both pools for those of one.
        guardPool(created, options.guard, () => untraced(() => ping(probe, ASK_MS)));
      },
    },
    // It would write to the console; what matters comes as an error.
    logger: () => {},
    ...options.orm,
  });
  keepCauses(orm);
  await orm.connect();

  return {
    orm,
    em: (signal) =>
      orm.em.fork(signal ? { signal, inflightQueryAbortStrategy: 'cancel query' } : {}),
    async query(text, values) {
      if (pool === undefined) throw new Error('The pool is made by connecting.');
      return queryOnce(pool, text, values);
    },
    ping: (timeoutMs) => ping(probe, timeoutMs),
    pool: () => ({
      max,
      total: pool?.totalCount ?? 0,
      idle: pool?.idleCount ?? 0,
      waiting: pool?.waitingCount ?? 0,
    }),
    close: async () => {
      await Promise.all([orm.close(), probe.end()]);
    },
  };
}

/**
 * Statements of a request read few rows, but what may have to be looked up for each makes some look dear: to compile the
 * statistics of a candidate took half a second, to answer it 10 ms. Not told when connecting: PgBouncer refuses
 * parameters that it does not know.
 */
async function withoutJit(client: Client, timeoutMs: number): Promise<void> {
  const set = { text: 'set jit = off', query_timeout: timeoutMs };
  await client.query(set);
}

/** A transaction that several statements began, and one of them broke, ends with the connection. */
async function queryOnce(pool: Pool, text: string, values: unknown[] = []): Promise<QueryResult> {
  const client = await pool.connect();
  try {
    const result = await client.query<Record<string, unknown>>(text, values);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function ping(probe: Pool, timeoutMs: number): Promise<void> {
  // Its own timeout, so that a connection that went silent is replaced before the next ping.
  const query = { text: 'select 1', query_timeout: timeoutMs };
  const late = () =>
    new DependencyError('postgresql', 'timeout', `No answer within ${timeoutMs} ms.`);
  try {
    await withTimeout(probe.query(query), timeoutMs, late);
  } catch (error) {
    const failure = toPostgresError(error);
    countDatabaseError(failure);
    throw failure;
  }
}

/** MikroORM's exceptions are copies that forget what they are made of: they get it as their cause. */
function keepCauses(orm: MikroORM): void {
  const converter = orm.em.getPlatform().getExceptionConverter();
  const convert = converter.convertException.bind(converter);
  Object.assign(converter, {
    convertException: (error: Error) => Object.assign(convert(error), { cause: error }),
  });
}

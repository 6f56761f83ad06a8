import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import { countDatabaseError } from './metrics.ts';

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
}

/**
 * Keeps a pool from losing clients for good. Kysely 0.29 does not release the connection of a
 * transaction whose `begin` or `rollback` fails (kysely#1990), which is what a lost connection
 * brings about: each outage costs a client until the pool is dead. So a client that ends while it
 * is out, or whose query ran into the client-side timeout (its session is still busy), is released
 * here with an error, which destroys it. Whoever releases second is ignored. Failed queries are counted.
 *
 * @param guard is asked at each checkout and nowhere else. A connection that waited in the pool proves
 *   nothing, so what the checkout was let through for is its first query.
 */
export function guardPool(pool: Pool, guard?: DatabaseGuard): void {
  Object.assign(pool, { Client: QuietClient });
  const connect = pool.connect.bind(pool);
  type Callback = Parameters<typeof connect>[0] | undefined;
  const checkOut = async () => {
    const first = guard?.admit();
    try {
      const client = await connect();
      watchQueries(client, guard);
      if (first !== undefined) firstCalls.set(client, first);
      return guardCheckout(client);
    } catch (error) {
      first?.fail(error);
      throw error;
    }
  };
  // pg-pool itself calls with a callback (pool.query) and releases what it takes.
  const guarded = (callback: Callback) => (callback === undefined ? checkOut() : connect(callback));
  Object.assign(pool, { connect: guarded });
}

/** What a checkout was let through for, until its first query. */
const firstCalls = new WeakMap<PoolClient, DatabaseCall>();

function takeFirstCall(client: PoolClient): DatabaseCall | undefined {
  const call = firstCalls.get(client);
  firstCalls.delete(client);
  return call;
}

function guardCheckout(client: PoolClient): PoolClient {
  const release = client.release.bind(client);
  let released = false;
  const releaseOnce = (error?: Error | boolean) => {
    if (released) return;
    released = true;
    client.off('end', releaseEnded);
    takeFirstCall(client)?.ignore();
    release(error);
  };
  const releaseEnded = () => releaseOnce(new Error('Connection terminated'));
  client.once('end', releaseEnded);
  client.release = releaseOnce;
  return client;
}

const watched = new WeakSet<PoolClient>();

function watchQueries(client: PoolClient, guard: DatabaseGuard | undefined): void {
  if (watched.has(client)) return;
  watched.add(client);
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const guarded = (...args: unknown[]) => {
    const call = takeFirstCall(client) ?? guard?.observe();
    call?.begin();
    const result = query(...args);
    if (result instanceof Promise) {
      result.then(
        () => call?.succeed(),
        (error: unknown) => {
          call?.fail(error);
          countDatabaseError(error);
          if (error instanceof Error && error.message === 'Query read timeout') {
            client.release(error);
          }
        },
      );
    } else {
      // A cursor is no promise, and brings its own errors.
      call?.ignore();
    }
    return result;
  };
  Object.assign(client, { query: guarded });
}

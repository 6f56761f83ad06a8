import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import { countDatabaseError } from './metrics.ts';

/** A client without an `error` listener ends the process when its connection dies; Kysely's cancelling one has none. */
class QuietClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/**
 * Keeps a pool from losing clients for good. Kysely 0.29 does not release the connection of a
 * transaction whose `begin` or `rollback` fails (kysely#1990), which is what a lost connection
 * brings about: each outage costs a client until the pool is dead. So a client that ends while it
 * is out, or whose query ran into the client-side timeout (its session is still busy), is released
 * here with an error, which destroys it. Whoever releases second is ignored. Failed queries are counted.
 */
export function guardPool(pool: Pool): void {
  Object.assign(pool, { Client: QuietClient });
  const connect = pool.connect.bind(pool);
  type Callback = Parameters<typeof connect>[0] | undefined;
  // pg-pool itself calls with a callback (pool.query) and releases what it takes.
  const guarded = (callback: Callback) =>
    callback === undefined ? connect().then(guardCheckout) : connect(callback);
  Object.assign(pool, { connect: guarded });
}

function guardCheckout(client: PoolClient): PoolClient {
  const release = client.release.bind(client);
  let released = false;
  const releaseOnce = (error?: Error | boolean) => {
    if (released) return;
    released = true;
    client.off('end', releaseEnded);
    release(error);
  };
  const releaseEnded = () => releaseOnce(new Error('Connection terminated'));
  client.once('end', releaseEnded);
  client.release = releaseOnce;
  watchQueries(client);
  return client;
}

const watched = new WeakSet<PoolClient>();

function watchQueries(client: PoolClient): void {
  if (watched.has(client)) return;
  watched.add(client);
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const guarded = (...args: unknown[]) => {
    const result = query(...args);
    // A cursor is no promise, and brings its own errors.
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        countDatabaseError(error);
        if (error instanceof Error && error.message === 'Query read timeout') client.release(error);
      });
    }
    return result;
  };
  Object.assign(client, { query: guarded });
}

/**
 * Who gets into Redis. A client that is connected cannot tell whether it had to show its password, and one that is
 * not connected tries for ever: this asks on a connection of its own, once, first without the password and then
 * with it.
 */
import { Redis } from 'ioredis';
import { untraced } from '#telemetry/tracing.ts';
import { toRedisError } from './errors.ts';
import type { RedisOptions } from './connection.ts';
import { withTimeout } from '../../time/with-timeout.ts';

/** First words of what Redis answers: `PONG`, `OK`, or of an error reply (`NOAUTH`, `WRONGPASS`, `NOPERM`, …). */
export interface RedisAccess {
  /** To PING without a password. */
  anyone: string;
  /** To the password; null when we have none. */
  login: string | null;
  /** To a script that stores a value in a key of ours; null when we did not get in. */
  work: string | null;
}

/** The client's own timer, which fires before a busy process has looked: ours decides. */
const CLIENT_CONNECT_MS = 10_000;
const KEY = 'sono-eval:cache:2:access-check';
const STORE = "redis.call('SET', KEYS[1], '1', 'PX', 1000) return 'OK'";

/**
 * @param timeoutMs for all of it
 * @throws {RedisError} when there is no answer
 */
export async function askRedisAccess(
  options: RedisOptions,
  timeoutMs: number,
): Promise<RedisAccess> {
  const { client, username, password, db } = createStranger(options);
  let lost: Error | undefined;
  client.on('error', (error: Error) => (lost = error));
  const ask = async (): Promise<RedisAccess> => {
    await client.connect();
    const anyone = await answerOf(client.call('PING'));
    if (password === undefined) {
      return { anyone, login: null, work: anyone === 'PONG' ? await store(client, db) : null };
    }
    const name = username === undefined ? [] : [username];
    const login = await answerOf(client.call('AUTH', ...name, password));
    const isIn = login === 'OK' || anyone === 'PONG';
    return { anyone, login, work: isIn ? await store(client, db) : null };
  };
  try {
    return await withTimeout(untraced(ask), timeoutMs, () => new Error('Redis does not answer.'));
  } catch (error) {
    throw toRedisError(lost ?? error);
  } finally {
    client.disconnect();
    // It would end a connection in peace that is not made yet.
    client.stream?.destroy();
  }
}

async function store(client: Redis, db: string): Promise<string> {
  const selected = await answerOf(client.call('SELECT', db));
  return selected !== 'OK' ? selected : answerOf(client.call('EVAL', STORE, '1', KEY));
}

/** The client would log in, and say of a server that did not ask for it only on the console. */
function createStranger(options: RedisOptions) {
  const settings = {
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    maxRetriesPerRequest: 0,
    protocol: 2 as const,
    retryStrategy: () => null,
    connectTimeout: CLIENT_CONNECT_MS,
  };
  const { url, host, port = 6379 } = options;
  if (url === undefined) {
    const client = new Redis({ ...settings, port, host: host ?? '127.0.0.1' });
    return {
      client,
      username: undefined,
      password: options.password || undefined,
      db: String(options.db ?? 0),
    };
  }
  const bare = new URL(url);
  const { username, password, pathname } = bare;
  bare.username = '';
  bare.password = '';
  // The database is not ours to choose before the password.
  bare.pathname = '';
  return {
    client: new Redis(bare.href, settings),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || options.password || undefined,
    db: pathname.slice(1) || String(options.db ?? 0),
  };
}

/** @throws {Error} what is no reply */
async function answerOf(asked: Promise<unknown>): Promise<string> {
  try {
    return String(await asked);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
    return error.message.split(' ', 1)[0] ?? '';
  }
}

/**
 * A Redis client that fails at once rather than waits: whoever uses it has an answer without Redis
 * (a local limiter, a miss), so a command that cannot be sent now, or is not answered in time (100 ms unless told),
 * is a RedisError. It reconnects for ever, at most 0.2 s apart.
 */
import { Redis } from 'ioredis';
import { codeOf, DependencyError } from '../../errors.ts';
import { createDeadlines, type Wait } from '../../time/deadlines.ts';
import { withTimeout } from '../../time/with-timeout.ts';
import { toRedisError } from './errors.ts';

export interface RedisOptions {
  /** `redis://` or `rediss://`; else `host` and the rest. */
  url?: string | undefined;
  host?: string | undefined;
  port?: number;
  db?: number;
  password?: string | undefined;
  /** As `CLIENT LIST` shows us. */
  name?: string;
  /** Longest wait for any answer; the servers are on the local network. */
  commandTimeoutMs?: number;
}

export interface RedisConnection {
  client: Redis;
  /** The first attempt to connect is over, with or without success. */
  attempted: Promise<void>;
  /**
   * Waits for that first attempt, too.
   * @throws {DependencyError} when the server does not answer within `timeoutMs`; then it is connected to anew
   */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** So that Redis is in use again within a second of its return, the open time of a circuit breaker included. */
const longestRetryMs = 200;

/** For the socket, and once more for the greeting: password and state of loading. Only time in which the loop could read. */
const CONNECT_MS = 500;
/** The client's own timer, which fires before a busy process has looked. */
const CLIENT_CONNECT_MS = 10_000;

/** Connects in the background; the service may start before its Redis. */
export function createRedis(options: RedisOptions): RedisConnection {
  const { url, host, port = 6379, db, password, commandTimeoutMs = 100 } = options;
  const settings = {
    connectionName: options.name ?? 'sono-eval',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CLIENT_CONNECT_MS,
    keepAlive: 10_000,
    // Jitter, so that the processes of a fleet do not come back in one moment.
    retryStrategy: (attempt: number) =>
      Math.min(longestRetryMs, 50 * 2 ** Math.min(attempt, 8)) * (0.5 + Math.random() / 2),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db }),
  };
  const client =
    url === undefined
      ? new Redis({ ...settings, port, host: host ?? '127.0.0.1' })
      : new Redis(url, settings);
  typeErrors(client);
  limitConnecting(client);
  const { promise: attempted, resolve: endAttempt } = Promise.withResolvers<void>();
  client.once('ready', endAttempt);
  client.once('close', endAttempt);

  return {
    client,
    attempted,
    ping: async (timeoutMs) => {
      // A network that swallows packets does not tell: the connection would look alive for a quarter of an hour.
      const { stream } = client;
      const answer = await withTimeout(
        attempted.then(() => client.ping()),
        timeoutMs,
        () => {
          stream?.destroy();
          return new DependencyError('redis', 'timeout', `No answer within ${timeoutMs} ms.`);
        },
      );
      if (answer !== 'PONG')
        throw new DependencyError('redis', 'unknown', 'Redis gave an unexpected answer to PING.');
    },
    close: async () => {
      // QUIT waits for what is under way, but not for a server that is gone.
      await client.quit().catch(() => client.disconnect());
    },
  };
}

function limitConnecting(client: Redis): void {
  const deadlines = createDeadlines(CONNECT_MS);
  let wait: Wait | undefined;
  const end = () => {
    if (wait !== undefined) deadlines.end(wait);
    wait = undefined;
  };
  const begin = () => {
    end();
    wait = deadlines.begin(() => client.stream?.destroy());
  };
  client.on('connecting', begin);
  client.on('connect', begin);
  client.on('ready', end);
  client.on('close', end);
  // The first attempt began with the client.
  begin();
}

/**
 * Every command fails with a RedisError, whoever gives it: at its start, since ioredis ends one in many places.
 * What is refused for want of a connection has for its cause why there is none.
 */
function typeErrors(client: Redis): void {
  let lost: Error | undefined;
  // Without a listener ioredis writes to the console.
  client.on('error', (error: Error) => (lost = error));
  client.on('close', () => (lost ??= closedByServer()));
  client.on('ready', () => (lost = undefined));
  const send = client.sendCommand.bind(client);
  const sendTyped: typeof send = (command, stream) => {
    const { reject } = command;
    let isSending = true;
    let refusal: Error | undefined;
    let refused: unknown;
    command.reject = (error) => {
      // The instrumentation ends its span by `reject`, and sees only what is called after `send`.
      if (isSending) refusal ??= error;
      else reject.call(command, (refused ?? toRedisError(error, lost)) as Error);
    };
    const answer = send(command, stream);
    isSending = false;
    if (refusal !== undefined) {
      refused = toRedisError(refusal, lost, { wasSent: false });
      nameByLoss(refusal, lost);
      command.reject(refusal);
    }
    return answer;
  };
  Object.assign(client, { sendCommand: sendTyped });
}

/** ioredis says no more than that. */
function closedByServer(): Error {
  const error = new Error('The connection was closed by the other side.');
  return Object.assign(error, { code: 'ECONNRESET' });
}

/** The instrumentation names the error of a span by its `code`, and the client's "not writeable" has none. */
function nameByLoss(refusal: Error, lost: Error | undefined): void {
  const code = codeOf(lost);
  if (code !== '' && codeOf(refusal) === '') Object.assign(refusal, { code });
}

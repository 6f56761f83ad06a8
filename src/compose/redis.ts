import { variables } from '../config/variables.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { askRedisAccess } from '../storage/redis/access.ts';
import { createRedis, type RedisConnection } from '../storage/redis/connection.ts';
import { accessRefusal, type Refusal } from '../storage/refusal.ts';
import type { Foundation } from './foundation.ts';

/** For the answer to a ping, by which an open breaker finds out whether Redis is back. Milliseconds. */
export const PING_MS = 250;

/** For the answers of a Redis that is there, when the service starts: one that is not must not hold it up. */
const START_MS = 1000;
/** How often it is asked whether it lets in others; and what a probe, which has its own limit, waits for that. */
const ACCESS_EVERY_MS = 30_000;
const ACCESS_MS = 150;

/**
 * A connection of its own for each user, so that none waits behind another; null where Redis is not configured.
 * A command that nobody waits for any more is forgotten after 200 times `REDIS_TIMEOUT`: the client's own
 * timers fire before answers are read, so they must not decide anything.
 */
export function connectRedis(
  { config, cleanup }: Foundation,
  name: string,
): RedisConnection | null {
  if (config.redis === null) return null;
  const commandTimeoutMs = 200 * config.redis.timeoutMs;
  const redis = createRedis({ ...config.redis, name, commandTimeoutMs });
  cleanup.defer(() => redis.close());
  return redis;
}

/** What is wrong with the password between us and Redis; undefined also when it does not answer. */
export async function findRedisRefusal(
  redis: Config['redis'],
  timeoutMs: number,
): Promise<Refusal | undefined> {
  if (redis === null) return undefined;
  try {
    return accessRefusal(await askRedisAccess(redis, timeoutMs));
  } catch {
    // That it is away is told by whoever uses it.
    return undefined;
  }
}

/**
 * In production a Redis that refuses our password, or anybody's, is a mistake in the configuration, while one
 * that is away is an outage: the service starts without it.
 *
 * @throws {ConfigError}
 */
export async function demandRedisAccess({ production, redis }: Config): Promise<void> {
  const refusal = production ? await findRedisRefusal(redis, START_MS) : undefined;
  if (refusal === undefined) return;
  const { variable, reason, fix } = refusal;
  const fault = `does not fit: ${reason}. ${fix.replace(/\.$/, '')}`;
  throw new ConfigError([{ variable, fault, example: variables[variable][2] }]);
}

/** Asked for by each probe, and asks Redis now and then. @returns a sentence while something is wrong */
export function watchRedisAccess(
  redis: Config['redis'],
  monotonicMs: () => number,
): () => Promise<string | undefined> {
  let askedAt = -Infinity;
  let trouble: string | undefined;
  return async () => {
    if (monotonicMs() - askedAt >= ACCESS_EVERY_MS) {
      askedAt = monotonicMs();
      const refusal = await findRedisRefusal(redis, ACCESS_MS);
      trouble = refusal && `${refusal.reason}. ${refusal.fix}`;
    }
    return trouble;
  };
}

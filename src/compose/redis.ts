import { createRedis, type RedisConnection } from '../storage/redis/connection.ts';
import type { Foundation } from './foundation.ts';

/** For the answer to a ping, by which an open breaker finds out whether Redis is back. Milliseconds. */
export const PING_MS = 250;
/** Longest wait of limiter and cache for Redis: both have an answer without it. Milliseconds. */
export const STORE_DEADLINE_MS = 50;

/** When the client forgets a command that nobody waits for any more. Milliseconds. */
export const FORGET_MS = 1000;

/**
 * A connection of its own for each user, so that none waits behind another; null where Redis is not configured.
 *
 * @param commandTimeoutMs longest wait for any answer; 100 ms unless told
 */
export function connectRedis(
  { config, cleanup }: Foundation,
  name: string,
  commandTimeoutMs?: number,
): RedisConnection | null {
  if (config.redis === null) return null;
  const timeout = commandTimeoutMs === undefined ? {} : { commandTimeoutMs };
  const redis = createRedis({ ...config.redis, name, ...timeout });
  cleanup.defer(() => redis.close());
  return redis;
}

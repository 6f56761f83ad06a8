import { createRedis, type RedisConnection } from '../storage/redis/connection.ts';
import type { Foundation } from './foundation.ts';

/** For the answer to a ping, by which an open breaker finds out whether Redis is back. Milliseconds. */
export const PING_MS = 250;

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

import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisError } from './errors.ts';

export interface Script {
  lua: string;
  /** Redis's name for it. */
  sha1: string;
}

export function createScript(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/**
 * @param client of `createRedis`, whose errors are typed
 * @throws {RedisError} what the client or the script does; a script that Redis has lost is sent again, once
 */
export async function runScript(
  client: Pick<Redis, 'eval' | 'evalsha'>,
  { lua, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    // A Redis that started anew, or was flushed of scripts; it says that nothing was run.
    if (!(error instanceof RedisError) || error.reply !== 'NOSCRIPT') throw error;
    return await client.eval(lua, keys.length, ...keys, ...args);
  }
}

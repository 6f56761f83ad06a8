import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { inScript } from '#telemetry/tracing.ts';
import { RedisError } from './errors.ts';

export interface Script {
  /** As spans call it. */
  name: string;
  lua: string;
  /** Redis's name for it. */
  sha1: string;
}

export function createScript(name: string, lua: string): Script {
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/**
 * @param client of `createRedis`, whose errors are typed
 * @throws {RedisError} what the client or the script does; a script that Redis has lost is sent again, once
 */
export async function runScript(
  client: Pick<Redis, 'eval' | 'evalsha'>,
  { name, lua, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await inScript(name, () => client.evalsha(sha1, keys.length, ...keys, ...args));
  } catch (error) {
    // A Redis that started anew, or was flushed of scripts; it says that nothing was run.
    if (!(error instanceof RedisError) || error.reply !== 'NOSCRIPT') throw error;
    return await inScript(name, () => client.eval(lua, keys.length, ...keys, ...args));
  }
}

import type { Config } from '../config.ts';
import { askRedisAccess, type RedisAccess } from '../storage/redis/access.ts';
import { accessRefusal, refusalOf } from '../storage/refusal.ts';
import type { Found } from './configuration.ts';
import { fail, pass, warn, whyNot } from './finding.ts';

const REDIS_MS = 3000;

/** Asks Redis with the password and without it, and has it run a script as the limiter does. */
export async function checkRedis({ redis, rateLimit, production }: Config): Promise<Found[]> {
  if (redis === null) {
    if (!production || rateLimit.instances === 1) return [];
    const what = `${rateLimit.instances} processes have no Redis to share their limits in.`;
    return [['rate-limiting', warn(what, 'Set REDIS_HOST and REDIS_PASSWORD.')]];
  }
  try {
    return judge(await askRedisAccess(redis, REDIS_MS));
  } catch (error) {
    const { reason, fix } = refusalOf(error) ?? {
      reason: whyNot(error),
      fix: 'Is Redis running at REDIS_HOST, and may this machine reach it?',
    };
    return [['redis-password', fail(`Redis cannot be asked: ${reason}.`, fix)]];
  }
}

function judge(access: RedisAccess): Found[] {
  const refusal = accessRefusal(access);
  if (refusal !== undefined) return [['redis-password', fail(`${refusal.reason}.`, refusal.fix)]];
  const isAsked = access.login !== null;
  return [
    [
      'redis-password',
      isAsked
        ? pass('Redis asks for the password, and takes ours.')
        : warn(
            'Redis asks for no password, and none is set.',
            'Set requirepass, and REDIS_PASSWORD.',
          ),
    ],
    [
      'rate-limiting',
      access.work === 'OK'
        ? pass('Redis runs a script that stores a key, as the limiter does.')
        : fail(
            `Redis does not run a script that stores a key (${access.work}).`,
            'Look at its memory (maxmemory), its role (READONLY) and its disk (MISCONF).',
          ),
    ],
  ];
}

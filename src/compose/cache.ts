import { randomUUID } from 'node:crypto';
import type { Cache } from '../resilience/cache/cache.ts';
import { createCache } from '../resilience/cache/create-cache.ts';
import { createErasures, type Erasures } from '../resilience/cache/erasures.ts';
import { cacheEvents, observeCache, observeErasures } from '../resilience/cache/metrics.ts';
import { createRedisBus } from '../resilience/cache/redis/redis-bus.ts';
import { createRedisTier } from '../resilience/cache/redis/redis-tier.ts';
import { withinDeadline } from '../resilience/circuit-breaker/within-deadline.ts';
import { after } from '../time/clock.ts';
import type { Clock } from '../resilience/cache/cache.ts';
import type { Breakers } from './breakers.ts';
import type { OpenDatabase } from './database.ts';
import type { Foundation } from './foundation.ts';
import { connectRedis, PING_MS } from './redis.ts';

export function startCache(deps: Foundation, breakers: Breakers): Cache {
  const { config, log, clock, cleanup, peers } = deps;
  const commands = config.cache.enabled ? connectRedis(deps, 'sono-eval-cache') : null;
  const bus = config.cache.enabled ? connectRedis(deps, 'sono-eval-bus') : null;
  const breaker = breakers.cache;
  if (commands !== null) breaker.askWith(() => commands.ping(PING_MS));
  const guard = withinDeadline(breaker, config.redis?.timeoutMs ?? 0);
  const cache = createCache({
    ...config.cache,
    shared:
      commands === null || bus === null
        ? null
        : {
            tier: createRedisTier({ client: commands.client, guard, newToken: randomUUID }),
            bus: createRedisBus({ client: bus.client }),
          },
    neighbours:
      peers === undefined
        ? null
        : {
            tell: (text) => peers.tell('cache.invalidated', text),
            hear: (listener) => peers.hear('cache.invalidated', listener),
          },
    events: cacheEvents({ log }),
    clock: cacheClock(clock.monotonicMs),
    random: Math.random,
    newToken: randomUUID,
  });
  let isClosed = false;
  cleanup.defer(() => {
    isClosed = true;
    return cache.close();
  });
  cleanup.defer(observeCache(cache));
  // Else the first thing that Redis is asked would fail, before it had a chance to answer.
  const attempts = Promise.all([commands?.attempted, bus?.attempted]);
  void attempts.then(() => (isClosed ? undefined : cache.start()));
  return cache;
}

/** A day, beyond the time to live: more than any cache serves an old entry for when a load fails. */
const LONGEST_STALE_MS = 86_400_000;

/** The end of what is erased, in every process; needs the table of its migration. */
export function startErasures(deps: Foundation & OpenDatabase, cache: Cache): Erasures {
  const { config, log, clock, cleanup, database, session } = deps;
  const erasures = createErasures({
    cache,
    session,
    em: () => database.em(),
    clock: cacheClock(clock.monotonicMs),
    now: clock.now,
    keepMs: config.cache.ttlSeconds * 1000 + LONGEST_STALE_MS,
    log,
  });
  cleanup.defer(() => erasures.close());
  cleanup.defer(observeErasures(erasures));
  return erasures;
}

function cacheClock(monotonicMs: () => number): Clock {
  return { nowMs: monotonicMs, after };
}

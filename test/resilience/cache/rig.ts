import { randomBytes } from 'node:crypto';
import { createCache } from '#src/resilience/cache/create-cache.ts';
import type { Cache, CacheDeps, CacheEvents, Clock } from '#src/resilience/cache/cache.ts';
import { createRedisBus } from '#src/resilience/cache/redis/redis-bus.ts';
import { createRedisTier } from '#src/resilience/cache/redis/redis-tier.ts';
import type { Guard } from '#src/resilience/cache/remote-tier.ts';
import { createRedis } from '#src/storage/redis/connection.ts';
import { until } from '#test/support/until.ts';

export const realClock: Clock = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

export const newToken = () => randomBytes(9).toString('base64url');

/** What was told, as one line an event. */
export function recorded(): {
  events: CacheEvents;
  lines: string[];
  count: (start: string) => number;
} {
  const lines: string[] = [];
  const tell =
    (event: string) =>
    (...about: unknown[]) => {
      // Durations differ from run to run.
      lines.push([event, ...about.filter((item) => typeof item !== 'number')].join(' '));
    };
  const events: CacheEvents = {
    defined: tell('defined'),
    lookedUp: tell('lookedUp'),
    loaded: tell('loaded'),
    coalesced: tell('coalesced'),
    operated: tell('operated'),
    evicted: tell('evicted'),
    invalidated: tell('invalidated'),
    writeRejected: tell('writeRejected'),
    busGap: tell('busGap'),
    busConnected: tell('busConnected'),
  };
  return { events, lines, count: (start) => lines.filter((line) => line.startsWith(start)).length };
}

export const silent: CacheEvents = {
  defined: () => undefined,
  lookedUp: () => undefined,
  loaded: () => undefined,
  coalesced: () => undefined,
  operated: () => undefined,
  evicted: () => undefined,
  invalidated: () => undefined,
  writeRejected: () => undefined,
  busGap: () => undefined,
  busConnected: () => undefined,
};

export function localCache(deps: Partial<CacheDeps> = {}): Cache {
  return createCache({
    enabled: true,
    maxBytes: 1_000_000,
    shared: null,
    events: silent,
    clock: realClock,
    random: Math.random,
    newToken,
    ...deps,
  });
}

export const passing: Guard = (work) => work();

export interface Node {
  cache: Cache;
  close: () => Promise<void>;
}

/** A cache as a process of the service has it. */
export async function redisNode(
  where: { port: number; password: string; prefix?: string; busPort?: number; db?: number },
  deps: Partial<CacheDeps> & { guard?: Guard; wait?: boolean; commandTimeoutMs?: number } = {},
): Promise<Node> {
  const { port, password, busPort = port } = where;
  const prefix = where.prefix === undefined ? {} : { prefix: where.prefix };
  // Generous: what is tested with an answer of Redis must get one, also on a busy machine.
  const options = {
    host: '127.0.0.1',
    password,
    ...(where.db === undefined ? {} : { db: where.db }),
    commandTimeoutMs: deps.commandTimeoutMs ?? 30_000,
  };
  const commands = createRedis({ ...options, port });
  const subscriber = createRedis({ ...options, port: busPort });
  const cache = localCache({
    shared: {
      tier: createRedisTier({
        client: commands.client,
        guard: deps.guard ?? passing,
        newToken,
        ...prefix,
      }),
      bus: createRedisBus({ client: subscriber.client, ...prefix }),
    },
    ...deps,
  });
  if (deps.wait !== false) await until(() => commands.client.status === 'ready');
  cache.start();
  if (deps.wait !== false) await until(() => cache.getCacheStats().bus_connected);
  return {
    cache,
    async close() {
      await cache.close();
      await Promise.all([commands.close(), subscriber.close()]);
    },
  };
}

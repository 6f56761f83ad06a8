import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import type { Cache, NamedCache } from '#src/resilience/cache/cache.ts';
import { HEARTBEAT_MS, STALENESS_MS } from '#src/resilience/cache/freshness.ts';
import { modelRedis, type Faults } from './model.ts';
import { localCache } from './rig.ts';
import { settled, virtualClock } from './virtual-clock.ts';

/** What a schedule is made of. `node` is 0 or 1. */
type Step =
  | { do: 'read'; node: number; loadMs: number }
  /** Commits to the origin, then invalidates, as a route does. */
  | { do: 'write'; node: number; by: 'tag' | 'key' | 'all' }
  | { do: 'fault'; node: number; fault: keyof Faults; on: boolean }
  | { do: 'bus'; node: number; up: boolean }
  /** A write that Redis does not hear of, and that Redis is back after. */
  | { do: 'outage'; node: number }
  | { do: 'flush' }
  | { do: 'evict' }
  | { do: 'wait'; ms: number };

const node = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      node,
      loadMs: fc.constantFrom(0, 1, 5, 30, 400),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      node,
      by: fc.constantFrom('tag' as const, 'key' as const, 'all' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      node,
      fault: fc.constantFrom('down' as const, 'mute' as const, 'deaf' as const),
      on: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('bus' as const), node, up: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('outage' as const), node }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'evict' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 3, 10, 40, 300, 2500, HEARTBEAT_MS, STALENESS_MS, 40_000),
    }),
  },
);

interface Played {
  faults: string[];
  /** Answers that came from somewhere other than the origin. */
  cachedAnswers: number;
}

/**
 * Plays a schedule on two processes against a reference: the origin is a number that only grows, so an answer
 * is too old exactly when it is smaller than what was committed long enough before the question.
 */
async function play(steps: readonly Step[], delays: readonly number[]): Promise<Played> {
  const clock = virtualClock();
  let token = 0;
  let turn = 0;
  const newToken = () => `w${++token}`;
  const delay = () => delays[turn++ % delays.length] ?? 1;
  const redis = modelRedis(clock, newToken, delay);
  let committed = 0;
  let cachedAnswers = 0;
  const wrong: string[] = [];
  /** `sure[n]`: since when nobody at process n may see anything older than the version. */
  const sure: { version: number; from: [number, number] }[] = [];
  const faults: Faults[] = [];
  const nodes: { cache: Cache; numbers: NamedCache<number>; connected: (is: boolean) => void }[] =
    [];
  for (let n = 0; n < 2; n++) {
    const own = { down: false, mute: false, deaf: false };
    const { shared, connected } = redis.connect(own);
    const random = () => (delay() % 10) / 10;
    const cache = localCache({ clock, newToken, random, shared });
    cache.start();
    faults.push(own);
    const numbers = cache.define({ name: 'numbers', schema: z.number(), ttlSeconds: 3600 });
    nodes.push({ cache, numbers, connected });
  }
  await clock.advance(HEARTBEAT_MS);

  const read = async (n: number, loadMs: number): Promise<void> => {
    const askedAt = clock.nowMs();
    const floor = Math.max(
      0,
      ...sure.filter(({ from }) => askedAt >= (from[n] ?? 0)).map(({ version }) => version),
    );
    const found = await nodes[n]?.numbers.get(
      ['a'],
      async () => {
        const seen = committed;
        await new Promise<void>((resolve) => void clock.after(loadMs, resolve));
        return seen;
      },
      { tags: ['t'] },
    );
    if (found === undefined) return;
    if (found.tier !== 'origin') cachedAnswers += 1;
    if ((found.value ?? -1) < floor) {
      wrong.push(`process ${n} at ${askedAt}: ${found.value} from ${found.tier}, not ${floor}`);
    }
  };

  const write = async (n: number, by: 'tag' | 'key' | 'all'): Promise<void> => {
    const here = nodes[n];
    const own = faults[n];
    if (here === undefined || own === undefined) return;
    committed += 1;
    const version = committed;
    const what = {
      tag: { tags: ['t'] },
      key: { keys: [here.numbers.keyOf(['a'])] },
      all: { all: true },
    }[by];
    await here.cache.invalidate(what);
    const now = clock.nowMs();
    // The other process is bounded when Redis took it, which here it did unless it was out of reach.
    const other =
      own.down || own.mute || delays.some((ms) => ms > 50) ? Infinity : now + STALENESS_MS;
    sure.push({ version, from: n === 0 ? [now, other] : [other, now] });
  };

  const running: Promise<void>[] = [];
  for (const now of steps) {
    if (now.do === 'read') running.push(read(now.node, now.loadMs));
    else if (now.do === 'write') running.push(write(now.node, now.by));
    else if (now.do === 'fault') Object.assign(faults[now.node] ?? {}, { [now.fault]: now.on });
    else if (now.do === 'bus') nodes[now.node]?.connected(now.up);
    else if (now.do === 'outage') {
      Object.assign(faults[now.node] ?? {}, { down: true });
      await write(now.node, 'tag');
      Object.assign(faults[now.node] ?? {}, { down: false });
      running.push(read(now.node, 1));
    } else if (now.do === 'flush') redis.flushAll();
    else if (now.do === 'evict') redis.evictGenerations();
    else await clock.advance(now.ms);
    await settled(1);
  }

  // All is well again, and was for a while: everybody sees the last version.
  for (const [n, { connected }] of nodes.entries()) {
    Object.assign(faults[n] ?? {}, { down: false, mute: false, deaf: false });
    connected(true);
  }
  await clock.advance(60_000);
  await Promise.all(running);
  await clock.advance(2 * STALENESS_MS);
  sure.push({ version: committed, from: [0, 0] });
  const last = [read(0, 1), read(1, 1)];
  await clock.advance(10_000);
  await Promise.all(last);
  const closing = nodes.map(({ cache }) => cache.close());
  await clock.advance(1000);
  await Promise.all(closing);
  return { faults: wrong, cachedAnswers };
}

describe('invalidation in every interleaving', () => {
  it('is never followed by an older value, on two processes with a failing Redis and bus', async () => {
    let cachedAnswers = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.array(fc.constantFrom(0, 1, 2, 5, 20, 45, 80), { minLength: 1, maxLength: 12 }),
        async (steps, delays) => {
          const played = await play(steps, delays);
          cachedAnswers += played.cachedAnswers;
          assert.deepEqual(played.faults, []);
        },
      ),
      { numRuns: Number(process.env['CACHE_RUNS'] ?? 250) },
    );
    assert.ok(cachedAnswers > 100, 'the schedules do use the cache');
  });

  it('reaches Redis within about a second of its return, at any phase of the heartbeat', async () => {
    for (const untilBeat of [500, 2000, 3900]) {
      const clock = virtualClock();
      let token = 0;
      const newToken = () => `w${++token}`;
      const redis = modelRedis(clock, newToken, () => 1);
      const own = { down: false, mute: false, deaf: false };
      const { shared } = redis.connect(own);
      const cache = localCache({ clock, newToken, random: () => 1, shared });
      cache.start();
      const numbers = cache.define({ name: 'numbers', schema: z.number(), ttlSeconds: 3600 });
      const asked = numbers.get(['a'], () => Promise.resolve(1), { tags: ['t'] });
      await clock.advance(untilBeat);
      await asked;
      assert.equal(redis.payloads().length, 1);
      own.down = true;
      const invalidated = cache.invalidate({ tags: ['t'] });
      await clock.advance(10);
      await invalidated;
      assert.equal(redis.payloads().length, 1, 'it did not get there');
      own.down = false;
      await clock.advance(1100);
      assert.equal(redis.payloads().length, 0);
      await cache.close();
    }
  });

  it('holds when it races a load under way', async () => {
    for (const by of ['tag', 'key', 'all'] as const) {
      for (const [reader, writer] of [
        [0, 0],
        [0, 1],
      ] as const) {
        const { faults } = await play(
          [
            { do: 'read', node: reader, loadMs: 400 },
            { do: 'wait', ms: 40 },
            { do: 'write', node: writer, by },
            { do: 'wait', ms: 2500 },
            { do: 'read', node: reader, loadMs: 1 },
            { do: 'wait', ms: STALENESS_MS },
            { do: 'read', node: 1 - reader, loadMs: 1 },
          ],
          [1],
        );
        assert.deepEqual(faults, []);
      }
    }
  });
});

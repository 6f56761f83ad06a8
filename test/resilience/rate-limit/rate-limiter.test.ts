import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CircuitOpenError } from '#src/errors.ts';
import type { Decision } from '#src/resilience/rate-limit/decision.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { chargingLongest, type Policy } from '#src/resilience/rate-limit/policy.ts';
import type { Guard } from '#src/resilience/rate-limit/batches.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import type { RedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import type { Subject } from '#src/resilience/rate-limit/subject.ts';
import { RedisError } from '#src/storage/redis/errors.ts';
import { certainWindow, policy, subjectsOf, type Admitted } from './subjects.ts';

type Health = 'up' | 'down' | 'reply lost';

/** A Redis whose clock is the test's: what it holds survives being down unless it is emptied. */
function fakeRedis(clock: { now: number }) {
  const fresh = () =>
    createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} });
  const state = {
    health: 'up' as Health,
    held: fresh(),
    calls: 0,
    resetAt: null as number | null,
  };
  const store: RedisStore = {
    async take(subject, cost, requests, write) {
      state.calls += 1;
      await Promise.resolve();
      if (state.health === 'down') throw new RedisError(new Error('Connection is closed.'));
      const verb = write ? 'take' : 'look';
      const readings = Array.from({ length: requests }, () =>
        state.held[verb](subject, cost, subject.set.quotas, clock.now),
      );
      if (state.health === 'reply lost') throw new RedisError(new Error('Command timed out'));
      return readings;
    },
    async reset(subject) {
      if (state.health === 'down') throw new RedisError(new Error('Connection is closed.'));
      state.held.reset(subject, clock.now);
      state.resetAt = clock.now;
    },
    async resetAgeMs() {
      if (state.health === 'down') throw new RedisError(new Error('Connection is closed.'));
      return state.resetAt === null ? null : clock.now - state.resetAt;
    },
  };
  return Object.assign(state, { store, empty: () => void (state.held = fresh()) });
}

function setup(
  policies: Policy[],
  options: {
    instances?: number;
    redis?: boolean | ReturnType<typeof fakeRedis>;
    guard?: Guard;
    clock?: { now: number };
  } = {},
) {
  const clock = options.clock ?? { now: 1000 };
  const redis = typeof options.redis === 'object' ? options.redis : fakeRedis(clock);
  const heard: string[] = [];
  const memory = createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} });
  const limiter = createRateLimiter({
    memory,
    redis: options.redis === false ? null : redis.store,
    guard: options.guard ?? ((work) => work()),
    monotonicMs: () => clock.now,
    events: {
      decided: (decision, asked) => heard.push(`${decision.outcome} ${decision.source} ${asked}`),
      storeFailed: (reason) => heard.push(`failed ${reason}`),
      degraded: (reason) => heard.push(`degraded ${reason}`),
      recovered: () => heard.push('recovered'),
    },
  });
  const subject = subjectsOf(policies, { instances: options.instances ?? 1 })(1);
  const decide = async (cost = 1, who: Subject = subject) => limiter.decide(who, cost);
  const times = async (n: number) => {
    const decisions: Decision[] = [];
    for (let i = 0; i < n; i += 1) decisions.push(await decide());
    return decisions;
  };
  return { clock, redis, heard, limiter, memory, subject, decide, times };
}

const admitted = (decisions: Decision[]) =>
  decisions.filter((d) => d.outcome === 'admitted').length;
const ten = [policy({ quota: 10, windowMs: 1000 })];

describe('the rate limiter with Redis', () => {
  it('asks Redis once a request and admits the quota', async () => {
    const { times, redis } = setup(ten);
    const decisions = await times(10);
    assert.equal(admitted(decisions), 10);
    assert.equal(redis.calls, 10);
    const [first, last] = [decisions[0], decisions[9]];
    assert.deepEqual(
      [first?.source, first?.backend, first?.remaining, last?.remaining, last?.resetMs],
      ['redis', 'redis', 9, 0, 1000],
    );
  });

  it('denies again without asking, until the moment that Redis gave', async () => {
    const { times, redis, clock, decide } = setup(ten);
    await times(11);
    clock.now += 400;
    const denied = await times(50);
    assert.equal(redis.calls, 11);
    assert.ok(denied.every((d) => d.outcome === 'limited' && d.source === 'local_block'));
    assert.equal(denied[0]?.retryAfterMs, 600);
    clock.now += 599;
    assert.equal((await decide()).outcome, 'limited');
    clock.now += 1;
    assert.equal((await decide()).outcome, 'admitted');
  });

  it('asks again for what costs less than what was denied', async () => {
    const { decide } = setup(ten);
    await decide(8);
    assert.equal((await decide(5)).outcome, 'limited');
    assert.equal((await decide(2)).outcome, 'admitted');
  });

  it('asks again for what costs more than what was denied: its wait is longer', async () => {
    const { decide, redis, clock } = setup(ten);
    await decide(1);
    clock.now += 500;
    await decide(9);
    const waits = async () => [(await decide(1)).retryAfterMs, (await decide(2)).retryAfterMs];
    assert.deepEqual(await waits(), [500, 1000]);
    const { calls } = redis;
    clock.now += 100;
    assert.deepEqual(await waits(), [400, 900], 'each is remembered');
    assert.equal(redis.calls, calls);
  });

  it('asks again after 10 s, so that a reset reaches every process', async () => {
    const { times, redis, clock, subject, decide } = setup([
      policy({ quota: 1, windowMs: 3_600_000 }),
    ]);
    await times(2);
    await redis.store.reset(subject);
    assert.equal((await decide()).outcome, 'limited');
    clock.now += 10_000;
    assert.equal((await decide()).outcome, 'admitted');
  });

  it('is named by the policy that denies longest, or that has the least left', async () => {
    const { times, decide, clock } = setup([
      policy({ quota: 3, windowMs: 1000 }),
      policy({ name: 'hour', quota: 4, windowMs: 60_000 }),
    ]);
    await times(3);
    clock.now += 1000;
    const nearest = await decide();
    assert.deepEqual([nearest.policy.name, nearest.remaining], ['hour', 0]);
    const denied = await decide();
    assert.deepEqual([denied.policy.name, denied.retryAfterMs], ['hour', 60_000]);
  });

  it('counts a request of no cost nowhere, and an absurd cost as one', async () => {
    const { decide, redis } = setup(ten);
    assert.equal((await decide(0)).outcome, 'bypassed');
    assert.equal((await decide(-3)).outcome, 'bypassed');
    assert.equal(redis.calls, 0);
    assert.equal((await decide(Number.NaN)).remaining, 9);
    assert.equal((await decide(1.2)).remaining, 7);
  });

  it('forgets on request, here and in Redis', async () => {
    const { times, limiter, subject } = setup(ten);
    await times(12);
    await limiter.reset(subject);
    assert.equal(admitted(await times(12)), 10);
    const { readings, backend } = await limiter.inspect(subject);
    assert.deepEqual([readings[0], backend], [10, 'redis']);
  });
});

describe('the rate limiter without its Redis', () => {
  it('goes on with what this process has seen, counting nobody twice', async () => {
    const { times, redis, heard } = setup(ten);
    await times(4);
    redis.health = 'down';
    const decisions = await times(8);
    assert.equal(admitted(decisions), 6);
    assert.ok(
      decisions.every(({ source, backend }) => source === 'insurance' && backend === 'memory'),
    );
    assert.deepEqual(heard.slice(4, 8), [
      'failed connection',
      'degraded connection',
      'admitted insurance redis',
      'failed connection',
    ]);
  });

  it('admits its share of the quota, and shows the whole', async () => {
    const { times, redis } = setup(ten, { instances: 3 });
    redis.health = 'down';
    const decisions = await times(8);
    assert.equal(admitted(decisions), 3);
    assert.equal(decisions[0]?.remaining, 2);
    assert.equal(decisions[0]?.policy.quota, 10);
  });

  it('admits its share of what was left when Redis answered last, until that has aged out', async () => {
    const { times, decide, redis, subject, clock } = setup(ten, { instances: 2 });
    redis.held.take(subject, 3, [10], clock.now);
    assert.equal((await decide()).remaining, 6);
    clock.now += 500;
    redis.health = 'down';
    const decisions = await times(20);
    // (10 - 4) / 2
    assert.equal(admitted(decisions), 3);
    assert.deepEqual(
      decisions.slice(0, 4).map(({ remaining }) => remaining),
      [2, 1, 0, 0],
    );
    assert.equal(decisions[4]?.retryAfterMs, 500);
    clock.now += 499;
    assert.equal((await decide()).outcome, 'limited');
    clock.now += 1;
    // What Redis told of is gone: its share of the whole, less what it spent since.
    assert.equal(admitted(await times(20)), 2);
    clock.now += 500;
    assert.equal(admitted(await times(20)), 3);
  });

  it('admits a lone retry at the moment that it was told, and not a millisecond earlier', async () => {
    const before = fc.record({
      others: fc.nat(9),
      own: fc.nat(4),
      gap: fc.nat(900),
      asked: fc.integer({ min: 1, max: 12 }),
      spread: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(before, fc.constantFrom(1, 2, 3), async (given, instances) => {
        const { decide, redis, subject, clock } = setup(ten, { instances });
        redis.held.take(subject, given.others, [10], clock.now);
        for (let i = 0; i < given.own; i += 1) await decide();
        clock.now += given.gap;
        redis.health = 'down';
        let last = await decide();
        for (let i = 0; i < given.asked; i += 1) {
          clock.now += given.spread;
          last = await decide();
        }
        if (last.outcome !== 'limited' || last.source !== 'insurance') return;
        clock.now += last.retryAfterMs - 1;
        assert.equal((await decide()).outcome, 'limited');
        clock.now += 1;
        assert.equal((await decide()).outcome, 'admitted');
      }),
      { numRuns: 300 },
    );
  });

  it('holds a fleet to what Redis said and a share of the rest each, whatever each knows', async () => {
    const uses = fc.array(fc.record({ who: fc.nat(2), gap: fc.constantFrom(0, 1, 30, 200) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(uses, fc.integer({ min: 1, max: 30 }), async (list, storm) => {
        const clock = { now: 1000 };
        const redis = fakeRedis(clock);
        const fleet = [0, 1, 2].map(() => setup(ten, { instances: 3, clock, redis }));
        const used = [0, 0, 0];
        let counted = 0;
        for (const { who, gap } of list) {
          clock.now += gap;
          const one = fleet[who] as ReturnType<typeof setup>;
          const { outcome, remaining } = await one.decide();
          counted += outcome === 'admitted' ? 1 : 0;
          used[who] = 10 - remaining;
        }
        redis.health = 'down';
        // Within the same window, so that nothing has aged out.
        if (clock.now >= 2000) return;
        for (const [who, { times }] of fleet.entries()) {
          const alone = admitted(await times(storm));
          assert.ok(alone <= Math.floor((10 - (used[who] ?? 0)) / 3));
          counted += alone;
        }
        assert.ok(counted <= 20);
      }),
      { numRuns: 200 },
    );
  });

  it('counts what it admitted alone against the next outage, too', async () => {
    const { times, redis, subject, clock, decide } = setup(ten, { instances: 2 });
    redis.held.take(subject, 4, [10], clock.now);
    await decide();
    redis.health = 'down';
    assert.equal(admitted(await times(9)), 2);
    redis.health = 'up';
    clock.now += 100;
    await decide();
    redis.health = 'down';
    // Others 4, its own 2 and the 2 of which Redis does not know: (10 - 8) / 2.
    assert.equal(admitted(await times(9)), 1);
  });

  it('asks Redis once for all that come in a turn', async () => {
    const { limiter, subject, redis } = setup(ten);
    const together = () => Array.from({ length: 40 }, async () => limiter.decide(subject, 1));
    const first = together();
    await Promise.resolve();
    await Promise.resolve();
    const rest = [...together(), ...together()];
    const decisions = await Promise.all([...first, ...rest]);
    assert.equal(redis.calls, 1);
    assert.deepEqual(
      decisions.map(({ remaining }) => remaining),
      [9, 8, 7, 6, 5, 4, 3, 2, 1, ...Array<number>(111).fill(0)],
    );
    assert.equal(admitted(decisions), 10);
  });

  it('lets in what costs more than its share, once', async () => {
    const { decide, redis } = setup(ten, { instances: 5 });
    redis.health = 'down';
    assert.equal((await decide(7)).outcome, 'admitted');
    assert.equal((await decide(1)).outcome, 'limited');
  });

  it('shares out the longest window of both ways to take from it', async () => {
    const hour = policy({ name: 'hour', quota: 40, windowMs: 10_000 });
    const { decide, subject, redis } = setup([...ten, hour], { instances: 2 });
    const part = { ...subject, set: chargingLongest(subject.set) };
    await decide(4);
    redis.health = 'down';
    const outcomes = [];
    for (const [cost, who] of [
      [3, subject],
      [10, part],
      [6, part],
      [5, part],
      [1, subject],
    ] as const) {
      outcomes.push((await decide(cost, who)).outcome);
    }
    // Of the 36 that were left 18 are its own, and of the 6 of the minute 3.
    assert.deepEqual(outcomes, ['admitted', 'admitted', 'limited', 'admitted', 'limited']);
  });

  it('says once that it is degraded and once that it has recovered', async () => {
    const { times, redis, heard, clock } = setup(ten);
    redis.health = 'down';
    await times(3);
    redis.health = 'up';
    clock.now += 5000;
    await times(3);
    const said = heard.filter((line) => /degraded|recovered/.test(line));
    assert.deepEqual(said, ['degraded connection', 'recovered']);
  });

  it('remembers what it admitted when Redis comes back empty, and when it can be tried again', async () => {
    const { times, redis, clock, decide } = setup(ten);
    await times(6);
    redis.health = 'down';
    await times(1);
    redis.health = 'up';
    redis.empty();
    clock.now += 100;
    const back = await times(8);
    assert.equal(admitted(back), 3);
    const wait = back[7]?.retryAfterMs ?? 0;
    assert.equal(wait, 900);
    clock.now += wait - 1;
    assert.equal((await decide()).outcome, 'limited');
    clock.now += 1;
    assert.equal((await decide()).outcome, 'admitted');
  });

  it('also when Redis was emptied between two requests', async () => {
    const { times, redis, limiter } = setup(ten);
    await times(10);
    redis.empty();
    limiter.connectionLost();
    assert.equal(admitted(await times(10)), 0);
  });

  it('also when Redis forgot and nobody said so', async () => {
    const { times, redis, limiter, subject, clock } = setup(ten);
    await times(7);
    redis.empty();
    assert.equal(admitted(await times(10)), 3);
    redis.empty();
    clock.now += 100;
    const together = Array.from({ length: 40 }, async () => limiter.decide(subject, 1));
    assert.equal(admitted(await Promise.all(together)), 0);
    clock.now += 1000;
    assert.equal(admitted(await times(12)), 10);
  });

  it('holds to what Redis denied, though this process admitted none of it', async () => {
    const { times, redis, subject, clock, decide } = setup([
      policy({ quota: 10, windowMs: 60_000 }),
    ]);
    redis.held.take(subject, 10, [10], clock.now);
    assert.equal((await decide()).outcome, 'limited');
    clock.now += 20_000;
    redis.health = 'down';
    assert.equal(admitted(await times(5)), 0);
    redis.health = 'up';
    redis.empty();
    clock.now += 20_000;
    assert.equal((await decide()).retryAfterMs, 20_000);
    clock.now += 20_000;
    assert.equal(admitted(await times(12)), 10);
  });

  it('also follows a reset by another process while Redis is unreliable', async () => {
    const { times, redis, limiter, subject, clock } = setup([
      policy({ quota: 10, windowMs: 60_000 }),
    ]);
    await times(11);
    limiter.connectionLost();
    clock.now += 100;
    await redis.store.reset(subject);
    clock.now += 10_000;
    assert.equal(admitted(await times(12)), 10);
  });

  it('forgets nothing when a reset fails', async () => {
    const { times, redis, limiter, subject } = setup(ten);
    await times(11);
    redis.health = 'down';
    await assert.rejects(limiter.reset(subject));
    assert.equal(admitted(await times(10)), 0);
  });

  it('admits those that came first when hundreds under way fail together', async () => {
    let refuse: (error: Error) => void = () => {};
    const hanging = new Promise<never>((_resolve, reject) => (refuse = reject));
    hanging.catch(() => {});
    const { limiter, subject } = setup(ten, { guard: () => hanging });
    const first = Array.from({ length: 500 }, async () => limiter.decide(subject, 1));
    refuse(new RedisError(new Error('Command timed out')));
    const decisions = await Promise.all(first);
    assert.deepEqual(
      decisions.slice(0, 11).map(({ outcome }) => outcome),
      [...Array<string>(10).fill('admitted'), 'limited'],
    );
    assert.equal(admitted(decisions), 10);
  });

  it('counts requests under way once when their answers are lost', async () => {
    const { limiter, subject, redis, times, clock } = setup(ten);
    redis.health = 'reply lost';
    const decisions = await Promise.all(
      Array.from({ length: 30 }, async () => limiter.decide(subject, 1)),
    );
    assert.equal(admitted(decisions), 10);
    redis.health = 'up';
    assert.equal(admitted(await times(5)), 0);
    clock.now += 1000;
    assert.equal(admitted(await times(12)), 10);
  });

  it('holds every window to the quota, whatever Redis does and forgets', async () => {
    const policies = [
      policy({ quota: 5, windowMs: 1000 }),
      policy({ name: 'hour', quota: 12, windowMs: 5000 }),
    ];
    const happenings = fc.array(
      fc.record({
        gap: fc.constantFrom(0, 1, 49, 50, 100, 400, 1000, 4000),
        requests: fc.integer({ min: 1, max: 9 }),
        health: fc.constantFrom<Health>('up', 'up', 'down', 'reply lost'),
        waitMs: fc.constantFrom(0, 0, 7, 50),
        forgets: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 3, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(happenings, async (list) => {
        let wait = 0;
        const { clock, redis, limiter, subject } = setup(policies, {
          guard: async (work) => {
            await Promise.resolve();
            clock.now += wait;
            wait = 0;
            return work();
          },
        });
        const log: Admitted[] = [];
        for (const { gap, requests, health, forgets, waitMs } of list) {
          clock.now += gap;
          wait = waitMs;
          redis.health = health;
          // A Redis that restarts drops its connections, and the store says so.
          if (forgets) redis.empty();
          if (forgets) limiter.connectionLost();
          const at = clock.now;
          const together = Array.from({ length: requests }, async () => limiter.decide(subject, 1));
          for (const { outcome } of await Promise.all(together)) {
            if (outcome === 'admitted') log.push({ at, until: clock.now });
          }
        }
        for (const { quota, windowMs } of policies) {
          assert.ok(certainWindow(log, windowMs) <= quota);
        }
      }),
      { numRuns: 120 },
    );
  });

  it('counts what it admits when room appeared while Redis kept it waiting', async () => {
    let waitMs = 0;
    const parts = setup(ten, {
      guard: (work) => {
        parts.clock.now += waitMs;
        return work();
      },
    });
    parts.redis.health = 'down';
    await parts.times(10);
    parts.clock.now += 999;
    waitMs = 50;
    assert.equal((await parts.decide()).outcome, 'admitted');
    waitMs = 0;
    assert.equal(admitted(await parts.times(20)), 9);
  });

  it('refuses as unavailable where the policy says so, with the breaker’s own time to retry', async () => {
    const open = new CircuitOpenError('redis_rate_limit', 'redis', 300);
    const guard = () => Promise.reject(open);
    const policies = [policy({ quota: 5, windowMs: 1000, onStoreError: 'deny' })];
    const { decide, heard, memory, subject } = setup(policies, { guard });
    const decision = await decide();
    assert.deepEqual(
      [decision.outcome, decision.source, decision.retryAfterMs],
      ['unavailable', 'none', 300],
    );
    assert.equal(heard[0], 'failed circuit_open');
    assert.equal(memory.look(subject, 0, [5], 1000)[0], 0);
  });

  it('counts nothing where the policy allows on error', async () => {
    const { times, redis } = setup([policy({ quota: 2, windowMs: 1000, onStoreError: 'allow' })]);
    redis.health = 'down';
    assert.equal(admitted(await times(20)), 20);
  });

  it('is not stopped by a guard that throws at once', async () => {
    const guard = () => {
      throw new Error('broken');
    };
    const { decide } = setup(ten, { guard });
    assert.equal((await decide()).source, 'insurance');
  });
});

describe('the rate limiter of one process', () => {
  it('decides at once, with the whole quota, and says memory', () => {
    const { limiter, subject } = setup(ten, { redis: false, instances: 4 });
    const decisions = Array.from({ length: 12 }, () => limiter.decide(subject, 1)) as Decision[];
    assert.ok(decisions.every((decision) => !(decision instanceof Promise)));
    assert.equal(admitted(decisions), 10);
    assert.equal(decisions[0]?.backend, 'memory');
  });

  it('shows in shadow mode what it would deny, and admits it', () => {
    const policies = [policy({ quota: 2, windowMs: 1000, mode: 'shadow' })];
    const { limiter, subject } = setup(policies, { redis: false });
    const decisions = Array.from({ length: 5 }, () => limiter.decide(subject, 1)) as Decision[];
    assert.equal(admitted(decisions), 5);
    assert.deepEqual(decisions[4]?.readings, [2, 1000, 1000]);
    assert.equal(decisions[4]?.remaining, 0);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createChannel, type Wire } from '#src/cluster/channel.ts';
import { createPeers } from '#src/cluster/peers.ts';
import { createSharedLimits } from '#src/cluster/shared-limits.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { policy, subjectsOf, worstWindow } from '#test/resilience/rate-limit/subjects.ts';

const QUOTA = 10;
const WINDOW_MS = 1000;

/** A primary, and processes that ask it as they do: what is sent is copied. */
function setUp(processes: number) {
  const clock = { now: 1000 };
  const memory = () =>
    createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} });
  const monotonicMs = () => clock.now;
  const handlers = createSharedLimits({ memory: memory(), monotonicMs });
  /** Of the primary: it hears nothing. */
  const state = { isStuck: false, degraded: 0 };
  const subject = subjectsOf([policy({ quota: QUOTA, windowMs: WINDOW_MS })], {
    instances: processes,
  })(1);
  /** In place of its deadline, so that no test waits for one. */
  const guard = <T>(work: () => Promise<T>): Promise<T> =>
    state.isStuck ? Promise.reject(new Error('late')) : work();
  const fork = () => {
    const listeners: ((message: unknown) => void)[] = [];
    const wire = (own: 0 | 1): Wire => ({
      send(message) {
        const copy: unknown = structuredClone(message);
        if (!state.isStuck) queueMicrotask(() => listeners[1 - own]?.(copy));
      },
      listen: (listener) => void (listeners[own] = listener),
    });
    createChannel(wire(0), handlers);
    const peers = createPeers(createChannel(wire(1), {}), true);
    const limiter = createRateLimiter({
      memory: memory(),
      redis: peers.limits,
      backend: 'memory',
      guard,
      monotonicMs,
      events: {
        decided: () => undefined,
        storeFailed: () => undefined,
        degraded: () => (state.degraded += 1),
        recovered: () => undefined,
      },
    });
    return { decide: async (cost = 1) => limiter.decide(subject, cost), limiter };
  };
  return { clock, state, fork, subject, all: Array.from({ length: processes }, fork) };
}

describe('limits of several processes', () => {
  it('admit exactly the quota of a burst over all, and say that memory has counted', async () => {
    const { all } = setUp(4);
    const decisions = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => all[n % 4]?.decide()),
    );
    assert.equal(decisions.filter((one) => one?.outcome === 'admitted').length, QUOTA);
    assert.ok(decisions.every((one) => one?.backend === 'memory'));
  });

  it('hold in any window, whichever process is asked, and when one is killed and started again', async () => {
    const step = fc.record({
      process: fc.nat(2),
      after: fc.integer({ min: 0, max: 120 }),
      cost: fc.integer({ min: 1, max: 3 }),
      dies: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, all, fork } = setUp(3);
        const admitted: { at: number; cost: number }[] = [];
        for (const { process, after, cost, dies } of steps) {
          clock.now += after;
          if (dies) all[process] = fork();
          const decision = await all[process]?.decide(cost);
          if (decision?.outcome === 'admitted') admitted.push({ at: clock.now, cost });
        }
        assert.ok(worstWindow(admitted, WINDOW_MS) <= QUOTA);
      }),
      { numRuns: 25 },
    );
  });

  it('are the same to the millisecond in each: a retry when it was told is admitted', async () => {
    const { clock, all } = setUp(2);
    for (let n = 0; n < QUOTA; n += 1) await all[n % 2]?.decide();
    const { retryAfterMs = 0 } = (await all[1]?.decide()) ?? {};
    assert.equal(retryAfterMs, WINDOW_MS);
    clock.now += retryAfterMs - 1;
    assert.equal((await all[0]?.decide())?.outcome, 'limited');
    clock.now += 1;
    assert.equal((await all[0]?.decide())?.outcome, 'admitted');
  });

  it('are shared out while the primary does not answer: together no more than was left', async () => {
    const { state, all } = setUp(2);
    // Each has heard from the primary what is used.
    for (let n = 0; n < 4; n += 1) await all[n % 2]?.decide();
    state.isStuck = true;
    const alone = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => all[n % 2]?.decide()),
    );
    const admitted = alone.filter((one) => one?.outcome === 'admitted').length;
    assert.ok(admitted > 0 && admitted <= QUOTA - 4, String(admitted));
    assert.equal(state.degraded, 2);
  });

  it('are forgotten by all when an operator resets them', async () => {
    const { clock, all, subject } = setUp(2);
    for (let n = 0; n < 2 * QUOTA; n += 1) await all[n % 2]?.decide();
    await all[0]?.limiter.reset(subject);
    assert.equal((await all[0]?.decide())?.outcome, 'admitted');
    // Denials are remembered for 10 s without asking, at most as long as they hold.
    clock.now += WINDOW_MS;
    const rest = await Promise.all(Array.from({ length: 20 }, async () => all[1]?.decide()));
    assert.equal(rest.filter((one) => one?.outcome === 'admitted').length, QUOTA);
    const { readings } = (await all[0]?.limiter.inspect(subject)) ?? {};
    assert.equal(readings?.[0], QUOTA);
  });
});

import assert from 'node:assert/strict';
import { z } from 'zod';
import type { RemoteTier } from '#src/resilience/cache/remote-tier.ts';
import { modelRedis } from './model.ts';
import { localCache, recorded } from './rig.ts';
import { virtualClock } from './virtual-clock.ts';

const spec = { name: 'numbers', schema: z.number(), ttlSeconds: 100, staleIfErrorSeconds: 1000 };

/** Two processes with one Redis, all connected. */
async function processes(behind = (tier: RemoteTier) => tier) {
  const clock = virtualClock();
  let token = 0;
  const newToken = () => `w${++token}`;
  const redis = modelRedis(clock, newToken, () => 1);
  const log = recorded();
  const start = () => {
    const faults = { down: false, mute: false, deaf: false };
    const { shared: direct } = redis.connect(faults);
    const shared = { ...direct, tier: behind(direct.tier) };
    const cache = localCache({ clock, newToken, random: () => 0.5, shared, events: log.events });
    cache.start();
    return { cache, numbers: cache.define(spec), faults };
  };
  const [one, two] = [start(), start()];
  await clock.advance(1000);
  /** Asks, and lets the load and its round trips come to an end. */
  const ask = async ({ numbers }: typeof one, load: () => Promise<number>) => {
    const found = numbers.get(['a'], load);
    await clock.advance(100);
    const { value, result, tier } = await found;
    return [value, result, tier];
  };
  const close = async () => {
    const closing = [one, two].map(({ cache }) => cache.close());
    await clock.advance(1000);
    await Promise.all(closing);
  };
  return { clock, one, two, log, ask, close };
}

describe('a lookup with a shared tier', () => {
  it('renews an entry that is due in the background, once over two processes', async () => {
    const { clock, one, two, log, ask, close } = await processes();
    let loads = 0;
    const load = () => Promise.resolve(++loads);
    assert.deepEqual(await ask(one, load), [1, 'miss', 'origin']);
    assert.deepEqual(await ask(two, load), [1, 'hit', 'l2']);
    await clock.advance(91_000);
    const gate = Promise.withResolvers<number>();
    const slow = () => ((loads += 1), gate.promise);
    assert.equal((await ask(one, slow))[0], 1);
    assert.equal((await ask(two, slow))[0], 1);
    assert.equal(loads, 2, 'the other process waits for the first');
    gate.resolve(2);
    await clock.advance(100);
    assert.equal((await ask(one, load))[0], 2);
    await clock.advance(1000);
    await ask(two, load);
    assert.equal((await ask(two, load))[0], 2);
    assert.equal(loads, 2);
    assert.equal(log.count('loaded numbers refresh found'), 1);
    await close();
  });

  it('serves stale on error what only Redis still holds, and not for ever', async () => {
    const { clock, one, two, ask, close } = await processes();
    const down = () => Promise.reject(new Error('down'));
    await ask(one, () => Promise.resolve(1));
    await clock.advance(150_000);
    assert.deepEqual(await ask(two, down), [1, 'stale', 'l2']);
    await clock.advance(1_000_000);
    const failed = assert.rejects(two.numbers.get(['a'], down), /down/);
    await clock.advance(100);
    await failed;
    await close();
  });

  it('ends a held failure after 250 ms, and shares it with other processes until then', async () => {
    const { clock, one, two, close } = await processes();
    let loads = 0;
    const fails = () => {
      loads += 1;
      return Promise.reject(new Error('down'));
    };
    const ask = async ({ numbers }: typeof one) => {
      const asked = numbers.get(['a'], fails).catch((error: Error) => error.message);
      await clock.advance(20);
      return asked;
    };
    assert.equal(await ask(one), 'down');
    assert.equal(await ask(one), 'down');
    assert.equal(await ask(two), 'The same work failed a moment ago.');
    assert.equal(loads, 1);
    await clock.advance(300);
    assert.equal(await ask(two), 'down');
    assert.equal(loads, 2);
    await close();
  });

  it('serves no entry stale on error that was invalidated unheard', async () => {
    const { clock, one, two, ask, close } = await processes();
    await ask(one, () => Promise.resolve(1));
    one.faults.deaf = true;
    const invalidated = two.cache.invalidate({ keys: [two.numbers.keyOf(['a'])] });
    await clock.advance(15_000);
    await invalidated;
    const failed = assert.rejects(
      one.numbers.get(['a'], () => Promise.reject(new Error('down'))),
      /down/,
    );
    await clock.advance(100);
    await failed;
    await close();
  });

  it('keeps nothing that was invalidated between its store and the answer to that', async () => {
    const stored = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { clock, one, ask, close } = await processes((tier) => ({
      ...tier,
      async store(...args) {
        const outcome = await tier.store(...args);
        stored.resolve();
        await gate.promise;
        return outcome;
      },
    }));
    const early = one.numbers.get(['a'], () => Promise.resolve(1));
    await clock.advance(100);
    await stored.promise;
    const invalidated = one.cache.invalidate({ keys: [one.numbers.keyOf(['a'])] });
    await clock.advance(100);
    await invalidated;
    gate.resolve();
    await clock.advance(100);
    assert.equal((await early).stored, false);
    assert.deepEqual(await ask(one, () => Promise.resolve(2)), [2, 'miss', 'origin']);
    await close();
  });
});

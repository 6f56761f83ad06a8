import assert from 'node:assert/strict';
import { z } from 'zod';
import type { CacheDeps } from '#src/resilience/cache/cache.ts';
import { AppError } from '#src/errors.ts';
import { localCache, recorded } from './rig.ts';
import { settled, virtualClock } from './virtual-clock.ts';

const schema = z.object({ n: z.number() });

function rig(deps: Partial<CacheDeps> = {}) {
  const clock = virtualClock();
  const { events, lines, count } = recorded();
  const cache = localCache({ clock, events, random: () => 0.5, ...deps });
  return { clock, cache, lines, count };
}

/** A load that a test lets go. */
function gated() {
  const gates: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];
  return {
    gates,
    load: () => {
      const gate = Promise.withResolvers<unknown>();
      gates.push(gate);
      return gate.promise as Promise<never>;
    },
  };
}

describe('cache', () => {
  it('tells of every cache that is defined, and of functions once', () => {
    const { cache, lines } = rig();
    cache.define({ name: 'numbers', ttlSeconds: 60 });
    for (let i = 0; i < 2; i++) cache.cached({ ttlSeconds: 60 })(() => i);
    assert.deepEqual(lines, ['defined numbers', 'defined functions']);
  });

  it('loads once for 10,000 concurrent lookups, then hits', async () => {
    const { cache } = rig();
    const numbers = cache.define({ name: 'numbers', schema, ttlSeconds: 60 });
    let loads = 0;
    const load = async () => {
      loads += 1;
      await settled();
      return { n: loads };
    };
    const all = await Promise.all(Array.from({ length: 10_000 }, () => numbers.get(['a'], load)));
    assert.equal(loads, 1);
    assert.ok(all.every(({ value }) => value === all[0]?.value));
    assert.deepEqual((await numbers.get(['a'], load)).result, 'hit');
    const { hits, misses, loads: counted, coalesced, cached_entries } = cache.getCacheStats();
    assert.deepEqual([hits, misses, counted, coalesced], [1, 10_000, 1, 9999]);
    assert.equal(cached_entries, 1);
  });

  it('shares a failing load with all waiters, holds the error 250 ms, then loads again', async () => {
    const { cache, clock } = rig();
    const numbers = cache.define({ name: 'numbers', ttlSeconds: 60 });
    let loads = 0;
    const load = () => Promise.reject(new Error(`no ${++loads}`));
    const ask = () => numbers.get(['a'], load).catch((error: Error) => error.message);
    const all = await Promise.all(Array.from({ length: 10_000 }, ask));
    assert.deepEqual(new Set(all), new Set(['no 1']));
    await clock.advance(200);
    assert.equal(await ask(), 'no 1');
    await clock.advance(100);
    assert.equal(await ask(), 'no 2');
    assert.equal(loads, 2);
  });

  it('renews once in the background at about 90 % of the TTL, and never serves beyond it', async () => {
    const { cache, clock } = rig();
    const numbers = cache.define({ name: 'numbers', ttlSeconds: 100 });
    let n = 0;
    const load = () => Promise.resolve(++n);
    const ask = async () => (await numbers.get(['a'], load)).value;
    assert.equal(await ask(), 1);
    await clock.advance(89_000);
    assert.equal(await ask(), 1);
    await clock.advance(2000);
    assert.deepEqual([await ask(), await ask()], [1, 1]);
    await settled();
    assert.equal(n, 2);
    assert.equal(await ask(), 2);
    await clock.advance(100_000);
    assert.equal(await ask(), 3);
  });

  it('spreads renewals by a tenth each way', async () => {
    for (const [random, before, after] of [
      [0, 80_000, 81_500],
      [0.999, 98_000, 99_500],
    ] as const) {
      const { cache, clock } = rig({ random: () => random });
      const numbers = cache.define({ name: 'numbers', ttlSeconds: 100 });
      let n = 0;
      const ask = () => numbers.get(['a'], () => Promise.resolve(++n));
      await ask();
      await clock.advance(before);
      await ask();
      await settled();
      assert.equal(n, 1);
      await clock.advance(after - before);
      await ask();
      await settled();
      assert.equal(n, 2);
    }
  });

  it('serves stale on error within staleIfErrorSeconds, but not for a 4xx', async () => {
    const { cache, clock } = rig();
    const spec = { ttlSeconds: 10, staleIfErrorSeconds: 60 };
    const numbers = cache.define({ name: 'numbers', ...spec });
    let failure: Error = new Error('down');
    let works = true;
    const load = () => (works ? Promise.resolve(1) : Promise.reject(failure));
    await numbers.get(['a'], load);
    works = false;
    await clock.advance(11_000);
    const old = await numbers.get(['a'], load);
    assert.deepEqual([old.value, old.result, old.ttlMs, old.ageMs], [1, 'stale', -1000, 11_000]);
    assert.equal((await numbers.get(['a'], load)).result, 'stale', 'while the failure is held');
    await clock.advance(1000);
    failure = new AppError('NOT_FOUND', 'gone');
    await assert.rejects(numbers.get(['a'], load), { code: 'NOT_FOUND' });
    failure = new Error('down');
    await clock.advance(60_000);
    await assert.rejects(numbers.get(['a'], load), /down/);
  });

  it('keeps negative entries for their own TTL and within their own budget', async () => {
    const { cache, clock, count } = rig();
    const spec = { ttlSeconds: 60, negativeTtlSeconds: 5 };
    const numbers = cache.define<number>({ name: 'numbers', ...spec });
    let loads = 0;
    const nothing = () => Promise.resolve(void ++loads);
    assert.equal((await numbers.get(['a'], nothing)).result, 'miss');
    assert.equal((await numbers.get(['a'], nothing)).result, 'negative');
    await clock.advance(5001);
    await numbers.get(['a'], nothing);
    assert.equal(loads, 2);
    await numbers.get(['kept'], () => Promise.resolve(1));
    for (let i = 0; i < 5000; i++) await numbers.get([i], nothing);
    assert.ok(cache.getCacheStats().cached_entries <= 1001);
    assert.equal((await numbers.get(['kept'], () => Promise.resolve(2))).value, 1);
    assert.ok(count('evicted numbers negative_budget') >= 4000);
  });

  it('keeps no negative entry without a negative TTL', async () => {
    const { cache } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    let loads = 0;
    for (let i = 0; i < 3; i++) await numbers.get(['a'], () => Promise.resolve(void ++loads));
    assert.equal(loads, 3);
  });

  it('invalidates a key, a tag and everything, loads under way included', async () => {
    const { cache } = rig();
    const numbers = cache.define<unknown>({ name: 'numbers', ttlSeconds: 60 });
    for (const what of [{ keys: [numbers.keyOf(['a'])] }, { tags: ['t'] }, { all: true }]) {
      const { gates, load } = gated();
      const ask = () => numbers.get(['a'], load, { tags: ['t'] });
      const early = ask();
      await cache.invalidate(what);
      const late = ask();
      assert.equal(gates.length, 2, 'a later one does not wait for the load that was invalidated');
      gates[1]?.resolve('new');
      assert.equal((await late).value, 'new');
      gates[0]?.resolve('old');
      assert.equal((await early).value, 'old');
      assert.equal((await ask()).value, 'new');
      assert.equal(await cache.invalidate(what), 1);
      const again = ask();
      gates[2]?.resolve('newer');
      assert.equal((await again).value, 'newer');
      await cache.invalidate({ all: true });
    }
  });

  it('ends a held failure at an invalidation', async () => {
    const { cache } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    await assert.rejects(
      numbers.get(['a'], () => Promise.reject(new Error('no')), { tags: ['t'] }),
    );
    await cache.invalidate({ tags: ['t'] });
    assert.equal((await numbers.get(['a'], () => Promise.resolve(1))).value, 1);
  });

  it("returns frozen values, not the loader's object", async () => {
    const { cache } = rig();
    const things = cache.define<{ list: { n: number }[] }>({ name: 'things', ttlSeconds: 60 });
    const mine = { list: [{ n: 1 }] };
    const first = await things.get(['a'], () => Promise.resolve(mine));
    mine.list[0] = { n: 666 };
    assert.throws(() => first.value?.list.push({ n: 2 }), TypeError);
    assert.throws(() => Object.assign(first.value?.list[0] ?? {}, { n: 2 }), TypeError);
    const second = await things.get(['a'], () => Promise.reject(new Error()));
    assert.deepEqual(second.value, { list: [{ n: 1 }] });
  });

  it('hands a value that is no JSON through, to each waiter a copy, and stores nothing', async () => {
    const { cache, count } = rig();
    const things = cache.define<Map<string, number>>({ name: 'things', ttlSeconds: 60 });
    let loads = 0;
    const load = async () => {
      loads += 1;
      await settled();
      return new Map([['a', loads]]);
    };
    const [a, b] = await Promise.all([things.get(['a'], load), things.get(['a'], load)]);
    assert.deepEqual([a.value, b.value], [new Map([['a', 1]]), new Map([['a', 1]])]);
    assert.notEqual(a.value, b.value);
    await things.get(['a'], load);
    assert.equal(loads, 2);
    assert.equal(count('writeRejected things not_json'), 2);
  });

  it('stays below maxBytes for values of any size', async () => {
    const maxBytes = 200_000;
    const { cache } = rig({ maxBytes });
    const texts = cache.define<string>({ name: 'texts', ttlSeconds: 60 });
    for (let i = 0; i < 5000; i++) {
      const length = Math.floor(10 ** (((i * 7919) % 50) / 10));
      await texts.get([i], () => Promise.resolve('x'.repeat(length)));
      const { memory_usage_estimate: used } = cache.getCacheStats();
      assert.ok(used <= maxBytes, `${used}`);
    }
    const { evictions, cached_entries } = cache.getCacheStats();
    assert.ok(evictions > 1000 && cached_entries > 10);
  });

  it('aborts a load when its last waiter has left, not before', async () => {
    const { cache } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    const seen: AbortSignal[] = [];
    const load = (signal: AbortSignal) => {
      seen.push(signal);
      return new Promise<never>(() => {});
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const first = numbers.get(['a'], load, { signal: one.signal });
    const second = numbers.get(['a'], load, { signal: two.signal });
    one.abort(new Error('gone'));
    await assert.rejects(first, /gone/);
    assert.equal(seen[0]?.aborted, false);
    two.abort(new Error('gone too'));
    await assert.rejects(second, /gone too/);
    assert.equal(seen[0]?.aborted, true);
    assert.equal(
      (await numbers.get(['a'], () => Promise.resolve(3))).value,
      3,
      'no failure is held',
    );
  });

  it('aborts a load after loadTimeoutMs', async () => {
    const { cache, clock } = rig();
    const slow = cache.define<number>({ name: 'slow', ttlSeconds: 60, loadTimeoutMs: 1000 });
    const asked = slow.get(['a'], () => new Promise<never>(() => {}));
    const failed = assert.rejects(asked, { name: 'TimeoutError' });
    await clock.advance(1001);
    await failed;
  });

  it('bypasses the cache when it is disabled, closed, or the key cannot be encoded', async () => {
    for (const [enabled, key] of [
      [false, 'a'],
      [true, () => 1],
    ] as const) {
      const { cache, count } = rig({ enabled });
      const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
      let loads = 0;
      for (let i = 0; i < 3; i++) await numbers.get([key], () => Promise.resolve(++loads));
      assert.equal(loads, 3);
      assert.equal(count('lookedUp numbers origin bypass'), 3);
      assert.equal(cache.getCacheStats().enabled, enabled);
    }
    const { cache } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    await numbers.get(['a'], () => Promise.resolve(1));
    await cache.close();
    assert.equal((await numbers.get(['a'], () => Promise.resolve(2))).value, 2);
  });

  it('leaves no timer behind when it is closed', async () => {
    const { cache, clock } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    await numbers.get(['a'], () => Promise.resolve(1));
    await assert.rejects(numbers.get(['b'], () => Promise.reject(new Error('no'))));
    await cache.close();
    assert.equal(clock.timers, 0);
  });

  it('keeps entries of different owners apart, and refuses an owner that is no word', async () => {
    const { cache } = rig();
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    const ask = async (owner: string, n: number) =>
      (await numbers.get(['a'], () => Promise.resolve(n), { owner })).value;
    assert.deepEqual([await ask('one', 1), await ask('two', 2)], [1, 2]);
    assert.deepEqual([await ask('one', 3), await ask('two', 3), await ask('all', 3)], [1, 2, 3]);
    assert.equal(await cache.invalidate({ keys: [numbers.keyOf(['a'], 'one')] }), 1);
    assert.deepEqual([await ask('one', 4), await ask('two', 4), await ask('all', 4)], [4, 2, 3]);
    for (const owner of ['', 'one.two', 'one:two', 'x'.repeat(65)]) {
      await assert.rejects(ask(owner, 5), /owner/);
    }
  });

  it('refuses a name that is taken or malformed', () => {
    const { cache } = rig();
    cache.define({ name: 'numbers', ttlSeconds: 60 });
    for (const name of ['numbers', 'functions', 'No Name', '']) {
      assert.throws(() => cache.define({ name, ttlSeconds: 60 }));
    }
  });

  it('refuses NaN, negative and infinite times', () => {
    const { cache } = rig();
    for (const ttlSeconds of [NaN, -1, Infinity]) {
      assert.throws(() => cache.define({ name: 'numbers', ttlSeconds }));
      assert.throws(() => cache.cached({ ttlSeconds })(() => 1));
    }
    assert.throws(() => cache.define({ name: 'numbers', ttlSeconds: 60, negativeTtlSeconds: NaN }));
  });

  describe('cached(…)(fn)', () => {
    it('calls a function once for equal arguments', async () => {
      const { cache, clock } = rig();
      const calls: unknown[][] = [];
      const add = cache.cached({ ttlSeconds: 300 })(async (...args: unknown[]) => {
        calls.push(args);
        return calls.length;
      });
      assert.deepEqual([await add(1), await add(1)], [1, 1]);
      assert.deepEqual([await add('1'), await add(1, undefined), await add([1])], [2, 3, 4]);
      assert.deepEqual([await add({ a: 1, b: 2 }), await add({ b: 2, a: 1 })], [5, 5]);
      await clock.advance(300_001);
      assert.equal(await add(1), 6);
    });

    it('calls a function with what it was given, though the caller changes that meanwhile', async () => {
      const { cache } = rig();
      const doubled = cache.cached({ ttlSeconds: 60 })(({ n }: { n: number }) => 2 * n);
      const given = { n: 1 };
      const asked = doubled(given);
      given.n = 50;
      assert.equal(await asked, 2);
      assert.equal(await doubled({ n: 1 }), 2);
    });

    it('keeps functions apart', async () => {
      const { cache } = rig();
      const make = (result: number) => cache.cached({ ttlSeconds: 300 })(() => result);
      const [one, two] = [make(1), make(2)];
      assert.deepEqual([await one(), await two(), await one()], [1, 2, 1]);
    });

    it('keeps undefined and null as results', async () => {
      const { cache } = rig();
      let calls = 0;
      const nothing = cache.cached({ ttlSeconds: 300 })((what: null | undefined) => {
        calls += 1;
        return what;
      });
      for (let i = 0; i < 2; i++) {
        assert.equal(await nothing(null), null);
        assert.equal(await nothing(undefined), undefined);
      }
      assert.equal(calls, 2);
    });

    it('counts its entries and bytes under functions', async () => {
      const { cache } = rig();
      const { cached, getCacheStats } = cache;
      const twice = cached({ ttlSeconds: 300 })((n: number) => 2 * n);
      await Promise.all([twice(1), twice(1), twice(2)]);
      const { cached_entries, memory_usage_estimate, caches } = getCacheStats();
      assert.equal(cached_entries, 2);
      assert.ok(memory_usage_estimate > 0);
      assert.equal(caches['functions']?.cached_entries, 2);
    });
  });
});

import assert from 'node:assert/strict';
import type { Logger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { runNode } from '#test/support/run-node.ts';
import { cacheEvents, observeCache } from '#src/resilience/cache/metrics.ts';
import { localCache } from './rig.ts';

const log = { info: () => undefined, warn: () => undefined } as unknown as Logger;

async function sample(start: string): Promise<number | undefined> {
  const { body } = await renderMetrics(undefined);
  const line = body.split('\n').find((text) => text.startsWith(start));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('metrics of the cache', () => {
  it('have every child from the definition of a cache on, and count lookups by tier and result', async () => {
    const cache = localCache({ events: cacheEvents({ log }) });
    const series = (tier: string, result: string) =>
      `cache_requests_total{cache="numbers",tier="${tier}",result="${result}"}`;
    assert.equal(await sample(series('l1', 'hit')), undefined);
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 60 });
    for (const start of [
      series('l1', 'hit'),
      series('l2', 'error'),
      'cache_loads_total{cache="numbers",mode="refresh",outcome="cancelled"}',
      'cache_coalesced_total{cache="numbers",scope="fleet"}',
      'cache_evictions_total{cache="numbers",reason="negative_budget"}',
      'cache_invalidations_total{cache="numbers",kind="tag",origin="bus"}',
      'cache_writes_rejected_total{cache="numbers",reason="too_large"}',
    ]) {
      assert.equal(await sample(start), 0, start);
    }
    // Of all caches of the process: other tests have invalidated some.
    const all = 'cache_invalidations_total{cache="all",kind="all",origin="local"}';
    assert.notEqual(await sample(all), undefined);
    for (let n = 0; n < 3; n++) await numbers.get(['a'], () => Promise.resolve(1));
    assert.equal(await sample(series('origin', 'miss')), 1);
    assert.equal(await sample(series('l1', 'hit')), 2);
  });

  it('fold caches beyond the bound into one', async () => {
    // In a process of its own: names that were seen once stay in the registry.
    const { stdout, stderr } = await runNode([
      '--input-type=module-typescript',
      '--eval',
      `import { renderMetrics } from '#telemetry/metrics.ts';
       import { cacheEvents } from '#src/resilience/cache/metrics.ts';
       import { localCache } from '#test/resilience/cache/rig.ts';
       const cache = localCache({ events: cacheEvents({ log: undefined as never }) });
       for (let i = 0; i < 50; i++) {
         const numbers = cache.define<number>({ name: 'made_up_' + i, ttlSeconds: 60 });
         await numbers.get(['a'], () => Promise.resolve(1));
       }
       console.log((await renderMetrics(undefined)).body);`,
    ]).result;
    const misses = stdout
      .split('\n')
      .filter((line) => /^cache_requests_total{.*tier="origin",result="miss"}/.test(line));
    assert.equal(misses.length, 21, stderr);
    assert.ok(
      misses.includes('cache_requests_total{cache="other",tier="origin",result="miss"} 30'),
    );
  });

  it('show what the process holds, and no bus where there is none', async () => {
    const cache = localCache();
    cache.define({ name: 'empty', ttlSeconds: 60 });
    const stop = observeCache(cache);
    const { cached } = cache;
    await cached({ ttlSeconds: 60 })((text: string) => text)('x'.repeat(1000));
    assert.equal(await sample('cache_entries{cache="functions"}'), 1);
    assert.equal(await sample('cache_entries{cache="empty"}'), 0);
    assert.ok(((await sample('cache_bytes{cache="functions"}')) ?? 0) > 2000);
    assert.equal(await sample('cache_bus_connected'), undefined);
    stop();
    assert.equal(await sample('cache_entries'), undefined);
  });
});

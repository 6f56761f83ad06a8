import assert from 'node:assert/strict';
import type { Logger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { cacheEvents, observeCache } from '#src/resilience/cache/metrics.ts';
import { localCache } from './rig.ts';

const log = { info: () => undefined, warn: () => undefined } as unknown as Logger;

async function sample(start: string): Promise<number | undefined> {
  const { body } = await renderMetrics(undefined);
  const line = body.split('\n').find((text) => text.startsWith(start));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('metrics of the cache', () => {
  it('count look-ups by cache, tier and result, and names that nobody knows as one', async () => {
    const cache = localCache({ events: cacheEvents({ log }) });
    const series = (tier: string, result: string) =>
      `cache_requests_total{cache="other",tier="${tier}",result="${result}"}`;
    const [misses = 0, hits = 0] = [
      await sample(series('origin', 'miss')),
      await sample(series('l1', 'hit')),
    ];
    for (let i = 0; i < 50; i++) {
      const numbers = cache.define<number>({ name: `made_up_${i}`, ttlSeconds: 60 });
      for (let n = 0; n < 3; n++) await numbers.get(['a'], () => Promise.resolve(1));
    }
    assert.equal(await sample(series('origin', 'miss')), misses + 50);
    assert.equal(await sample(series('l1', 'hit')), hits + 100);
    const { body } = await renderMetrics(undefined);
    assert.ok(!body.includes('made_up'));
  });

  it('show what the process holds, and no bus where there is none', async () => {
    const cache = localCache();
    observeCache(cache);
    const { cached } = cache;
    await cached({ ttlSeconds: 60 })((text: string) => text)('x'.repeat(1000));
    assert.equal(await sample('cache_entries{cache="functions"}'), 1);
    assert.ok(((await sample('cache_bytes{cache="functions"}')) ?? 0) > 2000);
    assert.equal(await sample('cache_bus_connected'), undefined);
  });
});

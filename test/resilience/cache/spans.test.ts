import assert from 'node:assert/strict';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { withSpan } from '#test/support/with-span.ts';
import { localCache } from './rig.ts';
import { settled, virtualClock } from './virtual-clock.ts';

const readable = (span: unknown) => span as ReadableSpan;
const activeSpan = () => readable(trace.getActiveSpan());

describe('spans of the cache', () => {
  it("put the result of a lookup on the caller's span, without the key", async () => {
    const numbers = localCache().define<number>({ name: 'numbers', ttlSeconds: 60 });
    for (const [result, tier] of [
      ['miss', 'origin'],
      ['hit', 'l1'],
    ]) {
      const { attributes } = await withSpan('request', {}, async (span) => {
        await numbers.get(['candidate_42'], () => Promise.resolve(1));
        return readable(span);
      });
      assert.equal(attributes['cache.name'], 'numbers');
      assert.deepEqual([attributes['cache.result'], attributes['cache.tier']], [result, tier]);
      assert.equal(typeof attributes['cache.age_ms'], 'number');
      assert.ok(!JSON.stringify(attributes).includes('42'));
    }
  });

  it('show a load below the caller who began it, and link it from those who joined', async () => {
    const numbers = localCache().define<number>({ name: 'numbers', ttlSeconds: 60 });
    const loads: ReadableSpan[] = [];
    const ask = () =>
      withSpan('request', {}, async (span) => {
        await numbers.get(['a'], async () => {
          loads.push(activeSpan());
          await settled();
          return 1;
        });
        return readable(span);
      });
    const [first, second] = await Promise.all([ask(), ask()]);
    const [load] = loads;
    assert.equal(loads.length, 1);
    assert.ok(load?.ended);
    assert.equal(load.name, 'cache.load');
    assert.equal(load.parentSpanContext?.spanId, first.spanContext().spanId);
    assert.deepEqual(first.links, []);
    assert.equal(second.links[0]?.context.spanId, load.spanContext().spanId);
    const later = await ask();
    assert.deepEqual(later.links, []);
  });

  it('show a load in the background as a trace of its own, linked to the request that asked', async () => {
    const clock = virtualClock();
    const cache = localCache({ clock, random: () => 0.5 });
    const numbers = cache.define<number>({ name: 'numbers', ttlSeconds: 100 });
    const loads: ReadableSpan[] = [];
    const ask = () =>
      context.with(ROOT_CONTEXT, () =>
        withSpan('request', {}, async (span) => {
          await numbers.get(['a'], () => {
            loads.push(activeSpan());
            return Promise.resolve(1);
          });
          return readable(span);
        }),
      );
    await ask();
    await clock.advance(91_000);
    const asking = await ask();
    await settled();
    const refresh = loads[1];
    assert.equal(refresh?.parentSpanContext, undefined);
    assert.notEqual(refresh?.spanContext().traceId, asking.spanContext().traceId);
    assert.equal(refresh?.links[0]?.context.spanId, asking.spanContext().spanId);
  });
});

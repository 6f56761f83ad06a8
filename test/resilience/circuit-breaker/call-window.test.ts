import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CallWindow } from '#src/resilience/circuit-breaker/call-window.ts';

describe('call window', () => {
  it('counts what lies in the last 20 slots, whatever the steps of time', () => {
    const steps = fc.array(fc.record({ ms: fc.nat(4000), failed: fc.boolean() }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, fc.nat(1e9), (calls, start) => {
        const window = new CallWindow(10_000);
        const kept: { slot: number; failed: boolean }[] = [];
        let now = start;
        for (const { ms, failed } of calls) {
          now += ms;
          const slot = Math.floor(now / 500);
          window.add(now, failed);
          kept.push({ slot, failed });
          const recent = kept.filter((call) => slot - call.slot < 20);
          assert.equal(window.calls, recent.length);
          assert.equal(window.failures, recent.filter((call) => call.failed).length);
        }
      }),
    );
  });

  it('is empty after its span, and has no ratio then', () => {
    const window = new CallWindow(10_000);
    window.add(500, true);
    assert.equal(window.failureRatio, 1);
    window.advance(10_499);
    assert.equal(window.calls, 1);
    window.advance(10_500);
    assert.deepEqual([window.calls, window.failures, window.failureRatio], [0, 0, 0]);
  });
});

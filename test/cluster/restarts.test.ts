import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recentEnds, restartDelay } from '#src/cluster/restarts.ts';

describe('a process that ended by itself', () => {
  it('is started again after 100 ms, then later each time, up to 5 s, and with the eleventh end not at all', () => {
    const delays = Array.from({ length: 11 }, (_, n) =>
      restartDelay(
        Array.from({ length: n + 1 }, () => 0),
        0,
      ),
    );
    assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, null]);
  });

  it('is forgiven ends that are two minutes old', () => {
    const old = Array.from({ length: 50 }, () => 0);
    assert.equal(restartDelay([...old, 120_000], 120_000), 100);
  });

  it('waits longer the more have ended, and the memory of ends is bounded by giving up', () => {
    const times = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(times, (unsorted) => {
        let ends: number[] = [];
        for (const now of unsorted.toSorted((a, b) => a - b)) {
          ends = [...recentEnds(ends, now), now];
          const delay = restartDelay(ends, now);
          if (delay === null) return assert.equal(ends.length, 11);
          assert.ok(delay >= 100 && delay <= 5000);
          assert.ok(delay >= (restartDelay(ends.slice(1), now) ?? 0));
          assert.ok(ends.length <= 10);
        }
      }),
    );
  });
});

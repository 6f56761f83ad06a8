import assert from 'node:assert/strict';
import { createFloodGuard } from '#telemetry/flood-guard.ts';

function guarded(perSecond: number) {
  const clock = { now: 0 };
  const summaries: [string, number][] = [];
  const guard = createFloodGuard<string>({
    perSecond,
    now: () => clock.now,
    summarise: (event, suppressed) => summaries.push([event, suppressed]),
  });
  return { guard, clock, summaries };
}

describe('the flood guard', () => {
  it('admits the first of a key in each second and tells how many it held back', () => {
    const { guard, clock, summaries } = guarded(2);
    const admitted = [1, 2, 3, 4].map(() => guard.admit('a', 'A'));
    assert.deepEqual(admitted, [true, true, false, false]);
    assert.equal(guard.admit('b', 'B'), true);
    clock.now = 1000;
    assert.equal(guard.admit('a', 'A'), true);
    assert.deepEqual(summaries, [['A', 2]]);
  });

  it('says nothing of keys that stayed below', () => {
    const { guard, summaries } = guarded(2);
    guard.admit('a', 'A');
    guard.flush();
    assert.deepEqual(summaries, []);
  });

  it('counts keys beyond its capacity together, so that memory is bounded', () => {
    const { guard, summaries } = guarded(1);
    const admitted = Array.from({ length: 10_000 }, (_, i) => guard.admit(`key ${i}`, 'X'));
    assert.equal(admitted.filter(Boolean).length, 501);
    guard.flush();
    assert.deepEqual(summaries, [['X', 9499]]);
  });
});

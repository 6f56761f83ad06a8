import assert from 'node:assert/strict';
import { calibrationError } from './confidence.ts';
import {
  areaUnderCurve,
  bootstrap,
  microF1,
  pairsInOrder,
  ranksOf,
  shareOfTrue,
  spearman,
  weightedF1,
} from './statistics.ts';

describe('the formulas of validation', () => {
  it('rank equal values alike', () => {
    assert.deepEqual(ranksOf([30, 10, 20, 10]), [4, 1.5, 3, 1.5]);
  });

  it('count how often a positive is above a negative, and a tie for half', () => {
    const items = [
      { score: 3, positive: true },
      { score: 1, positive: true },
      { score: 1, positive: false },
      { score: 0, positive: false },
    ];
    assert.equal(areaUnderCurve(items), 3.5 / 4);
  });

  it('correlate ranks, not values', () => {
    assert.equal(spearman([1, 2, 3, 400].map((x, i) => [x, i] as const)), 1);
    assert.equal(spearman([4, 3, 2, 1].map((x, i) => [x, i] as const)), -1);
    // Worked by hand: ranks (1,2.5,2.5,4) and (1,3,2,4).
    const value = spearman([
      [1, 10],
      [5, 30],
      [5, 20],
      [9, 40],
    ]);
    assert.ok(Math.abs(value - 4.5 / Math.sqrt(4.5 * 5)) < 1e-12);
  });

  it('count a tie as a wrong pair, and pairs closer than the gap not at all', () => {
    const items: [number, number][] = [
      [1, 1],
      [2, 2],
      [2, 3],
      [9, 3.2],
    ];
    assert.equal(pairsInOrder(items, 0.5), 4 / 5);
  });

  it('count labels over all items', () => {
    const items = [
      { found: ['a'], truth: ['a', 'b'] },
      { found: ['c'], truth: ['a'] },
    ];
    assert.equal(microF1(items), 2 / 5);
    assert.equal(weightedF1(items), 4 / 9);
    assert.equal(shareOfTrue([true, false, true, true]), 0.75);
  });

  it('resample the same way each time, around the value', () => {
    const items = Array.from({ length: 60 }, (_, i) => [i, (i * 7) % 60] as const);
    const interval = bootstrap(items, spearman);
    assert.deepEqual(bootstrap(items, spearman), interval);
    assert.ok(interval[0] < spearman(items) && spearman(items) < interval[1]);
  });
});

describe('the error of calibration', () => {
  it('is none where as many hold as were said to, and the difference elsewhere', () => {
    assert.equal(
      calibrationError([
        [0.5, true],
        [0.5, false],
      ]),
      0,
    );
    assert.equal(calibrationError([[1, false]]), 1);
    assert.ok(
      Math.abs(
        calibrationError([
          [0.9, true],
          [0.2, false],
        ]) - 0.15,
      ) < 1e-9,
    );
  });
});

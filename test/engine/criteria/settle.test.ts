import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { Observation } from '#src/engine/criteria/criterion.ts';
import { settle } from '#src/engine/criteria/settle.ts';
import type { CriterionSpec } from '#src/engine/rubric.ts';

function spec(changes: Partial<CriterionSpec>): CriterionSpec {
  return {
    name: 'm',
    category: 'c',
    weight: 1,
    kind: 'defect',
    deviation: 0,
    shrink: 8,
    ...changes,
  };
}

function fact(amount: number, changes: Partial<Observation> = {}): Observation {
  return {
    rule: 'r',
    type: 't',
    source: 'code',
    file: null,
    startLine: null,
    endLine: null,
    message: 'm',
    amount,
    ...changes,
  };
}

const facts = fc.array(
  fc
    .record({ amount: fc.double({ min: -60, max: 60, noNaN: true }), cap: fc.option(fc.nat(100)) })
    .map(({ amount, cap }) => fact(amount, cap === null ? {} : { criterionCap: cap })),
  { maxLength: 40 },
);

describe('settle', () => {
  for (const kind of ['defect', 'earned'] as const) {
    it(`closes the sum of points of ${kind} metrics and stays on the scale`, () => {
      fc.assert(
        fc.property(facts, fc.nat(500), (observations, sample) => {
          const { base, score, points } = settle(spec({ kind, scale: 2 }), sample, observations);
          const total = points.reduce((sum, value) => sum + value, base);
          assert.ok(Math.abs(total - score) < 0.05, `${total} is not ${score}`);
          assert.ok(score >= 0 && score <= 100);
        }),
      );
    });
  }

  it('starts a faultless small submission near the middle and a large one near the top', () => {
    const clean = (n: number): number => settle(spec({}), n, []).score;
    assert.deepEqual([clean(2), clean(20), clean(80)], [60, 85.7, 95.5]);
  });

  it('never rewards a defect and never punishes its removal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1 }),
        fc.nat(200),
        (amounts, n) => {
          const all = settle(
            spec({}),
            n,
            amounts.map((amount) => fact(amount)),
          );
          const fewer = settle(
            spec({}),
            n,
            amounts.slice(1).map((amount) => fact(amount)),
          );
          assert.ok(all.points.every((value) => value <= 0.05));
          assert.ok(fewer.score >= all.score);
        },
      ),
    );
  });

  it('gives ever less for more of the same', () => {
    const units = (n: number): number =>
      settle(
        spec({ kind: 'earned', scale: 3 }),
        1,
        Array.from({ length: n }, () => fact(1)),
      ).score;
    assert.ok(units(2) - units(1) > units(6) - units(5));
    assert.ok(units(1000) <= 100);
  });

  it('books the difference to a cap on the fact that set it', () => {
    const { score, points } = settle(spec({}), 80, [fact(1), fact(1, { criterionCap: 40 })]);
    assert.equal(score, 40);
    assert.ok((points[1] ?? 0) < -50);
  });
});

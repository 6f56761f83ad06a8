import assert from 'node:assert/strict';
import fc from 'fast-check';
import { curveOf, fitCurves } from './calibration.ts';

/** What was stated in a table, and of ten such statements how many held. */
const ten = (table: string, stated: number, held: number) =>
  Array.from({ length: 10 }, (_, at) => ({
    project: 'one',
    table,
    stated,
    held: at < held,
    weight: 1,
  }));

describe('a curve of calibration', () => {
  it('says how often what was stated came true', () => {
    const items = [
      ...ten('a', 0.1, 4),
      ...ten('a', 0.3, 7),
      ...ten('a', 0.6, 9),
      ...Array.from({ length: 20 }, () => ten('a', 0.1, 4)).flat(),
      ...Array.from({ length: 20 }, () => ten('a', 0.3, 7)).flat(),
    ];
    const curve = fitCurves(items).get('a');
    assert.ok(Math.abs((curve?.(0.1) ?? 0) - 0.4) < 0.02);
    assert.ok(Math.abs((curve?.(0.3) ?? 0) - 0.7) < 0.02);
  });

  it('of few statements is near the one of all', () => {
    const many = Array.from({ length: 30 }, () => [
      ...ten('many', 0.2, 2),
      ...ten('many', 0.8, 8),
    ]).flat();
    const few = ten('few', 0.2, 10).slice(0, 1);
    const curves = fitCurves([...many, ...few]);
    assert.ok(Math.abs((curves.get('few')?.(0.8) ?? 0) - (curves.get('many')?.(0.8) ?? 1)) < 0.2);
  });

  it('is finite, where all of its statements held, too, and nothing is certain', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), {
          minLength: 1,
          maxLength: 60,
        }),
        (list) => {
          const items = list.map(([stated, held]) => ({
            project: 'one',
            table: 'a',
            stated,
            held,
            weight: 1,
          }));
          const curve = fitCurves(items).get('a');
          assert.ok(curve);
          for (const [, percent] of curveOf(curve)) assert.ok(percent >= 0 && percent <= 99);
        },
      ),
      { numRuns: 50 },
    );
  });
});

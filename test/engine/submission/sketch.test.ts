import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sketchOf } from '#src/engine/submission/sketch.ts';
import { fileFacts } from '#test/support/facts.ts';

const places = { first: 0, last: 0, unit: -1, startLine: 1, endLine: 2 };
const fileOf = (hashes: number[], role: 'source' | 'vendored' = 'source') =>
  fileFacts({ role, fingerprints: hashes.map((hash) => ({ hash, ...places })) });
const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const hashes = (maxLength: number) => fc.uniqueArray(hash, { maxLength });

describe('the sketch of a submission', () => {
  it('has at most 512 fingerprints, and all of its own below a limit', () => {
    fc.assert(
      fc.property(hashes(2000), (all) => {
        const { level, hashes: kept } = sketchOf([fileOf(all)], []);
        assert.ok(kept.length <= 512);
        const below = (limit: number) => all.filter((each) => each < limit);
        assert.deepEqual(
          kept,
          below(2 ** (32 - level)).toSorted((a, b) => a - b),
        );
        // The limit is no lower than it has to be.
        if (level > 0) assert.ok(below(2 ** (33 - level)).length > 512);
      }),
    );
  });

  it('does not depend on how the code is spread over files', () => {
    fc.assert(
      fc.property(hashes(50), hashes(50), (one, two) => {
        const apart = sketchOf([fileOf(one), fileOf(two)], []);
        assert.deepEqual(sketchOf([fileOf([...two, ...one])], []), apart);
      }),
    );
  });

  it('is of the own code: without what was given, and without libraries', () => {
    const own = fileOf([1, 2, 3, 4]);
    const given = fileOf([3, 9]);
    assert.deepEqual(sketchOf([own, fileOf([7], 'vendored')], [given]).hashes, [1, 2, 4]);
  });
});

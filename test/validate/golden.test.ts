import assert from 'node:assert/strict';
import { goldenSubmissions } from '#src/engine/golden.ts';
import { measureServedGolden } from './golden-served.ts';
import { isSameVersion, measureGolden, movedBetween, storedGolden } from './golden-corpus.ts';

describe('the golden corpus', () => {
  it('has the scores and the evidence that were kept, under the version that was kept', async () => {
    const [before, now] = [storedGolden(), await measureGolden()];
    assert.ok(Object.keys(before.results).length >= 40);
    assert.deepEqual(
      movedBetween(before, now),
      [],
      'Scores moved: raise the version of engine or rubric, then `npm run golden`.',
    );
    assert.ok(isSameVersion(before, now), 'Another version: `npm run golden`.');
  });

  it('has, to the byte, what every process expects of the submissions that it judges again', async () => {
    assert.deepEqual(goldenSubmissions, await measureServedGolden(), '`npm run golden`');
  });

  it('tells a score that moved by a tenth, and a result that came or went', () => {
    const before = storedGolden();
    const [name = '', digest] = Object.entries(before.results)[0] ?? [];
    assert.ok(digest);
    const { [name]: _gone, ...rest } = before.results;
    const nudged = { ...digest, overall: (digest.overall ?? 0) + 0.1 };
    assert.deepEqual(movedBetween(before, { ...before, results: rest }), [name]);
    assert.deepEqual(movedBetween(before, { ...before, results: { ...rest, [name]: nudged } }), [
      name,
    ]);
    assert.ok(!isSameVersion(before, { ...before, engine_version: '0.0.0' }));
  });
});

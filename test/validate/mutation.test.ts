import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { pathNames } from '#src/engine/contract.ts';
import { publishedRubric, realEngine } from '#test/support/engine.ts';
import { readGroundTruth } from './data.ts';
import { caughtMutants, mutationTable, type Caught } from './mutation.ts';
import { inOrder, readPairs } from './pairs.ts';

const folder = fileURLToPath(new URL('../fixtures/validate', import.meta.url));
const rubric = publishedRubric();
const criteria = pathNames.flatMap((path) =>
  rubric.data.paths[path].metrics.map(({ name }) => [path, name] as const),
);
/** Has no score before there is an earlier version to compare with, so that no fault in it can show. */
const never = 'adaptability';

describe('versions of one program, one of them worse in one respect', () => {
  const pairs = readPairs();
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const pair of pairs)
    it(`are put in order by ${pair.path}.${pair.criterion} (${pair.language}): ${pair.respect}`, () => {
      assert.ok(inOrder(pair, (content) => run(content, { paths_to_evaluate: [pair.path] })));
    });

  it('are there for each criterion, in three languages at least', () => {
    for (const [path, criterion] of criteria.filter(([, name]) => name !== never)) {
      const own = pairs.filter((pair) => pair.path === path && pair.criterion === criterion);
      assert.ok(new Set(own.map(({ language }) => language)).size >= 3, `${path}.${criterion}`);
    }
  });

  it(`never come out with a score for ${never}, since each is a first version`, () => {
    for (const { better } of pairs) {
      const { path_scores } = run(better, { paths_to_evaluate: ['problem_solving'] });
      assert.equal(path_scores[0]?.metrics.find(({ name }) => name === never)?.score, null);
    }
  });
});

describe('a criterion with a fault in it', () => {
  let caught: Caught[];
  before(async () => {
    caught = await caughtMutants(readGroundTruth(folder), readPairs(), rubric);
  });
  after(() => {
    console.log(mutationTable(caught.filter(({ criterion }) => criterion !== never)));
  });

  for (const [path, criterion] of criteria.filter(([, name]) => name !== never))
    it(`fails a row that knows better: ${path}.${criterion}`, () => {
      const own = caught.filter((one) => one.path === path && one.criterion === criterion);
      assert.deepEqual(
        own.map(({ fault, by }) => [fault, by.length > 0]),
        [
          ['sign flipped', true],
          ['always 50', true],
        ],
      );
    });
});

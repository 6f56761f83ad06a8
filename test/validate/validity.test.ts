import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AssessmentContent } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { realEngine } from '#test/support/engine.ts';
import { readGroundTruth, type GroundTruth } from './data.ts';
import type { Row } from './rows.ts';
import { measure, tableOf, validityOf } from './validity.ts';

const folder = fileURLToPath(new URL('../fixtures/validate', import.meta.url));

/**
 * Twelve projects on which graders and engine agreed when they were chosen: they guard (a sign that is wrong,
 * a criterion that fell silent), and measure nothing.
 */
describe('validation on a small part of the data', () => {
  let data: GroundTruth;
  let rows: Row[];
  let results: Map<string, EngineResult>;
  const keyOf = (content: AssessmentContent): string =>
    `${content.files?.length}:${content.files?.map((file) => file.content.length).join()}`;

  before(async () => {
    data = readGroundTruth(folder);
    const run = await realEngine();
    results = new Map();
    const remembered = (content: AssessmentContent): EngineResult => {
      const result = run(content);
      results.set(keyOf(content), result);
      return result;
    };
    rows = measure(data, remembered, await loadGrammars());
  });

  it('has the rows that the data allows, each with its interval and ceiling', () => {
    assert.deepEqual(
      rows.map(({ id, n }) => [id, n]),
      [
        ['elegance', 12],
        ['readability', 12],
        ['documentation', 12],
        ['readme_sections', 4],
        ['similar_by_chance', 66],
        ['table_gocognit', 12],
      ],
    );
    for (const { interval, value } of rows) {
      assert.ok(interval[0] <= value && value <= interval[1], `${value} in ${interval.join()}`);
    }
    assert.equal(tableOf(rows).split('\n').length, 7);
  });

  it('passes every row', () => {
    assert.deepEqual(
      rows.filter(({ pass }) => !pass).map(({ id, value }) => [id, value]),
      [],
    );
  });

  const flips: [row: string, path: string, criterion: string | null][] = [
    ['elegance', 'design', null],
    ['readability', 'collaboration', 'readability'],
    ['documentation', 'collaboration', 'documentation'],
  ];
  for (const [id, path, criterion] of flips) {
    it(`fails ${id} when the sign of its score is flipped`, async () => {
      const flipped = (content: AssessmentContent): EngineResult => {
        const result = structuredClone(results.get(keyOf(content)));
        assert.ok(result);
        for (const one of result.path_scores.filter((score) => score.path === path)) {
          if (criterion === null) one.overall_score = 100 - (one.overall_score ?? 0);
          for (const metric of one.metrics)
            if (metric.name === criterion) metric.score = 100 - (metric.score ?? 0);
        }
        return result;
      };
      const again = measure({ ...data, counts: [], readmes: [] }, flipped, await loadGrammars());
      assert.deepEqual(
        again.filter(({ pass }) => !pass).map((row) => row.id),
        [id],
      );
    });
  }

  it('writes what the endpoint serves: the versions, what is not claimed, no verdict', () => {
    const [result] = results.values();
    assert.ok(result);
    const document = validityOf(rows, result);
    assert.equal(document['engine_version'], result.engine_version);
    assert.match(JSON.stringify(document['not_claimed']), /Correctness: nothing .* is executed/);
    assert.ok(!JSON.stringify(document).includes('"pass"'));
    const served = JSON.parse(readFileSync('src/engine/validity.json', 'utf8')) as typeof document;
    assert.deepEqual(Object.keys(served), Object.keys(document));
  });

  it('has no row for data that is not there', async () => {
    const none = readGroundTruth('/nowhere/at/all');
    assert.deepEqual(measure(none, await realEngine(), await loadGrammars()), []);
  });
});

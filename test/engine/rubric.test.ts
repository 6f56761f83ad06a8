import assert from 'node:assert/strict';

import { pathNames } from '#src/engine/contract.ts';
import { criterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import { interpolate, loadRubric, parseRubric } from '#src/engine/rubric.ts';
import { publishedRubric } from '#test/support/engine.ts';

describe('rubric', () => {
  it('is published under its version, and unknown versions are not there', () => {
    assert.equal(publishedRubric().data.version, '2026-12');
    for (const version of ['1999-01', '__proto__', 'toString'])
      assert.equal(loadRubric(version), undefined);
  });

  it('rejects unknown keys anywhere', () => {
    const data = structuredClone(publishedRubric().data);
    assert.throws(() => parseRubric({ ...data, extra: 1 }), /extra/);
    const [first] = data.paths.technical.metrics;
    assert.throws(
      () =>
        parseRubric({
          ...data,
          paths: {
            ...data.paths,
            technical: { ...data.paths.technical, metrics: [{ ...first, bonus: 5 }] },
          },
        }),
      /bonus/,
    );
  });

  it('names the source of every threshold and curve', () => {
    const { thresholds, curves } = publishedRubric().data;
    for (const [name, { source }] of Object.entries({ ...thresholds, ...curves }))
      assert.ok(source.length > 5, name);
  });

  it('has exactly the metrics of the catalogue, and weights of 100 a path', () => {
    for (const path of pathNames) {
      const { metrics } = publishedRubric().data.paths[path];
      assert.deepEqual(
        metrics.map(({ name }) => name).sort(),
        Object.keys(criterionCatalogue[path]).sort(),
      );
      assert.equal(
        metrics.reduce((sum, { weight }) => sum + weight, 0),
        100,
      );
    }
  });

  it('changes its hash with any number', () => {
    const data = structuredClone(publishedRubric().data);
    const before = parseRubric(data).hash;
    const limit = data.thresholds['naming_short_scope'];
    assert.ok(limit);
    limit.value += 1;
    assert.notEqual(parseRubric(data).hash, before);
  });

  it('reads curves linearly and flat outside their anchors', () => {
    const anchors = [
      [4, 100],
      [8, 85],
      [15, 60],
    ] as const;
    assert.deepEqual(
      [0, 4, 6, 8, 15, 99].map((raw) => interpolate(anchors, raw)),
      [100, 100, 92.5, 85, 60, 60],
    );
  });
});

/** A result scored again without some of its evidence, over real results as they are stored. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathNames, type PathName } from '#src/engine/contract.ts';
import type { Evidence, MetricScore } from '#src/engine/result-schema.ts';
import { evidenceById, scoreWithout, type Rescored } from '#src/engine/score-without.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { sampleResults } from '#test/features/reports/results.ts';
import { publishedRubric } from '#test/support/engine.ts';

const rubric = publishedRubric();
/** Scores have one decimal. */
const CLOSE = 0.1 + 1e-9;

const rescore = (
  result: AssessmentResult,
  without: ReadonlySet<Evidence>,
  weights: Partial<Record<PathName, number>> = {},
) => scoreWithout(result, without, { weights, rubric });
const numbers = ({ overall, paths }: Rescored) => [
  overall,
  ...paths.flatMap(({ score, metrics }) => [score, ...metrics.map((metric) => metric.score)]),
];
const told = ({ overall_score: overall, path_scores: paths }: AssessmentResult) => [
  overall,
  ...paths.flatMap(({ overall_score: score, metrics }) => [
    score,
    ...metrics.map((metric) => metric.score),
  ]),
];
const isClose = (one: number | null, other: number | null) =>
  one === null || other === null ? one === other : Math.abs(one - other) <= CLOSE;

describe('a result scored again without some of its evidence', () => {
  let results: [string, AssessmentResult][];
  before(async function () {
    this.timeout(120_000);
    results = [...(await sampleResults())];
  });

  /** What anyone can work out from the JSON alone. */
  const metricOf = ({ base, score, evidence }: MetricScore, without: ReadonlySet<Evidence>) => {
    if (score === null) return null;
    const rest = evidence.filter((item) => !without.has(item));
    const sum = base + rest.reduce((total, { points }) => total + points, 0);
    return Math.min(100, Math.max(0, sum));
  };

  it('is the result where nothing is left out', () => {
    assert.ok(results.length >= 50, `${results.length} results`);
    for (const [name, result] of results) {
      assert.deepEqual(numbers(rescore(result, new Set())), told(result), name);
    }
  });

  it('is made of what remains: points, weights, caps and floors, to 0.1', () => {
    const some = fc.record({
      at: fc.nat(),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    });
    const property = fc.property(some, ({ at, picks }) => {
      const [name, result] = results[at % results.length] ?? assert.fail();
      const items = [...evidenceById(result).values()].map(({ item }) => item);
      if (items.length === 0) return;
      const without = new Set(picks.map((pick) => items[pick % items.length] ?? assert.fail()));
      const again = rescore(result, without);
      const scores = result.path_scores.map((path, index) => {
        const scored = again.paths[index] ?? assert.fail(name);
        const metrics = path.metrics.map((metric) => metricOf(metric, without));
        scored.metrics.forEach(({ score }, nth) =>
          assert.ok(isClose(score, metrics[nth] ?? null), `${name}: ${path.path}`),
        );
        // Each step from the rounded scores of the one before.
        const weighted = path.metrics.flatMap(({ weight }, nth) => {
          const score = scored.metrics[nth]?.score ?? null;
          return score === null ? [] : [{ weight, score }];
        });
        const caps = path.metrics
          .flatMap(({ evidence }) => evidence)
          .filter((item) => !without.has(item) && item.metadata['caps_path_at'] !== undefined)
          .map((item) => Number(item.metadata['caps_path_at']));
        const whole = weighted.reduce((total, { weight }) => total + weight, 0);
        const mean = weighted.reduce((total, { weight, score }) => total + weight * score, 0);
        const expected = path.overall_score === null ? null : Math.min(mean / whole, ...caps);
        assert.ok(isClose(scored.score, expected), `${name}: ${path.path} ${scored.score}`);
        return { path: path.path, score: scored.score };
      });
      const counted = scores.flatMap(({ path, score }) => {
        const { weight, floor } = rubric.data.paths[path];
        if (score === null && floor === undefined) return [];
        return [{ weight, score: Math.max(score ?? 0, floor?.value ?? 0) }];
      });
      const whole = counted.reduce((total, { weight }) => total + weight, 0);
      const mean = counted.reduce((total, { weight, score }) => total + weight * score, 0) / whole;
      const none = scores.every(({ score }) => score === null);
      assert.ok(isClose(again.overall, none ? null : mean), `${name}: ${again.overall}`);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('never falls where what is left out cost points, and never rises where it earned them', () => {
    let costs = 0;
    for (const [name, result] of results) {
      const before = rescore(result, new Set());
      for (const { path, item } of evidenceById(result).values()) {
        if (item.points === 0) continue;
        const after = rescore(result, new Set([item]));
        const direction = item.points < 0 ? 1 : -1;
        // A fact that caps its path costs beside its points.
        if (direction < 0 && item.metadata['caps_path_at'] !== undefined) continue;
        const [was, is] = [numbers(before), numbers(after)];
        was.forEach((score, index) => {
          const moved = (is[index] ?? 0) - (score ?? 0);
          assert.ok(moved * direction >= 0, `${name}: ${path} ${item.rule} ${moved}`);
        });
        if (direction > 0) costs += 1;
      }
    }
    assert.ok(costs > 500, `${costs} items that cost points`);
  });

  it('has no cap any more once the fact that capped it is left out', () => {
    const result = new Map(results).get('a secret') ?? assert.fail();
    const capping = [...evidenceById(result).values()].find(
      ({ item }) => item.metadata['caps_path_at'] !== undefined,
    );
    const { item } = capping ?? assert.fail('nothing caps');
    const scoreOf = ({ paths }: Rescored) => paths.find(({ path }) => path === 'technical')?.score;
    assert.equal(scoreOf(rescore(result, new Set())), 60);
    assert.ok((scoreOf(rescore(result, new Set([item]))) ?? 0) > 60);
  });

  it('stays under a cap of which the result tells no fact', () => {
    const result = structuredClone(new Map(results).get('a secret') ?? assert.fail());
    const items = [...evidenceById(result).values()];
    for (const { item } of items) delete item.metadata['caps_path_at'];
    const other = items.find(({ path, item }) => path === 'technical' && item.points < 0);
    const { item } = other ?? assert.fail();
    const technical = ({ paths }: Rescored) => paths.find(({ path }) => path === 'technical');
    assert.equal(technical(rescore(result, new Set()))?.score, 60);
    assert.equal(technical(rescore(result, new Set([item])))?.score, 60);
  });

  it('weighs paths as they were asked for', () => {
    const [, result] =
      results.find(([, { path_scores: paths }]) =>
        paths.every(({ overall_score: score }) => score !== null),
      ) ?? assert.fail();
    const scoreOf = (name: PathName) =>
      result.path_scores.find(({ path }) => path === name)?.overall_score;
    for (const path of pathNames.filter((name) => name !== 'communication')) {
      const weights = Object.fromEntries(pathNames.map((name) => [name, name === path ? 2 : 0]));
      assert.equal(rescore(result, new Set(), weights).overall, scoreOf(path));
    }
  });
});

describe('the ids of evidence', () => {
  it('tell all items of a result apart, and are the same where the result has none', async () => {
    for (const [name, result] of await sampleResults()) {
      const count = result.path_scores
        .flatMap(({ metrics }) => metrics)
        .reduce((total, { evidence }) => total + evidence.length, 0);
      const ids = [...evidenceById(result).keys()];
      assert.equal(ids.length, count, name);
      for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
      const old = structuredClone(result);
      for (const { item } of evidenceById(result).values()) assert.ok(item.id !== undefined);
      for (const { item } of evidenceById(old).values()) delete item.id;
      // Without texts an item is told by less than it was named by.
      if (name !== 'no explanations') assert.deepEqual([...evidenceById(old).keys()], ids, name);
      assert.equal(evidenceById(old).size, count, name);
    }
  });
});

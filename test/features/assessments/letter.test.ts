import assert from 'node:assert/strict';
import { pathNames } from '#src/engine/contract.ts';
import { gradeOf, letterOf } from '#src/features/assessments/letter.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';

/** @param scores of the paths that were asked for */
function resultOf(
  overall_score: number | null,
  scores: (number | null)[],
  { confidence = 0.8, deviation = 2 } = {},
) {
  const paths = scores.map((score, index) => ({
    path: pathNames[index],
    overall_score: score,
    deviation,
  }));
  const weights = Object.fromEntries(paths.map(({ path }) => [path, 1 / paths.length]));
  return {
    overall_score,
    confidence,
    weights,
    path_scores: paths as AssessmentResult['path_scores'],
  };
}

const scale = { bounds: { A: 90, B: 80, C: 70, D: 60 }, minimum_confidence: 0.5 };

describe('the letter of a result', () => {
  it('changes at its bounds', () => {
    const scores = [100, 90, 89.9, 80, 79.9, 70, 69.9, 60, 59.9, 0];
    const letters = scores.map((score) => letterOf(resultOf(score, [score, score, score]), scale));
    assert.deepEqual(letters, ['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D', 'F', 'F']);
  });

  it('is given on three paths with a score, or on all where fewer were asked for', () => {
    const none = (score: number | null, scores: (number | null)[]) => {
      const { grade, reason, range } = gradeOf(resultOf(score, scores), scale);
      assert.deepEqual([grade, range], [null, null]);
      return reason;
    };
    assert.match(none(95, [95, 95, null, null, null]) ?? '', /^2 of the 3 paths/);
    assert.match(none(95, [95, null]) ?? '', /^1 of the 2 paths/);
    assert.equal(none(null, [null]), 'There is no overall score.');
    assert.equal(letterOf(resultOf(95, [95, 95, 95, null, null]), scale), 'A');
    assert.equal(letterOf(resultOf(95, [95]), scale), 'A');
  });

  it('is not given where little was handed in, unless the rubric lets it', () => {
    const little = resultOf(95, [95, 95, 95], { confidence: 0.49 });
    assert.equal(letterOf(little, scale), null);
    assert.match(gradeOf(little, scale).reason ?? '', /confidence is 0\.49, and one needs 0\.5/);
    assert.equal(letterOf(little, { ...scale, minimum_confidence: 0 }), 'A');
  });

  it('is told with what it may as well be: a deviation of the overall score either way', () => {
    const of = (score: number, deviation: number) =>
      gradeOf(resultOf(score, [score, score, score, score], { deviation }), scale);
    // Of four paths alike, half of that of each.
    assert.deepEqual(of(81, 4), { grade: 'B', reason: null, range: ['C', 'B'] });
    assert.deepEqual(of(85, 4).range, ['B', 'B']);
    assert.deepEqual(of(85, 20).range, ['C', 'A']);
  });

  it('has no such range where the result does not tell it', () => {
    const { weights: _, ...old } = resultOf(85, [85, 85, 85]);
    assert.deepEqual(gradeOf(old, scale), { grade: 'B', reason: null, range: null });
  });

  it('takes a path that counts as its floor for sure', () => {
    const result = resultOf(85, [85, 85, null], { deviation: 3 });
    const [one, two, three] = result.path_scores;
    assert.ok(one !== undefined && two !== undefined && three !== undefined);
    const floored = { ...result, path_scores: [one, two, { ...three, counts_as: 40 }] };
    const all = gradeOf({ ...floored, overall_score: 81 }, { ...scale, minimum_confidence: 0 });
    assert.equal(all.grade, null, 'two of three paths');
    const four = resultOf(81, [85, 85, 85, null], { deviation: 3 });
    const last = four.path_scores[3] ?? assert.fail();
    const paths = [...four.path_scores.slice(0, 3), { ...last, counts_as: 40 }];
    // 3 * sqrt(3) / 4 = 1.3
    assert.deepEqual(gradeOf({ ...four, path_scores: paths }, scale).range, ['C', 'B']);
    assert.deepEqual(gradeOf({ ...four, overall_score: 81.4, path_scores: paths }, scale).range, [
      'B',
      'B',
    ]);
  });
});

import assert from 'node:assert/strict';
import { grade } from '#src/features/assessments/assessment-dashboard.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';

/** @param scores of the paths that were asked for */
function resultOf(
  overall: number | null,
  scores: (number | null)[],
): Pick<AssessmentResult, 'overall_score' | 'path_scores'> {
  const paths = scores.map((overall_score) => ({ overall_score }));
  return { overall_score: overall, path_scores: paths as AssessmentResult['path_scores'] };
}

describe('the letter of a result', () => {
  it('changes at its bounds', () => {
    const letters = [100, 90, 89.9, 80, 79.9, 70, 69.9, 60, 59.9, 0].map((score) =>
      grade(resultOf(score, [score, score, score])),
    );
    assert.deepEqual(letters, ['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D', 'F', 'F']);
  });

  it('is given on three paths with a score, or on all where fewer were asked for', () => {
    assert.equal(grade(resultOf(95, [95, 95, null, null, null])), null);
    assert.equal(grade(resultOf(95, [95, 95, 95, null, null])), 'A');
    assert.equal(grade(resultOf(95, [95, null])), null);
    assert.equal(grade(resultOf(95, [95])), 'A');
    assert.equal(grade(resultOf(null, [null])), null);
  });
});

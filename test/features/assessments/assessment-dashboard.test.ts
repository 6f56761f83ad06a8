import assert from 'node:assert/strict';
import { letterOf } from '#src/features/assessments/letter.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';

/** @param scores of the paths that were asked for */
function resultOf(
  overall: number | null,
  scores: (number | null)[],
): Pick<AssessmentResult, 'overall_score' | 'path_scores'> {
  const paths = scores.map((overall_score) => ({ overall_score }));
  return { overall_score: overall, path_scores: paths as AssessmentResult['path_scores'] };
}

const bounds = { A: 90, B: 80, C: 70, D: 60 };

describe('the letter of a result', () => {
  it('changes at its bounds', () => {
    const letters = [100, 90, 89.9, 80, 79.9, 70, 69.9, 60, 59.9, 0].map((score) =>
      letterOf(resultOf(score, [score, score, score]), bounds),
    );
    assert.deepEqual(letters, ['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D', 'F', 'F']);
  });

  it('is given on three paths with a score, or on all where fewer were asked for', () => {
    assert.equal(letterOf(resultOf(95, [95, 95, null, null, null]), bounds), null);
    assert.equal(letterOf(resultOf(95, [95, 95, 95, null, null]), bounds), 'A');
    assert.equal(letterOf(resultOf(95, [95, null]), bounds), null);
    assert.equal(letterOf(resultOf(95, [95]), bounds), 'A');
    assert.equal(letterOf(resultOf(null, [null]), bounds), null);
  });
});

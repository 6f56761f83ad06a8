import type { z } from 'zod';
import type { AssessmentResult } from './assessment.ts';
import type { dashboardSchema } from './dashboard-schemas.ts';
import type { History } from './history.ts';
import type { Letters } from '../../engine/rubric.ts';
import { gradeOf } from './letter.ts';

/**
 * The result as charts want it.
 *
 * @param history null leaves it out
 * @param scale of the rubric that judged
 */
export function toDashboard(
  result: AssessmentResult,
  history: History | null,
  humanScore: number | null,
  scale: Letters,
): z.output<typeof dashboardSchema> {
  const { grade, reason, range } = gradeOf(result, scale);
  return {
    assessment_id: result.assessment_id,
    candidate_id: result.candidate_id,
    challenge: result.challenge ?? null,
    labels: result.labels ?? [],
    weights: result.weights ?? null,
    rubric_version: result.rubric_version,
    engine_version: result.engine_version,
    timestamp: result.timestamp,
    overall_score: result.overall_score,
    human_score: humanScore,
    grade,
    grade_reason: reason,
    grade_range: range,
    letters: scale,
    confidence: result.confidence,
    radar: result.path_scores.map(({ path, overall_score }) => ({ path, score: overall_score })),
    paths: result.path_scores.map((path) => ({
      path: path.path,
      score: path.overall_score,
      status: path.status,
      reason: path.reason ?? null,
      confidence: path.confidence,
      interval: path.interval ?? null,
      metrics: path.metrics.map(({ name, score, weight }) => ({ name, score, weight })),
    })),
    motives: result.micro_motives.map(({ motive_type, strength }) => ({ motive_type, strength })),
    trend: history?.trend ?? null,
    history: history?.history ?? null,
  };
}

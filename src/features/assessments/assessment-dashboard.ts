import type { z } from 'zod';
import type { AssessmentSummary } from '../candidates/candidate.ts';
import type { AssessmentResult } from './assessment.ts';
import type { dashboardSchema } from './assessment-schemas.ts';

/** Lower bounds of the letters; below the last it is F. */
const grades = [
  [90, 'A'],
  [80, 'B'],
  [70, 'C'],
  [60, 'D'],
] as const;

export function grade(score: number | null): 'A' | 'B' | 'C' | 'D' | 'F' | null {
  if (score === null) return null;
  return grades.find(([bound]) => score >= bound)?.[1] ?? 'F';
}

/**
 * The result as charts want it.
 *
 * @param history the candidate's assessments, newest first; null leaves the trend out
 */
export function toDashboard(
  result: AssessmentResult,
  history: AssessmentSummary[] | null,
): z.output<typeof dashboardSchema> {
  return {
    assessment_id: result.assessment_id,
    candidate_id: result.candidate_id,
    challenge: result.challenge ?? null,
    labels: result.labels ?? [],
    timestamp: result.timestamp,
    overall_score: result.overall_score,
    grade: grade(result.overall_score),
    confidence: result.confidence,
    radar: result.path_scores.map(({ path, overall_score }) => ({ path, score: overall_score })),
    paths: result.path_scores.map((path) => ({
      path: path.path,
      score: path.overall_score,
      confidence: path.confidence,
      interval: path.interval ?? null,
      metrics: path.metrics.map(({ name, score, weight }) => ({ name, score, weight })),
    })),
    motives: result.micro_motives.map(({ motive_type, strength }) => ({ motive_type, strength })),
    trend: history === null ? null : history.map(trendPoint).reverse(),
  };
}

function trendPoint(summary: AssessmentSummary) {
  return {
    assessment_id: summary.assessment_id,
    timestamp: summary.timestamp,
    overall_score: summary.overall_score,
    paths: Object.fromEntries(summary.path_scores.map((p) => [p.path, p.overall_score])),
  };
}

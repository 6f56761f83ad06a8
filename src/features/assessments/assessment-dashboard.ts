import type { z } from 'zod';
import type { AssessmentResult } from './assessment.ts';
import type { dashboardSchema } from './dashboard-schemas.ts';
import type { History } from './history.ts';

/** Lower bounds of the letters; below the last it is F. */
const grades = [
  [90, 'A'],
  [80, 'B'],
  [70, 'C'],
  [60, 'D'],
] as const;

/** Paths with a score that a letter rests on at least, where so many were asked for: one good path is no good work. */
const FEWEST_PATHS = 3;

export function grade({
  overall_score: score,
  path_scores: paths,
}: Pick<AssessmentResult, 'overall_score' | 'path_scores'>): 'A' | 'B' | 'C' | 'D' | 'F' | null {
  const judged = paths.filter((path) => path.overall_score !== null).length;
  if (score === null || judged < Math.min(FEWEST_PATHS, paths.length)) return null;
  return grades.find(([bound]) => score >= bound)?.[1] ?? 'F';
}

/**
 * The result as charts want it.
 *
 * @param history null leaves it out
 */
export function toDashboard(
  result: AssessmentResult,
  history: History | null,
  humanScore: number | null,
): z.output<typeof dashboardSchema> {
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
    grade: grade(result),
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

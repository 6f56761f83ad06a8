/** A stored result scored again by other weights, by what it tells itself: nothing is parsed. */
import type { PathName } from './contract.ts';
import { ratio, sum } from './numbers.ts';
import type { EngineResult, MetricScore, PathScore } from './result-schema.ts';
import type { Rubric } from './rubric.ts';
import { overallScore, storedPathScore } from './score.ts';

export interface ScoresUnder {
  overall: number | null;
  paths: { path: PathName; score: number | null }[];
}

/**
 * What the engine would give under a rubric that judges criteria as the one of the result does (`isReweighting`).
 *
 * @param by the rubric of the result
 * @param weights as the assessment was asked for
 * @returns null where the result does not tell: the engine has to be asked
 */
export function scoreUnder(
  result: Pick<EngineResult, 'path_scores' | 'unjudged_languages'>,
  { by, rubric }: { by: Rubric; rubric: Rubric },
  weights: Partial<Record<PathName, number>>,
): ScoresUnder | null {
  const isJudgedWhole = result.unjudged_languages?.length === 0;
  const paths: ScoresUnder['paths'] = [];
  for (const told of result.path_scores) {
    const score = pathUnder(told, { by, rubric, isJudgedWhole });
    if (score === undefined) return null;
    paths.push({ path: told.path, score });
  }
  return { overall: overallScore(paths, weights, rubric), paths };
}

/** @returns undefined where the result does not tell */
function pathUnder(
  told: PathScore,
  { by, rubric, isJudgedWhole }: { by: Rubric; rubric: Rubric; isJudgedWhole: boolean },
): number | null | undefined {
  // What is folded may hold the path down, and is not told.
  if (told.metrics.some(({ evidence }) => evidence.some(({ rule }) => rule === 'further_facts'))) {
    return undefined;
  }
  const metrics = weighedBy(rubric, told);
  if (!isEnough(metrics, told.path, rubric)) return null;
  if (told.overall_score === null && !isJudgedWhole) {
    // There was enough, and no score all the same: so much is in languages that are not judged. Else that is not known.
    return isEnough(told.metrics, told.path, by) ? null : undefined;
  }
  return storedPathScore(metrics);
}

function weighedBy({ data }: Rubric, { path, metrics }: PathScore): MetricScore[] {
  const weights = new Map(data.paths[path].metrics.map(({ name, weight }) => [name, weight]));
  return metrics.map((metric) => ({ ...metric, weight: weights.get(metric.name) ?? 0 }));
}

function isEnough(metrics: readonly MetricScore[], path: PathName, { data }: Rubric): boolean {
  const applying = metrics.filter(({ score }) => score !== null);
  const coverage = ratio(
    sum(applying.map(({ weight }) => weight)),
    sum(metrics.map(({ weight }) => weight)),
  );
  return coverage >= data.paths[path].minimum_coverage;
}

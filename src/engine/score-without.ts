/** A stored result scored again without some of its evidence, by what it tells itself: nothing is parsed. */
import type { PathName } from './contract.ts';
import { evidenceIds } from './evidence-id.ts';
import { clamp, roundHalfEven, sum } from './numbers.ts';
import type { EngineResult, Evidence, MetricScore, PathScore } from './result-schema.ts';
import type { Rubric } from './rubric.ts';
import { overallScore, storedPathScore } from './score.ts';

type Told = Pick<EngineResult, 'path_scores'>;

export interface Located {
  path: PathName;
  metric: string;
  item: Evidence;
}

export interface Rescored {
  overall: number | null;
  paths: {
    path: PathName;
    score: number | null;
    metrics: { name: string; score: number | null }[];
  }[];
}

/** All evidence of a result by its id, in its order. */
export function evidenceById({ path_scores: paths }: Told): Map<string, Located> {
  const idOf = evidenceIds();
  const found = new Map<string, Located>();
  for (const { path, metrics } of paths) {
    for (const { name, evidence } of metrics) {
      for (const item of evidence)
        found.set(idOf(`${path}/${name}`, item), { path, metric: name, item });
    }
  }
  return found;
}

/**
 * The points of an item are taken out of its criterion, the path is the mean of its criteria again, with the caps
 * of the facts that remain, and the overall score that of the paths. What had no score has none.
 *
 * @param without items of `result` itself
 * @param weights as the assessment was asked for
 * @param rubric that it was judged by
 */
export function scoreWithout(
  result: Told,
  without: ReadonlySet<Evidence>,
  { weights, rubric }: { weights: Partial<Record<PathName, number>>; rubric: Rubric },
): Rescored {
  const paths = result.path_scores.map((path) => rescored(path, without));
  return { overall: overallScore(paths, weights, rubric), paths };
}

/** The result as if these items of its evidence were not; paths and overall score are left as they are told. */
export function withoutItems<Result extends Told>(
  result: Result,
  without: ReadonlySet<Evidence>,
): Result {
  if (without.size === 0) return result;
  return {
    ...result,
    path_scores: result.path_scores.map((path) => ({
      ...path,
      metrics: metricsWithout(path, without),
    })),
  };
}

function rescored(told: PathScore, without: ReadonlySet<Evidence>): Rescored['paths'][number] {
  const { path, overall_score: before } = told;
  const metrics = metricsWithout(told, without);
  return {
    path,
    score: before === null ? null : storedPathScore(metrics, untoldCap(told, before)),
    metrics: metrics.map(({ name, score }) => ({ name, score })),
  };
}

function metricsWithout({ metrics }: PathScore, without: ReadonlySet<Evidence>): MetricScore[] {
  return metrics.map((metric) => ({
    ...metric,
    score: withoutPoints(metric, without),
    evidence: metric.evidence.filter((item) => !without.has(item)),
  }));
}

function withoutPoints(
  { score, evidence }: MetricScore,
  without: ReadonlySet<Evidence>,
): number | null {
  const taken = evidence.filter((item) => without.has(item));
  if (score === null || taken.length === 0) return score;
  return roundHalfEven(clamp(score - sum(taken.map(({ points }) => points)), 0, 100), 1);
}

/** What holds a path down and is not told one by one, since a result shows 200 facts of a criterion. */
function untoldCap({ metrics }: PathScore, score: number): number {
  const told = storedPathScore(metrics);
  return told !== null && told > score ? score : 100;
}

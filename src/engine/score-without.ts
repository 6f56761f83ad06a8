/** A stored result scored again without some of its evidence, by what it tells itself: nothing is parsed. */
import type { PathName } from './contract.ts';
import { evidenceIds } from './evidence-id.ts';
import { clamp, roundHalfEven, sum } from './numbers.ts';
import type { EngineResult, Evidence, MetricScore, PathScore } from './result-schema.ts';
import type { Rubric } from './rubric.ts';
import { overallScore, pathScore } from './score.ts';

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
      metrics: path.metrics.map((metric) => ({
        ...metric,
        score: withoutPoints(metric, without),
        evidence: metric.evidence.filter((item) => !without.has(item)),
      })),
    })),
  };
}

function rescored(told: PathScore, without: ReadonlySet<Evidence>): Rescored['paths'][number] {
  const { path, overall_score: before } = told;
  const metrics = told.metrics.map((metric) => ({
    ...metric,
    score: withoutPoints(metric, without),
  }));
  const names = metrics.map(({ name, score }) => ({ name, score }));
  if (before === null) return { path, score: null, metrics: names };
  const cap = Math.min(capOfPath(told.metrics, without), untoldCap(told, before));
  return { path, score: pathScore(applying(metrics), cap), metrics: names };
}

function withoutPoints(
  { score, evidence }: MetricScore,
  without: ReadonlySet<Evidence>,
): number | null {
  const taken = evidence.filter((item) => without.has(item));
  if (score === null || taken.length === 0) return score;
  return roundHalfEven(clamp(score - sum(taken.map(({ points }) => points)), 0, 100), 1);
}

function applying(metrics: readonly MetricScore[]): { weight: number; score: number }[] {
  return metrics.flatMap(({ weight, score }) => (score === null ? [] : [{ weight, score }]));
}

/** The strictest cap on the path among its facts. */
export function capOfPath(metrics: readonly MetricScore[], without: ReadonlySet<Evidence>): number {
  const caps = metrics
    .flatMap(({ evidence }) => evidence)
    .filter((item) => !without.has(item))
    .map(({ metadata }) => metadata['caps_path_at']);
  return Math.min(100, ...caps.filter((cap) => typeof cap === 'number'));
}

/** What holds a path down and is not told one by one, since a result shows 200 facts of a criterion. */
function untoldCap({ metrics }: PathScore, score: number): number {
  const told = pathScore(applying(metrics), capOfPath(metrics, new Set()));
  return told !== null && told > score ? score : 100;
}

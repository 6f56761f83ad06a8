import type { PathName } from './contract.ts';
import { folded } from './criteria/fold.ts';
import type { CriterionCatalogue } from './criteria/catalogue.ts';
import {
  notApplicable,
  type Criterion,
  type CriterionContext,
  type CriterionDraft,
  type Observation,
} from './criteria/criterion.ts';
import { settle, type Settled } from './criteria/settle.ts';
import { ratio, roundHalfEven, sum } from './numbers.ts';
import type { MetricScore } from './result-schema.ts';
import { threshold, type CriterionSpec, type Rubric } from './rubric.ts';
import { unjudgedReason, unscoredReason } from './unscored.ts';

export interface ScoredCriterion {
  spec: CriterionSpec;
  draft: CriterionDraft;
  /** Null when the criterion does not apply. */
  settled: Settled | null;
}

export interface ScoredPath {
  path: PathName;
  metrics: ScoredCriterion[];
  /** Null: not enough to judge by, for `reason`. */
  score: number | null;
  reason: string | null;
  /** Share of the criterion weight that applies. */
  coverage: number;
}

/** Runs the criteria of a path and puts their scores together. */
export function scorePath(
  path: PathName,
  criteria: CriterionCatalogue[PathName],
  context: CriterionContext,
): ScoredPath {
  const spec = context.rubric.data.paths[path];
  const metrics = spec.metrics.map((metric) =>
    scoreCriterion(metric, criteria[metric.name], context, unjudgedReason(path, metric, context)),
  );
  const coverage = ratio(
    sum(metrics.filter(({ settled }) => settled).map((metric) => metric.spec.weight)),
    sum(metrics.map((metric) => metric.spec.weight)),
  );
  const enough = coverage >= spec.minimum_coverage && restsOnEnough(path, context);
  return {
    path,
    metrics,
    coverage,
    score: enough ? combine(metrics) : null,
    reason: enough ? null : unscoredReason(path, metrics, context),
  };
}

/** What code shows is not told from a small part of it: the rest is in a language that is not judged. */
function restsOnEnough(path: PathName, { submission, rubric }: CriterionContext): boolean {
  if (path === 'communication') return true;
  return 1 - submission.unjudged.share >= threshold(rubric, 'judged_share_minimum');
}

function scoreCriterion(
  spec: CriterionSpec,
  criterion: Criterion | undefined,
  context: CriterionContext,
  /** What to say in place of what a criterion misses in code that it does not see. */
  unseen: string | null,
): ScoredCriterion {
  if (criterion === undefined) throw new Error(`no criterion ${spec.name}`);
  const found = withNames(folded(criterion(context)));
  const draft = found.applicable || unseen === null ? found : notApplicable(unseen);
  const settled = draft.applicable ? settle(spec, draft.sample.n, draft.observations) : null;
  return { spec, draft, settled };
}

/** A function without a name is told by its line, since `(anonymous)` can be found nowhere. */
function withNames(draft: CriterionDraft): CriterionDraft {
  if (!draft.applicable) return draft;
  const observations = draft.observations.map((item): Observation => {
    if (!/\((?:anonymous|unnamed)\)/.test(`${item.message}${item.advice}`)) return item;
    const place =
      item.startLine === null
        ? 'a function without a name'
        : `the function without a name at line ${item.startLine}`;
    const told = (text: string): string =>
      text
        .replaceAll(/`?[\w.]*\(anonymous\)`?/g, place)
        .replaceAll(/"?\(unnamed\)"?/g, place.replace('function', 'test'))
        .replace(/^./, (first) => first.toUpperCase());
    return {
      ...item,
      message: told(item.message),
      ...(item.advice === undefined ? {} : { advice: told(item.advice) }),
    };
  });
  return { ...draft, observations };
}

/** The path's score if these observations were otherwise; null from `change` takes one away. */
export function rescorePath(
  { metrics }: ScoredPath,
  affected: ReadonlySet<Observation>,
  change: (observation: Observation) => Observation | null,
): number | null {
  const changed = metrics.map((metric): ScoredCriterion => {
    const { draft, spec } = metric;
    if (!draft.applicable || !draft.observations.some((item) => affected.has(item))) return metric;
    const observations = draft.observations.flatMap((item) =>
      affected.has(item) ? (change(item) ?? []) : item,
    );
    return {
      spec,
      draft: { ...draft, observations },
      settled: settle(spec, draft.sample.n, observations),
    };
  });
  return combine(changed);
}

/** Weighted mean of the criteria that apply, held down by the strictest cap among their facts. */
function combine(metrics: readonly ScoredCriterion[]): number | null {
  const scored = metrics.flatMap(({ spec, settled }) =>
    settled ? [{ weight: spec.weight, score: settled.score }] : [],
  );
  return pathScore(scored, pathCap(metrics));
}

/**
 * The same of a result that is stored, by what it tells itself.
 *
 * @param most what holds the path down besides
 */
export function storedPathScore(metrics: readonly MetricScore[], most = 100): number | null {
  const scored = metrics.flatMap(({ weight, score }) =>
    score === null ? [] : [{ weight, score }],
  );
  const caps = metrics
    .flatMap(({ evidence }) => evidence)
    .map(({ metadata }) => metadata['caps_path_at'])
    .filter((cap) => typeof cap === 'number');
  return pathScore(scored, Math.min(most, ...caps));
}

/** Of the criteria that apply: null where none does. */
function pathScore(
  scored: readonly { weight: number; score: number }[],
  cap: number,
): number | null {
  if (scored.length === 0) return null;
  const mean = ratio(
    sum(scored.map(({ weight, score }) => weight * score)),
    sum(scored.map(({ weight }) => weight)),
  );
  return roundHalfEven(Math.min(mean, cap), 1);
}

export function pathCap(metrics: readonly ScoredCriterion[]): number {
  let cap = 100;
  for (const { draft } of metrics) {
    if (!draft.applicable) continue;
    for (const item of draft.observations) cap = Math.min(cap, item.pathCap ?? 100);
  }
  return cap;
}

/**
 * Weighted mean over the paths that have a score; null when none has. A path with a floor in the rubric stands for
 * no less than that, and for just that when it has no score although it was asked for beside others: otherwise
 * leaving out what was asked for would raise the mean.
 */
export function overallScore(
  paths: readonly Pick<ScoredPath, 'path' | 'score'>[],
  weights: Partial<Record<PathName, number>>,
  rubric: Rubric,
): number | null {
  const weightOf = (path: PathName): number => weights[path] ?? rubric.data.paths[path].weight;
  if (paths.every(({ score }) => score === null)) return null;
  const scored = paths.flatMap(({ path, score }) => {
    const floor = rubric.data.paths[path].floor?.value;
    if (score === null && floor === undefined) return [];
    return [{ weight: weightOf(path), score: Math.max(score ?? 0, floor ?? 0) }];
  });
  const whole = sum(scored.map(({ weight }) => weight));
  if (whole === 0) return null;
  return roundHalfEven(sum(scored.map(({ weight, score }) => weight * score)) / whole, 1);
}

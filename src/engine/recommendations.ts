import type { Recommendation } from './result-schema.ts';
import { byCodePoint } from './canonical-json.ts';
import { count, type Observation } from './criteria/criterion.ts';
import { roundHalfEven, sum } from './numbers.ts';
import { threshold, type Rubric } from './rubric.ts';
import { rescorePath, type ScoredCriterion, type ScoredPath } from './score.ts';

/** Facts of one path that one piece of work would change. */
interface Action {
  metric: string;
  lead: Observation;
  observations: Set<Observation>;
  /** Rough gain, to choose what is worth scoring again. */
  estimate: number;
}

/** The three actions that gain most, each found by scoring the path again without the defect. */
export function recommend(paths: readonly ScoredPath[], rubric: Rubric): Recommendation[] {
  const tried = threshold(rubric, 'recommendations_tried');
  const all = paths.flatMap((scored) => {
    if (scored.score === null) return [];
    return actionsOf(scored)
      .sort((a, b) => b.estimate - a.estimate)
      .slice(0, tried)
      .flatMap((action) => recommendation(scored, action));
  });
  const ranked = all
    .filter(({ gain }) => gain >= threshold(rubric, 'recommendation_minimum_gain'))
    .sort((a, b) => b.gain - a.gain || byCodePoint(a.path + a.text, b.path + b.text));
  const words = new Set<string>();
  return ranked
    .filter(({ text }) => {
      const work = text.replace(/(?: \([^()]*:\d+(?:-\d+)?\))?(?:, with [^;]*)?; moves .*$/, '');
      return !words.has(work) && words.add(work);
    })
    .slice(0, threshold(rubric, 'recommendations_given'));
}

/** An observation as it would be once its advice were followed. */
export function remedied(observation: Observation): Observation | null {
  if (observation.potential === undefined) return null;
  const { criterionCap: _metric, pathCap: _path, ...rest } = observation;
  return { ...rest, amount: observation.potential };
}

function actionsOf({ metrics }: ScoredPath): Action[] {
  const actions = new Map<string, Action>();
  for (const metric of metrics) {
    if (!metric.draft.applicable) continue;
    const whole = sum(
      metric.draft.observations.map(({ amount, potential }) => Math.max(amount, potential ?? 0)),
    );
    for (const [index, observation] of metric.draft.observations.entries()) {
      if (observation.advice === undefined) continue;
      // The same words are the same piece of work, wherever they are said.
      const key = observation.remedy ?? `${metric.spec.name}:${observation.advice}`;
      const estimate = estimateOf(metric, index, observation, whole);
      addTo(actions, key, {
        metric: metric.spec.name,
        lead: observation,
        observations: new Set([observation]),
        estimate,
      });
    }
  }
  return [...actions.values()];
}

function addTo(actions: Map<string, Action>, key: string, found: Action): void {
  const known = actions.get(key);
  if (!known) return void actions.set(key, found);
  for (const item of found.observations) known.observations.add(item);
  known.estimate += found.estimate;
  if (Math.abs(found.lead.amount) > Math.abs(known.lead.amount)) known.lead = found.lead;
}

function estimateOf(
  { spec, draft, settled }: ScoredCriterion,
  index: number,
  item: Observation,
  whole: number,
): number {
  if (!draft.applicable || !settled) return 0;
  const cap = (item.criterionCap ?? item.pathCap) === undefined ? 0 : 10;
  if (spec.kind === 'defect') return spec.weight * (cap + Math.abs(settled.points[index] ?? 0));
  const missing = (item.potential ?? 0) - item.amount;
  return (spec.weight * 100 * missing) / Math.max(1, whole);
}

function recommendation(scored: ScoredPath, action: Action): Recommendation[] {
  const better = rescorePath(scored, action.observations, remedied);
  if (better === null || scored.score === null) return [];
  const gain = roundHalfEven(better - scored.score, 1);
  const { file, startLine } = action.lead;
  return [
    {
      path: scored.path,
      metric: action.metric,
      text: `${workOf(action)}; moves ${scored.path.replace('_', ' ')} by about +${gain}.`,
      ...(file === null ? {} : { file }),
      ...(startLine === null ? {} : { start_line: startLine }),
      gain,
      effort: effortOf(action),
    },
  ];
}

/** Lines that a piece of work touches at a place without a range of its own: a README, the tests of a unit. */
const usualLines = 12;

/** By the lines to be changed: a few, a function or a page, more than that. */
function effortOf({ lead, observations }: Action): NonNullable<Recommendation['effort']> {
  const isNew = /^(first_tests|doc_blocks:)/.test(lead.remedy ?? '') || lead.startLine === null;
  let lines = 0;
  for (const { startLine, endLine } of observations) {
    const span = startLine === null || endLine === null ? usualLines : endLine - startLine + 1;
    lines += isNew ? usualLines : span;
  }
  if (lines <= 10) return 'small';
  return lines <= 60 ? 'medium' : 'large';
}

function workOf({ lead, observations }: Action): string {
  const advice = lead.advice ?? '';
  const others = observations.size - 1;
  const also = others > 0 ? `, with ${count(others, 'related finding')}` : '';
  // Work on a whole file or submission has no one place.
  const wide = /^(first_tests|doc_blocks:)/.test(lead.remedy ?? '');
  if (wide) return advice;
  return `${advice}${advice.includes(lead.file ?? '\0') ? '' : placeOf(lead)}${also}`;
}

function placeOf({ file, startLine, endLine }: Observation): string {
  if (file === null || startLine === null) return '';
  return ` (${file}:${startLine}${endLine === startLine ? '' : `-${endLine}`})`;
}

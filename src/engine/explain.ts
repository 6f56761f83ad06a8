import type { PathName } from './contract.ts';
import type { EngineResult, MetricScore } from './result-schema.ts';
import { count } from './criteria/criterion.ts';
import { roundHalfEven } from './numbers.ts';
import { threshold, type Rubric } from './rubric.ts';
import type { ScoredCriterion, ScoredPath } from './score.ts';
import { languageName } from './syntax/languages/unjudged-languages.ts';
import type { Submission } from './submission/submission.ts';
import { languageShares } from './tags.ts';
import { unjudgedSentence } from './unscored.ts';

/** `error_handling` as a reader sees it. */
function label(name: string): string {
  return sentence(name.replaceAll('_', ' '));
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How the criterion came to its score, with the arithmetic. */
export function criterionExplanation({ draft, settled, spec }: ScoredCriterion): string {
  if (!draft.applicable) return `Not applicable: ${draft.reason}.`;
  if (!settled) return sentence(draft.summary);
  const moved = roundHalfEven(settled.score - settled.base, 1);
  const sum = `${settled.base} ${moved < 0 ? '−' : '+'} ${Math.abs(moved)} = ${settled.score}`;
  const start =
    spec.kind === 'defect'
      ? `A faultless submission of ${Math.round(draft.sample.n)} ${draft.sample.unit} would stand at ${settled.base}`
      : 'Starts at 0 and is earned';
  return `${sentence(draft.summary)} ${start}: ${sum}.`;
}

/** Criteria that speak for the candidate, best first. */
export function strengthsOf({ metrics, score }: ScoredPath, rubric: Rubric): string[] {
  if (score === null) return [];
  const limit = threshold(rubric, 'strength_score');
  return metrics
    .flatMap((metric) =>
      metric.draft.applicable && metric.settled && metric.settled.score >= limit
        ? [
            {
              ...metric.settled,
              weight: metric.spec.weight,
              text: `${label(metric.spec.name)}: ${metric.settled.points.some((points) => points < 0) ? scored(metric) : metric.draft.summary}`,
            },
          ]
        : [],
    )
    .sort((a, b) => b.weight * b.score - a.weight * a.score)
    .slice(0, 3)
    .map(({ text }) => text);
}

/** The summary with the score, where it alone does not say whether that is much or little. */
function scored({ draft, settled }: ScoredCriterion): string {
  const summary = draft.applicable ? draft.summary.replace(/\.$/, '') : '';
  return `${summary} (${settled?.score ?? 0} of 100).`;
}

/** Criteria that cost the path most, each with its weightiest fact; one without any costs by the smallness of the sample alone. */
export function improvementsOf({ metrics, score }: ScoredPath, rubric: Rubric): string[] {
  if (score === null) return [];
  const limit = threshold(rubric, 'improvement_score');
  return metrics
    .flatMap((metric) => {
      const fact = metric.settled && metric.settled.score < limit ? worstFact(metric) : null;
      if (fact === null) return [];
      const cost = metric.spec.weight * (100 - (metric.settled?.score ?? 0));
      return [{ text: `${label(metric.spec.name)}: ${fact}`, cost }];
    })
    .sort((a, b) => b.cost - a.cost)
    .slice(0, 3)
    .map(({ text }) => text);
}

/** @returns null where nothing wrong was found, and too little to say that there is nothing */
function worstFact(metric: ScoredCriterion): string | null {
  const { draft, settled, spec } = metric;
  if (!draft.applicable || !settled) return null;
  let worst = -1;
  for (const [index, points] of settled.points.entries()) {
    if (points < Math.min(0, settled.points[worst] ?? 0)) worst = index;
  }
  const fact = draft.observations[worst] ?? draft.observations.find(({ amount }) => amount <= 0);
  if (fact !== undefined) return fact.message;
  if (spec.kind === 'defect') return null;
  // What is earned is said to be there: that it is little, the score says.
  return settled.score === 0 ? draft.summary : scored(metric);
}

/** The facts that moved the scores most, in either direction. */
export function keyFindings(
  paths: readonly { path: PathName; metrics: readonly MetricScore[] }[],
  rubric: Rubric,
): string[] {
  const facts = paths.flatMap(({ path, metrics }) =>
    metrics.flatMap(({ weight, evidence }) =>
      evidence
        .filter(({ rule }) => rule !== 'further_facts')
        .map((item) => ({ path, item, impact: Math.abs(item.points) * weight })),
    ),
  );
  const seen = new Set<string>();
  return facts
    .sort((a, b) => b.impact - a.impact)
    .filter(({ item, impact }) => impact > 0 && !seen.has(item.rule) && seen.add(item.rule))
    .slice(0, threshold(rubric, 'key_findings'))
    .map(({ path, item }) => {
      const place =
        item.file === null
          ? ''
          : ` (${item.file}${item.start_line === null ? '' : `:${item.start_line}`})`;
      return `${label(path)}: ${item.description}${place}`;
    });
}

export function summaryOf(
  overall: number | null,
  paths: readonly ScoredPath[],
  submission: Submission,
  rubric: Rubric,
): string {
  const scored = paths.filter(({ score }) => score !== null);
  const missing = paths.filter(({ score }) => score === null);
  const [first, last] = unjudgedPlaces(submission);
  if (overall === null) {
    const reason = missing[0]?.reason ?? '';
    return `${first}Nothing could be scored. ${first.startsWith(reason) ? '' : reason}`.trim();
  }
  const languages = languageShares(submission).map(({ language }) => languageName(language));
  const material =
    submission.nloc > 0
      ? `${submission.nloc} lines of ${languages.join(', ')} in ${count(submission.code.length, 'file')}${testsBeside(submission)}`
      : `${submission.prose.words} words of prose`;
  const scores = scored
    .map(({ path, score }) => `${label(path).toLowerCase()} ${score}`)
    .join(', ');
  return `${first}Overall ${overall} of 100 from ${material}: ${scores}.${leftOut(missing, rubric)} Static evidence only: nothing was run.${last}`;
}

/** What is said of code that is not judged, before and after the rest: helper scripts are no news to begin with. */
function unjudgedPlaces({ unjudged }: Submission): [first: string, last: string] {
  if (unjudged.lines === 0) return ['', ''];
  const sentenceOnIt = unjudgedSentence({ unjudged });
  return unjudged.share >= 0.05 ? [`${sentenceOnIt} `, ''] : ['', ` ${sentenceOnIt}`];
}

/** Tests are read as well, though their lines are no measure of the work. */
function testsBeside({ code, testFiles }: Submission): string {
  const beside = testFiles.filter((file) => !code.includes(file)).length;
  return beside === 0 ? '' : ` and ${count(beside, 'test file')}`;
}

/** The path with the best score; the first of equals. Null when none has one. */
export function dominantPath(paths: readonly ScoredPath[]): EngineResult['dominant_path'] {
  let best: ScoredPath | null = null;
  for (const path of paths) {
    if (path.score !== null && path.score > (best?.score ?? -1)) best = path;
  }
  return best?.path ?? null;
}

/** Paths without a score, and what becomes of them in the overall score. */
function leftOut(missing: readonly ScoredPath[], rubric: Rubric): string {
  const floorOf = ({ path }: ScoredPath): number | undefined =>
    rubric.data.paths[path].floor?.value;
  const names = (paths: readonly ScoredPath[]): string =>
    paths.map(({ path }) => label(path).toLowerCase()).join(', ');
  const out = missing.filter((path) => floorOf(path) === undefined);
  const at = missing.filter((path) => floorOf(path) !== undefined);
  return [
    ...(out.length > 0 ? [` Not judged, and left out of the mean: ${names(out)}.`] : []),
    ...at.map(
      (path) =>
        ` Not judged, and in the mean at ${floorOf(path) ?? 0}, since what is missing must not pay: ${names([path])}.`,
    ),
  ].join('');
}

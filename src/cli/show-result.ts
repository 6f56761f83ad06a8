/** A result as a person reads it on a terminal: each path, what matters most, what to do next. */
import type { AssessmentResult } from '../features/assessments/assessment.ts';
import { reportModel, type NextStep } from '../features/reports/report-model.ts';
import { count, pathTitle, placeOf, signed } from '../features/reports/wording.ts';
import type { Judged } from './judged.ts';
import { clean, table, wrap } from './text.ts';

/** Of what to do next. */
const MOST_STEPS = 5;
const NONE = '–';

export const shownScore = (score: number | null) => (score === null ? NONE : score.toFixed(1));

export function showResult({ result, leftOut, isStored }: Judged, width: number): string {
  const { candidate_id: candidate, overall_score: overall, submission_type: type } = result;
  const score = overall === null ? 'no score' : `${shownScore(overall)} of 100`;
  const heading = `${candidate} · ${type} · ${score}`;
  const rows = result.path_scores.map(({ path, overall_score: score, interval, ...rest }) => [
    pathTitle(path),
    shownScore(score),
    interval === undefined ? '' : `${interval[0].toFixed(0)}–${interval[1].toFixed(0)}`,
    rest.confidence.toFixed(2),
    rest.reason ?? rest.areas_for_improvement[0] ?? rest.strengths[0] ?? '',
  ]);
  const columns = [
    { title: 'Path' },
    { title: 'Score', right: true },
    { title: 'Range', right: true },
    { title: 'Confidence', right: true },
    { title: 'Why' },
  ] as const;
  const blocks = [
    `${heading}\n`,
    table(columns, rows, width),
    section('What matters most', result.key_findings, width),
    section(
      'What to do next',
      reportModel(result).nextSteps.slice(0, MOST_STEPS).map(stepOf),
      width,
    ),
    footer(result, leftOut, width) + (isStored ? `Stored as ${result.assessment_id}\n` : ''),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

function stepOf({ gain, path, criterion, text, file, startLine }: NextStep): string {
  const isNamed = file === null || text.includes(file);
  const place = isNamed ? '' : ` (${placeOf({ file, startLine, endLine: null })})`;
  return `${signed(gain)} ${path}, ${criterion.toLowerCase()}: ${text}${place}`;
}

function section(title: string, items: readonly string[], width: number): string {
  if (items.length === 0) return '';
  const lines = items.flatMap((item) =>
    wrap(item, width - 4, '').map((line, at) => `${at === 0 ? '  • ' : '    '}${line}`),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

function footer(result: AssessmentResult, leftOut: number, width: number): string {
  const unread = leftOut + (result.left_out_count ?? 0);
  const left = unread === 0 ? [] : [`${count(unread, 'file')} left out: no score rests on them.`];
  const languages = (result.unjudged_languages ?? []).map(({ language }) => clean(language));
  const others = languages.length === 0 ? [] : [`Not judged: ${languages.join(', ')}.`];
  const engine = `Engine ${result.engine_version}, rubric ${result.rubric_version}.`;
  return `${[...left, ...others, engine].flatMap((line) => wrap(line, width)).join('\n')}\n`;
}

/** A report to paste into an issue, a chat or a mail: short enough for one, with the weightiest findings of each criterion. */
import { inShort, meaningOfScores } from '../meaning.ts';
import type {
  Finding,
  NextStep,
  ReportCriterion,
  ReportModel,
  ReportPath,
} from '../report-model.ts';
import {
  afterAppeals,
  appealsWords,
  chance,
  count,
  countsAsWords,
  dateWords,
  partOnly,
  placeOf,
  signed,
} from '../wording.ts';
import { fenced, inline, words } from './markdown-text.ts';
import { leadingFindings } from '../leading-findings.ts';

/** Findings of a criterion that are told one by one; a comment on GitHub holds 65,536 characters. */
const FINDINGS = 5;
/** And those whose code is quoted, below them. */
const WINDOWS = 1;

export function toMarkdown(report: ReportModel): string {
  const { score, confidence, candidate, timestamp } = report;
  const blocks = [
    `# Assessment of ${inline(candidate)}`,
    score === null ? '**No score**' : `**${score} of 100**, confidence ${chance(confidence)}`,
    ...(report.humanScore === null ? [] : [`**${afterAppeals(report.humanScore)}**`]),
    words(report.summary),
    ...(report.humanScore === null ? [] : [words(appealsWords(report.humanScore))]),
    `*${words(inShort)}*`,
    scoreTable(report),
    ...stepsOf(report),
    ...report.paths.flatMap(pathBlocks),
    '## What the scores mean',
    ...meaningOfScores().map(
      ({ title, paragraphs, list = [] }) =>
        `**${title}.** ${words(paragraphs.join(' '))}${list.map((item) => `\n- ${words(item)}`).join('')}`,
    ),
    `${inline(report.id)}, ${dateWords(timestamp)}, engine ${report.engineVersion}, rubric ${report.rubricVersion}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function scoreTable({ paths }: ReportModel): string {
  const rows = paths.map(
    ({ title, score, humanScore, interval, confidence, countsAs }) =>
      `| ${title}${countsAs === null ? '' : ` (${countsAsWords(countsAs)})`}${humanScore === null ? '' : ` (${afterAppeals(humanScore)})`} | ${score ?? 'not judged'} | ${interval === null ? '' : `${interval[0]} to ${interval[1]}`} | ${score === null ? '' : chance(confidence)} |`,
  );
  return ['| Path | Score | Range | Confidence |', '| --- | --: | --: | --: |', ...rows].join('\n');
}

function stepsOf({ nextSteps, score }: ReportModel): string[] {
  if (score === null) return [];
  const none = 'No single change was found that would raise a path by a tenth of a point or more.';
  return [
    '## What to do next',
    nextSteps.length === 0 ? none : nextSteps.map((step, at) => stepLine(step, at + 1)).join('\n'),
  ];
}

function stepLine({ text, gain, path, effort }: NextStep, number: number): string {
  const size = effort === null ? '' : `, ${effort} effort`;
  return `${number}. ${words(text)} **+${gain}** on ${path}${size}.`;
}

function pathBlocks({ number, title, score, reason, criteria, ...path }: ReportPath): string[] {
  const heading = `## ${number} ${title}: ${score ?? 'not judged'}`;
  const applying = criteria.filter((criterion) => criterion.score !== null);
  const said = [];
  if (score === null) {
    said.push(words(reason ?? 'There was not enough to judge by.'));
    if (applying.length > 0) said.push(partOnly);
  } else if (path.meanOfCriteria !== null) {
    said.push(
      `Its criteria come to ${path.meanOfCriteria}; a serious finding holds the path at ${score}.`,
    );
  }
  return [heading, ...said, ...applying.flatMap(criterionBlocks)];
}

function criterionBlocks(criterion: ReportCriterion): string[] {
  const { number, title, score, base, weight, explanation } = criterion;
  const { shown, rest } = leadingFindings(criterion.findings, FINDINGS);
  const lines = shown.map(findingLine);
  if (rest !== null)
    lines.push(`- ${signed(rest.points)} · ${count(rest.count, 'further finding')}, together`);
  const windows = shown.slice(0, WINDOWS).flatMap(codeBlocks);
  return [
    `### ${number} ${title}: ${score} (base ${base}, weight ${weight})`,
    ...(explanation === '' ? [] : [words(explanation)]),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...windows,
  ];
}

function findingLine(finding: Finding): string {
  const { points, text, rule } = finding;
  const place = placeOf(finding);
  return `- ${signed(points)} · ${text === '' ? inline(rule) : words(text)}${place === null ? '' : ` (${inline(place)})`}`;
}

function codeBlocks(finding: Finding): string[] {
  const place = placeOf(finding);
  if (finding.snippet === null || place === null) return [];
  return [`Code at ${inline(place)}:`, fenced(finding.snippet)];
}

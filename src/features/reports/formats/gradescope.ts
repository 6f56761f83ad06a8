/**
 * Gradescope's results.json: the overall score, and a test for each path and each criterion, whose output is its
 * findings. What has no score has none here, and the reason as its output.
 */
import { inShort } from '../meaning.ts';
import type { ReportCriterion, ReportModel, ReportPath } from '../report-model.ts';
import { afterAppeals, appealsWords, chance, count, placeOf, signed } from '../wording.ts';

const MAX_SCORE = 100;

interface Test {
  name: string;
  number: string;
  score?: number;
  max_score?: number;
  output: string;
  visibility: 'visible';
  extra_data: object;
}

export function toGradescope(report: ReportModel): string {
  const { score, paths } = report;
  const results = {
    // Above the sum of the tests, which is no score of ours.
    ...(score === null ? {} : { score }),
    output: [report.summary, ...appealed(report), `${inShort}${stepsOf(report)}`].join('\n\n'),
    visibility: 'visible',
    tests: paths.flatMap((path) => [testOfPath(path), ...path.criteria.map(testOfCriterion)]),
    extra_data: {
      assessment_id: report.id,
      candidate_id: report.candidate,
      ...(report.humanScore === null ? {} : { human_score: report.humanScore }),
      confidence: report.confidence,
      engine_version: report.engineVersion,
      rubric_version: report.rubricVersion,
    },
  };
  return JSON.stringify(results);
}

const appealed = ({ humanScore }: ReportModel) =>
  humanScore === null ? [] : [appealsWords(humanScore)];

function stepsOf({ nextSteps }: ReportModel): string {
  if (nextSteps.length === 0) return '';
  const steps = nextSteps.map(({ text, gain, path }) => `- ${text} (+${gain} on ${path})`);
  return `\n\nWhat to do next:\n${steps.join('\n')}`;
}

const scored = (score: number | null) => (score === null ? {} : { score, max_score: MAX_SCORE });

const ofPeople = ({ humanScore }: ReportPath) =>
  humanScore === null ? [] : [`${afterAppeals(humanScore)}.`];

function testOfPath(path: ReportPath): Test {
  const { number, title, score, reason, interval, confidence } = path;
  const range = interval === null ? '' : `Range ${interval[0]} to ${interval[1]}, confidence `;
  return {
    name: title,
    number,
    ...scored(score),
    output:
      score === null
        ? `Not judged: ${reason ?? 'there was not enough to judge by.'}`
        : [
            `${range}${chance(confidence)}.`,
            ...ofPeople(path),
            ...path.strengths,
            ...path.improvements,
          ].join('\n'),
    visibility: 'visible',
    extra_data: {
      path: path.name,
      confidence,
      ...(interval === null ? {} : { interval }),
      ...(path.humanScore === null ? {} : { human_score: path.humanScore }),
    },
  };
}

function testOfCriterion(criterion: ReportCriterion): Test {
  const { number, name, title, score, base, weight, explanation, findings } = criterion;
  const lines = findings.map(({ points, text, rule, ...finding }) => {
    const place = placeOf(finding);
    return `${signed(points)}  ${text === '' ? rule : text}${place === null ? '' : ` (${place})`}`;
  });
  return {
    name: title,
    number,
    ...scored(score),
    output: [explanation || count(findings.length, 'finding'), ...lines].join('\n'),
    visibility: 'visible',
    extra_data: {
      criterion: name,
      weight,
      ...(score === null ? {} : { base, points: findings.map(({ points }) => points) }),
    },
  };
}

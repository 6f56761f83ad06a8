/**
 * SARIF 2.1.0, for editors and code scanning. A finding that cost points is a warning, one that has not earned any
 * is a note, and one that earned points is a pass, so that `properties.points` of all results close every score.
 */
import type { Effect, Finding, ReportCriterion, ReportModel, ReportPath } from '../report-model.ts';
import { questionOf } from '../wording.ts';

interface Rule {
  id: string;
  criterion: ReportCriterion;
}

const outcomes: Record<Effect, { kind: string; level: string }> = {
  cost: { kind: 'fail', level: 'warning' },
  open: { kind: 'fail', level: 'note' },
  earned: { kind: 'pass', level: 'none' },
  noted: { kind: 'informational', level: 'none' },
};

export function toSarif(report: ReportModel): string {
  const rules = new Map<string, Rule & { index: number }>();
  const results = report.paths.flatMap((path) =>
    path.criteria.flatMap((criterion) =>
      criterion.findings.map((finding) => {
        const id = `${path.name}/${criterion.name}/${finding.rule}`;
        const rule = rules.get(id) ?? { id, criterion, index: rules.size };
        rules.set(id, rule);
        return resultOf(finding, criterion, id, rule.index);
      }),
    ),
  );
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sono-Eval',
            version: report.engineVersion,
            informationUri: 'https://github.com/sono-eval/sono-eval',
            rules: [...rules.values()].map(descriptorOf),
          },
        },
        automationDetails: { id: `sono-eval/${report.id}` },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          SUBMISSION: { description: { text: 'The root of what was submitted.' } },
        },
        results,
        properties: runProperties(report),
      },
    ],
  };
  return JSON.stringify(log);
}

function descriptorOf({ id, criterion }: Rule) {
  const text = questionOf(criterion.name) ?? criterion.title;
  return { id, shortDescription: { text: `${criterion.title}: ${text}` } };
}

function resultOf(finding: Finding, criterion: ReportCriterion, ruleId: string, ruleIndex: number) {
  const { id, number, points, effect, text, file } = finding;
  return {
    ruleId,
    ruleIndex,
    ...outcomes[effect],
    message: { text: text === '' ? `${criterion.title}: ${finding.rule}` : text },
    ...(file === null ? {} : { locations: [locationOf(file, finding)] }),
    partialFingerprints: { 'sonoEvalFinding/v1': id },
    properties: { number, points },
  };
}

function locationOf(file: string, { startLine, endLine, snippet }: Finding) {
  const artifactLocation = { uri: uriOf(file), uriBaseId: 'SUBMISSION' };
  if (startLine === null) return { physicalLocation: { artifactLocation } };
  const region = {
    startLine,
    endLine: endLine ?? startLine,
    ...(snippet === null ? {} : { snippet: { text: snippet } }),
  };
  return { physicalLocation: { artifactLocation, region } };
}

/** A relative reference whose first segment has no colon, which would be a scheme (RFC 3986, 4.2). */
function uriOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

function runProperties(report: ReportModel) {
  return {
    assessment_id: report.id,
    candidate_id: report.candidate,
    timestamp: report.timestamp,
    overall_score: report.score,
    ...(report.humanScore === null ? {} : { human_score: report.humanScore }),
    confidence: report.confidence,
    summary: report.summary,
    rubric_version: report.rubricVersion,
    paths: report.paths.map(pathProperties),
  };
}

function pathProperties({
  name,
  score,
  reason,
  interval,
  confidence,
  criteria,
  humanScore,
}: ReportPath) {
  return {
    path: name,
    score,
    ...(humanScore === null ? {} : { human_score: humanScore }),
    ...(reason === null ? {} : { reason }),
    ...(interval === null ? {} : { interval }),
    confidence,
    criteria: criteria.map((criterion) => ({
      name: criterion.name,
      score: criterion.score,
      ...(criterion.score === null ? {} : { base: criterion.base }),
      weight: criterion.weight,
    })),
  };
}

/**
 * A result as a report tells it: numbered, with titles, and with a name for each finding that outlives the report.
 * Every format is written from this, so that they agree.
 */
import type { PathName } from '../../engine/contract.ts';
import { evidenceIds } from '../../engine/evidence-id.ts';
import type {
  Evidence,
  MetricScore,
  PathScore,
  Recommendation,
} from '../../engine/result-schema.ts';
import type { AssessmentResult } from '../assessments/assessment.ts';
import { floorOf } from './floors.ts';
import { pathTitle, titleOf } from './wording.ts';

/** The scores without evidence whose appeals people upheld. */
export interface HumanScores {
  overall_score: number | null;
  path_scores: readonly { path: PathName; score: number | null }[];
}

export interface ReportModel {
  id: string;
  candidate: string;
  submissionType: string;
  challenge: string | null;
  labels: string[];
  timestamp: string;
  score: number | null;
  /** Without what appeals upheld; null where none was. */
  humanScore: number | null;
  confidence: number;
  summary: string;
  keyFindings: string[];
  nextSteps: NextStep[];
  paths: ReportPath[];
  motives: AssessmentResult['micro_motives'];
  tags: string[];
  /** As the engine names them, largest share first. */
  languages: string[];
  unjudgedLanguages: { language: string; lines: number; share: number }[];
  leftOut: { path: string; reason: string }[];
  leftOutCount: number;
  engineVersion: string;
  rubricVersion: string;
  inputSha256: string;
}

export interface ReportPath {
  /** `1`; the number of a criterion begins with it. */
  number: string;
  name: PathName;
  title: string;
  score: number | null;
  /** Without what appeals upheld, where that is another score. */
  humanScore: number | null;
  /** Why there is no score. */
  reason: string | null;
  interval: readonly [low: number, high: number] | null;
  confidence: number;
  confidenceParts: Record<string, number>;
  /** What it counts in the overall score, where that is more than its score. */
  countsAs: number | null;
  /** What the criteria come to where a serious finding holds the score below it. */
  meanOfCriteria: number | null;
  strengths: string[];
  improvements: string[];
  criteria: ReportCriterion[];
}

export interface ReportCriterion {
  /** `1.3` */
  number: string;
  name: string;
  title: string;
  category: string;
  /** Null when it does not apply; then there are no findings. */
  score: number | null;
  /** Before the findings: `base` and their points are the score (to 0.1). */
  base: number;
  weight: number;
  /** Of the weights of the path that apply; 0 when this one does not. */
  share: number;
  confidence: number;
  explanation: string;
  /** Weightiest first. */
  findings: Finding[];
}

/** What it did to the score: `open` is what could have earned points and has not. */
export type Effect = 'earned' | 'cost' | 'open' | 'noted';

export interface Finding {
  /** `1.3.2` */
  number: string;
  /** Stays while the finding does, over versions of the submission. */
  id: string;
  effect: Effect;
  /** Empty where explanations were not asked for. */
  text: string;
  points: number;
  file: string | null;
  startLine: number | null;
  endLine: number | null;
  /** Quoted as it stands in the file, secrets masked. */
  snippet: string | null;
  /** `code`, `test`, `docs`, `prose`, … */
  source: string;
  rule: string;
  /** How many findings it stands for, which the result does not tell one by one. */
  folds: number;
}

export interface NextStep {
  path: string;
  criterion: string;
  text: string;
  gain: number;
  effort: NonNullable<Recommendation['effort']> | null;
  file: string | null;
  startLine: number | null;
  /** Number of the finding that it would settle, where one is at that place. */
  finding: string | null;
}

export function reportModel(
  result: AssessmentResult,
  human: HumanScores | null = null,
): ReportModel {
  const idOf = evidenceIds();
  const paths = result.path_scores.map((path, index) =>
    withHuman(toPath(path, String(index + 1), idOf), human),
  );
  return {
    id: result.assessment_id,
    candidate: result.candidate_id,
    submissionType: result.submission_type,
    challenge: result.challenge ?? null,
    labels: result.labels ?? [],
    timestamp: result.timestamp,
    score: result.overall_score,
    humanScore: human?.overall_score ?? null,
    confidence: result.confidence,
    summary: result.summary,
    keyFindings: result.key_findings,
    nextSteps: result.recommendations.map((step) => toStep(step, paths)),
    paths: result.overall_score === null ? paths : paths.map((path) => withFloor(path, result)),
    motives: result.micro_motives,
    tags: result.tags.map(({ tag }) => tag),
    languages: result.languages.map(({ language }) => language),
    unjudgedLanguages: result.unjudged_languages ?? [],
    leftOut: (result.left_out ?? []).map(({ path, reason }) => ({ path, reason })),
    leftOutCount: result.left_out_count ?? 0,
    engineVersion: result.engine_version,
    rubricVersion: result.rubric_version,
    inputSha256: result.input_sha256,
  };
}

type IdOf = ReturnType<typeof evidenceIds>;

function toPath(path: PathScore, number: string, idOf: IdOf): ReportPath {
  const whole = path.metrics.reduce(
    (sum, { score, weight }) => sum + (score === null ? 0 : weight),
    0,
  );
  return {
    number,
    name: path.path,
    title: pathTitle(path.path),
    score: path.overall_score,
    humanScore: null,
    reason: path.reason ?? null,
    interval: path.interval ?? null,
    confidence: path.confidence,
    confidenceParts: path.confidence_parts,
    countsAs: path.counts_as ?? null,
    meanOfCriteria: heldMean(path, whole),
    strengths: path.strengths,
    improvements: path.areas_for_improvement,
    criteria: path.metrics.map((metric, index) =>
      toCriterion(metric, { number: `${number}.${index + 1}`, path: path.path, whole, idOf }),
    ),
  };
}

function withHuman(path: ReportPath, human: HumanScores | null): ReportPath {
  const own = human?.path_scores.find((each) => each.path === path.name)?.score ?? null;
  return own === path.score ? path : { ...path, humanScore: own };
}

/** Results of engine 3.0 and before do not tell it. */
function withFloor(path: ReportPath, result: AssessmentResult): ReportPath {
  if (path.countsAs !== null) return path;
  const floor = floorOf(result.rubric_version, path.name);
  return floor !== null && floor > (path.score ?? 0) ? { ...path, countsAs: floor } : path;
}

/** Half a point is more than rounding can make. */
const ROUNDING = 0.5;

function heldMean({ overall_score: score, metrics }: PathScore, whole: number): number | null {
  if (score === null || whole === 0) return null;
  const sum = metrics.reduce((total, metric) => total + metric.weight * (metric.score ?? 0), 0);
  const mean = sum / whole;
  return mean - score > ROUNDING ? Math.round(mean * 10) / 10 : null;
}

interface Place {
  number: string;
  path: PathName;
  whole: number;
  idOf: IdOf;
}

function toCriterion(metric: MetricScore, { number, path, whole, idOf }: Place): ReportCriterion {
  const { name, category, score, base, weight, confidence, explanation } = metric;
  return {
    number,
    name,
    title: titleOf(name),
    category,
    score,
    base,
    weight,
    share: score === null ? 0 : weight / whole,
    confidence,
    explanation,
    findings: metric.evidence.map((item, index) => ({
      number: `${number}.${index + 1}`,
      id: idOf(`${path}/${name}`, item),
      effect: effectOf(item, base),
      text: item.description,
      points: item.points,
      file: item.file,
      startLine: item.start_line,
      endLine: item.end_line,
      snippet: item.snippet,
      source: item.source,
      rule: item.rule,
      folds: item.rule === 'further_facts' ? Number(item.metadata['count'] ?? 0) : 0,
    })),
  };
}

/** What is earned starts at 0: there a fact without points has not earned any. */
function effectOf({ points, type, rule }: Evidence, base: number): Effect {
  if (points > 0) return 'earned';
  if (points < 0) return 'cost';
  return base === 0 && type !== 'note' && type !== 'strength' && rule !== 'further_facts'
    ? 'open'
    : 'noted';
}

/** What a step gains is a number of its own: it is taken off the end of the sentence. */
const gainAtEnd = /; moves [a-z ]+ by about \+[\d.]+\.$/;

function toStep(step: Recommendation, paths: readonly ReportPath[]): NextStep {
  const { file = null, start_line: startLine = null } = step;
  const path = paths.find(({ name }) => name === step.path);
  const findings = path?.criteria.find(({ name }) => name === step.metric)?.findings ?? [];
  const there =
    file === null
      ? undefined
      : findings.find((item) => item.file === file && item.startLine === startLine);
  return {
    path: pathTitle(step.path),
    criterion: titleOf(step.metric),
    text: step.text.replace(gainAtEnd, '.'),
    gain: step.gain,
    effort: step.effort ?? null,
    file,
    startLine,
    finding: there?.number ?? null,
  };
}

import type { AssessmentInput, PathName, Sketch, SourceFile } from './contract.ts';
import type { EngineResult, MetricScore, PathScore } from './result-schema.ts';
import { integrityOf, criterionConfidence, pathConfidence } from './confidence.ts';
import { criterionCatalogue, type CriterionCatalogue } from './criteria/catalogue.ts';
import { evidenceOf } from './evidence.ts';
import {
  dominantPath,
  improvementsOf,
  keyFindings,
  criterionExplanation,
  strengthsOf,
  summaryOf,
} from './explain.ts';
import type { FileFacts } from './facts.ts';
import { hashInput, normaliseInput, takeIn } from './intake.ts';
import { microMotives } from './motives.ts';
import { roundHalfEven, sum } from './numbers.ts';
import { readProse, type ProseText } from './prose/prose.ts';
import { recommend } from './recommendations.ts';
import { threshold, type Rubric } from './rubric.ts';
import { overallScore, scorePath, type ScoredCriterion, type ScoredPath } from './score.ts';
import { leftOutFiles } from './submission/left-out.ts';
import { buildSubmission, type Submission } from './submission/submission.ts';
import { languageShares, tagsOf } from './tags.ts';

/** Patch: no score moves. Minor: new criteria of weight 0. Major: scores move. */
export const engineVersion = '12.0.0';

export interface AssessDependencies {
  extract: (file: SourceFile) => FileFacts;
  rubric: Rubric;
  /** What judges, by path and name; the catalogue unless told otherwise. */
  criteria?: CriterionCatalogue;
  /** Hash of the grammars that `extract` parses with. */
  grammarsHash: string;
  /** Called when a stage begins. */
  onStage?: (stage: string) => void;
  /** Asked between files and stages; true stops the work. */
  cancelled?: () => boolean;
}

/** Thrown when `cancelled` said so. */
export class AssessmentCancelled extends Error {
  override name = 'AssessmentCancelled';
}

export interface Judged {
  result: EngineResult;
  /** For whoever compares submissions; no score depends on it. */
  sketch: Sketch;
}

/**
 * Judges a submission. Pure: no I/O, no clock, no randomness; the same input, rubric and grammars
 * give the same result, byte for byte, whatever the order of the files.
 * @throws AssessmentCancelled
 */
export function assess(given: AssessmentInput, deps: AssessDependencies): Judged {
  const { rubric, extract, criteria = criterionCatalogue } = deps;
  const begin = (stage: string): void => {
    checkpoint(deps);
    deps.onStage?.(stage);
  };
  begin('intake');
  const input = normaliseInput(given);
  const intake = takeIn(input, rubric);
  const inputHash = hashInput(input, {
    engine: engineVersion,
    rubric: rubric.hash,
    grammars: deps.grammarsHash,
  });
  begin('facts');
  const read = (file: SourceFile): FileFacts => {
    checkpoint(deps);
    return extract(file);
  };
  const facts = intake.files.map(read);
  const templateFacts = intake.templates.map(read);
  begin('prose');
  const prose = readProse([...intake.texts, ...documentationFiles(intake.files, facts)], rubric);
  const parts = { intake, facts, templateFacts, prose, submissionType: input.submission_type };
  const submission = buildSubmission(parts, rubric);
  begin('metrics');
  const scored = input.paths_to_evaluate.map((path) => {
    checkpoint(deps);
    return scorePath(path, criteria[path], { submission, rubric });
  });
  begin('score');
  const overall = overallScore(scored, input.options.weights ?? {}, rubric);
  begin('confidence');
  const paths = scored.map((path) => {
    checkpoint(deps);
    return presentPath(path, submission, rubric);
  });
  begin('explain');
  const motives = microMotives(submission, scored, rubric);
  // A path that stands at its floor is one that nothing is known of.
  const confidences = paths.filter(
    ({ path, overall_score }) =>
      overall_score !== null || (overall !== null && rubric.data.paths[path].floor !== undefined),
  );
  const result: EngineResult = {
    overall_score: overall,
    confidence: roundHalfEven(
      sum(confidences.map(({ confidence }) => confidence)) / Math.max(1, confidences.length),
      3,
    ),
    path_scores: paths.map((path) => ({
      ...path,
      ...(overall === null ? {} : countingAs(path, rubric)),
      motives: motives
        .filter(({ path_alignment }) => path_alignment === path.path)
        .map(({ motive_type }) => motive_type),
    })),
    micro_motives: motives,
    dominant_path: dominantPath(scored),
    summary: summaryOf(overall, scored, submission, rubric),
    key_findings: keyFindings(paths, rubric),
    recommendations: recommend(scored, rubric),
    tags: tagsOf(submission, rubric),
    languages: languageShares(submission),
    ...whatWasLeftOut(submission, rubric),
    engine_version: engineVersion,
    rubric_version: rubric.data.version,
    input_sha256: inputHash,
  };
  begin('seal');
  const told = input.options.include_explanations === false ? withoutTexts(result) : result;
  return { result: told, sketch: submission.sketch };
}

/** What a path counts in the overall score, where its floor is more than its score. */
function countingAs(
  { path, overall_score: score }: PathScore,
  { data }: Rubric,
): Pick<PathScore, 'counts_as'> {
  const floor = data.paths[path].floor?.value ?? 0;
  return floor > (score ?? 0) ? { counts_as: floor } : {};
}

/** Files told by name; all are counted. */
const mostLeftOut = 200;

function whatWasLeftOut(
  { files, unreadable, unjudged }: Submission,
  rubric: Rubric,
): Pick<EngineResult, 'unjudged_languages' | 'left_out' | 'left_out_count'> {
  const left = leftOutFiles(files, unreadable, threshold(rubric, 'error_share_limit'));
  const whole = unjudged.share === 0 ? 1 : unjudged.lines / unjudged.share;
  return {
    unjudged_languages: unjudged.languages.map(({ language, lines }) => ({
      language,
      lines,
      share: roundHalfEven(lines / whole, 4),
    })),
    left_out: left.slice(0, mostLeftOut),
    left_out_count: left.length,
  };
}

function checkpoint({ cancelled }: AssessDependencies): void {
  if (cancelled?.() === true) throw new AssessmentCancelled('the assessment was cancelled');
}

/** README and other documents among the files are prose under their path. */
function documentationFiles(
  files: readonly SourceFile[],
  facts: readonly FileFacts[],
): ProseText[] {
  return facts.flatMap(({ role, language, path }, index): ProseText[] => {
    const text = files[index]?.content ?? '';
    const written = role === 'docs' && (language === 'markdown' || language === 'text');
    return written && text.trim() !== '' ? [{ name: path, source: 'docs', text }] : [];
  });
}

function presentPath(scored: ScoredPath, submission: Submission, rubric: Rubric): PathScore {
  const integrity = integrityOf(scored.path, submission);
  const metrics = scored.metrics.map((metric) =>
    presentCriterion({ path: scored.path, ...metric }, submission, rubric, integrity),
  );
  if (scored.score === null) {
    return {
      path: scored.path,
      overall_score: null,
      status: 'insufficient_evidence',
      reason: scored.reason ?? 'Too little to judge by.',
      confidence: 0,
      confidence_parts: { coverage: roundHalfEven(scored.coverage, 3) },
      metrics,
      motives: [],
      strengths: [],
      areas_for_improvement: [],
    };
  }
  const { confidence, parts, interval, deviation } = pathConfidence(scored, submission, rubric);
  return {
    path: scored.path,
    overall_score: scored.score,
    status: 'scored',
    interval,
    confidence,
    confidence_parts: parts,
    deviation,
    metrics,
    motives: [],
    strengths: strengthsOf(scored, rubric),
    areas_for_improvement: improvementsOf(scored, rubric),
  };
}

function presentCriterion(
  metric: ScoredCriterion & { path: PathName },
  submission: Submission,
  rubric: Rubric,
  integrity: number,
): MetricScore {
  const { spec, settled } = metric;
  return {
    name: spec.name,
    category: spec.category,
    base: settled?.base ?? 0,
    score: settled?.score ?? null,
    weight: spec.weight,
    confidence: criterionConfidence(metric, integrity, rubric),
    explanation: criterionExplanation(metric),
    evidence: evidenceOf(metric, submission, rubric),
  };
}

/** The same result without what explains it in words. */
function withoutTexts(result: EngineResult): EngineResult {
  return {
    ...result,
    path_scores: result.path_scores.map((path) => ({
      ...path,
      metrics: path.metrics.map((metric) => ({
        ...metric,
        explanation: '',
        evidence: metric.evidence.map((item) => ({ ...item, description: '', snippet: null })),
      })),
    })),
  };
}

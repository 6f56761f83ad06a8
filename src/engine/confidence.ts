import type { PathName } from './contract.ts';
import { resampledScores } from './bootstrap.ts';
import { belief } from './criteria/settle.ts';
import { clamp, ratio, roundHalfEven, sum } from './numbers.ts';
import { curve, threshold, type Rubric } from './rubric.ts';
import type { ScoredPath } from './score.ts';
import type { Submission } from './submission/submission.ts';

export interface PathConfidence {
  /**
   * Probability that the score moves by at most ten points once the rest of a complete submission of
   * the same kind is seen.
   */
  confidence: number;
  /** Factors whose product is the confidence. */
  parts: Record<string, number>;
  /** Standard deviation of the score, in points. */
  deviation: number;
  interval: [number, number];
}

/**
 * `sqrt(coverage) × integrity × P(|N(0, s)| ≤ 10) × sample × documents × calibration`, each factor returned as a
 * part. The last is what the rubric's table makes of the product of the others, as a factor.
 */
export function pathConfidence(
  scored: ScoredPath,
  submission: Submission,
  rubric: Rubric,
): PathConfidence {
  const score = scored.score ?? 0;
  // The same draws for everybody: nothing but the submission moves an interval, not even the engine's version.
  const samples = resampledScores(scored, scored.path, threshold(rubric, 'resamples'));
  const mean = ratio(sum(samples), samples.length);
  const deviation = Math.sqrt(
    ratio(sum(samples.map((value) => (value - mean) ** 2)), Math.max(1, samples.length - 1)),
  );
  const spread = Math.hypot(deviation, expectedShift(scored, threshold(rubric, 'unseen_growth')));
  const stability = withinBand(spread, threshold(rubric, 'confidence_band'));
  const integrity = integrityOf(scored.path, submission);
  const coverage = Math.sqrt(scored.coverage);
  const parts = withCalibration(
    {
      coverage: roundHalfEven(coverage, 3),
      integrity: roundHalfEven(integrity, 3),
      stability: roundHalfEven(stability, 3),
      ...(scored.path === 'communication' ? {} : whatIsToCome(scored, rubric)),
    },
    scored.path,
    submission,
    rubric,
  );
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[clamp(Math.floor(share * sorted.length), 0, sorted.length - 1)] ?? score;
  return {
    confidence: roundHalfEven(clamp(product(parts), 0, 1), 3),
    parts,
    deviation: roundHalfEven(spread, 2),
    interval: [
      roundHalfEven(Math.min(score, at(0.05)), 1),
      roundHalfEven(Math.max(score, at(0.95)), 1),
    ],
  };
}

/** The factors with the one that calibration multiplies them by. */
function withCalibration(
  factors: Record<string, number>,
  path: PathName,
  submission: Submission,
  rubric: Rubric,
): Record<string, number> {
  const stated = product(factors);
  const table = calibrationTable(path, submission);
  const factor = stated === 0 ? 1 : calibrated(stated, table, rubric) / stated;
  return { ...factors, calibration: roundHalfEven(factor, 4) };
}

/** Name of the curve that a path of such a submission is calibrated by. */
export function calibrationTable(path: PathName, submission: Submission): string {
  return path === 'communication' ? path : `${path}_${formOf(submission)}`;
}

function product(factors: Record<string, number>): number {
  return Object.values(factors).reduce((total, factor) => total * factor, 1);
}

/** How often scores of this stated confidence did stay within the band when more was shown. */
function calibrated(stated: number, table: string, rubric: Rubric): number {
  return curve(rubric, `calibration_${table}`, clamp(stated, 0, 1) * 100) / 100;
}

/** Languages that ask for a type around each function, and by custom for a file around each type. */
const filesAreTypes = new Set(['java', 'csharp']);

/**
 * The rest of a submission of the same kind differs by how the code is held together: where each file is a type, more
 * files bring relations among types; where a file is a module, it shows its design by itself.
 */
function formOf({ code }: Submission): 'classes' | 'modules' {
  const lines = (files: Submission['code']): number => sum(files.map(({ lloc }) => lloc));
  const types = code.filter(({ language }) => filesAreTypes.has(language));
  return 2 * lines(types) > lines(code) ? 'classes' : 'modules';
}

/** Few statements say little of the rest, and what is not documented yet may be documented there. */
function whatIsToCome({ metrics }: ScoredPath, rubric: Rubric): Record<string, number> {
  let [believed, whole] = [0, 0];
  for (const { spec, draft, settled } of metrics) {
    if (!draft.applicable || !settled || spec.kind === 'earned') continue;
    whole += spec.weight;
    believed += spec.weight * belief(spec, draft.sample.n);
  }
  const sample = curve(rubric, 'confidence_sample', 100 * (whole === 0 ? 1 : believed / whole));
  const documentation = metrics.find(({ spec }) => spec.name === 'documentation');
  if (!documentation) return { sample: roundHalfEven(sample / 100, 3) };
  const documents = curve(rubric, 'confidence_documents', documentation.settled?.score ?? 0);
  return {
    sample: roundHalfEven(sample / 100, 3),
    documents: roundHalfEven(documents / 100, 3),
  };
}

/**
 * What shrinking toward 50 will give back when the submission grows and stays as it is: a shift in
 * one direction that resampling what is there can't show.
 */
function expectedShift({ metrics }: ScoredPath, growth: number): number {
  let shift = 0;
  let whole = 0;
  for (const { spec, draft, settled } of metrics) {
    if (!draft.applicable || !settled) continue;
    whole += spec.weight;
    const now = belief(spec, draft.sample.n);
    if (spec.kind === 'earned' || now === 0) continue;
    const later = belief(spec, draft.sample.n * growth);
    shift += (spec.weight * (settled.score - 50) * (later - now)) / now;
  }
  return ratio(shift, whole);
}

/** How far one criterion's score rests on what was seen. */
export function criterionConfidence(
  metric: ScoredPath['metrics'][number],
  integrity: number,
  rubric: Rubric,
): number {
  const { spec, draft, settled } = metric;
  if (!draft.applicable || !settled) return 0;
  const seen = belief(
    { ...spec, shrink: spec.shrink ?? threshold(rubric, 'earned_sample') },
    draft.sample.n,
  );
  return roundHalfEven(integrity * seen, 3);
}

/** Share of the material that could be read for what it is. */
export function integrityOf(path: PathName, submission: Submission): number {
  if (path === 'communication') {
    const { sentences, documents, truncated } = submission.prose;
    const rejected = sum(documents.map((document) => document.rejected.length));
    return ratio(sentences.length, sentences.length + rejected) * (truncated ? 0.9 : 1);
  }
  const files = submission.files.filter(({ role }) => role === 'source' || role === 'test');
  const whole = sum(files.map(({ lines }) => lines));
  const read = sum(
    files.map((file) => {
      const tier = submission.code.includes(file) || submission.testFiles.includes(file) ? 1 : 0;
      const cut = file.truncated ? 0.5 : 1;
      return file.lines * (1 - file.errorShare) * file.languageCertainty * tier * cut;
    }),
  );
  return ratio(read, whole);
}

/** P(|N(0, s)| ≤ band) by the error function (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function withinBand(deviation: number, band: number): number {
  if (deviation === 0) return 1;
  const x = band / (deviation * Math.SQRT2);
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return 1 - polynomial * Math.exp(-x * x);
}

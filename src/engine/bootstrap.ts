import { createHash } from 'node:crypto';

import type { Observation } from './criteria/criterion.ts';
import { belief, earnedScore } from './criteria/settle.ts';
import { clamp, ratio, sum } from './numbers.ts';
import type { CriterionSpec } from './rubric.ts';
import { pathCap, type ScoredCriterion, type ScoredPath } from './score.ts';

/** Units beyond this many are drawn in blocks: the interval is as good, and the work stays bounded. */
const blocks = 2_000;

/** A criterion as far as resampling needs it. */
interface Resampled {
  spec: CriterionSpec;
  sampleSize: number;
  /** Amounts and, in the same order, indices of their units; facts of zero left out. */
  amounts: Float64Array;
  units: Int32Array;
  cap: number;
  /** What is left of the deviation that the rubric expects before anything is seen. */
  deviation: number;
}

/**
 * The path's score in worlds where other functions, files or sentences of the same kind had been
 * handed in: each unit is drawn 0, 1, 2 … times (Poisson bootstrap), and what was not seen at all is
 * drawn from the spread that the rubric states. The seed makes it repeatable.
 */
export function resampledScores(scored: ScoredPath, seed: string, times: number): number[] {
  const units = new Map<string, number>();
  const metrics = scored.metrics.flatMap((metric) => {
    const prepared = prepare(metric, units);
    return prepared ? [prepared] : [];
  });
  const cap = pathCap(scored.metrics);
  const random = new Random(seed);
  const whole = sum(metrics.map(({ spec }) => spec.weight));
  const draws = new Uint16Array(Math.min(blocks, units.size));
  return Array.from({ length: times }, () => {
    for (let unit = 0; unit < draws.length; unit += 1) draws[unit] = random.poisson();
    let total = 0;
    for (const metric of metrics)
      total += metric.spec.weight * resampledScore(metric, draws, random);
    return clamp(Math.min(cap, ratio(total, whole)), 0, 100);
  });
}

function prepare({ spec, draft }: ScoredCriterion, units: Map<string, number>): Resampled | null {
  if (!draft.applicable) return null;
  const indexOf = (key: string): number => {
    const known = units.get(key) ?? units.size;
    units.set(key, known);
    return known % blocks;
  };
  const halfway = spec.shrink ?? 5;
  const sampleSize = draft.sample.n;
  return {
    spec,
    sampleSize,
    ...factsByUnit(draft.observations, (unit, index) => indexOf(unit ?? `${spec.name}:${index}`)),
    cap: draft.observations.reduce(
      (cap, { criterionCap }) => Math.min(cap, criterionCap ?? 100),
      100,
    ),
    deviation: spec.deviation * Math.sqrt(halfway / (sampleSize + halfway)),
  };
}

function factsByUnit(
  observations: readonly Observation[],
  indexOf: (unit: string | undefined, index: number) => number,
): Pick<Resampled, 'amounts' | 'units'> {
  const amounts = new Map<number, number>();
  for (const [index, { amount, unit }] of observations.entries()) {
    if (amount === 0) continue;
    const at = indexOf(unit, index);
    amounts.set(at, (amounts.get(at) ?? 0) + amount);
  }
  return { amounts: Float64Array.from(amounts.values()), units: Int32Array.from(amounts.keys()) };
}

function resampledScore(metric: Resampled, draws: Uint16Array, random: Random): number {
  const { spec, amounts, units, sampleSize, cap, deviation } = metric;
  let total = 0;
  for (let at = 0; at < amounts.length; at += 1) total += amounts[at]! * draws[units[at]!]!;
  const noise = deviation * random.normal();
  if (spec.kind === 'earned') return clamp(earnedScore(spec, total) + noise, 0, 100);
  const believed = belief(spec, sampleSize);
  const score = 50 + 50 * believed - Math.min(100, total) * believed;
  return clamp(Math.min(cap, score) + noise, 0, 100);
}

const none = Math.exp(-1);

/** mulberry32: enough for resampling, and the same on every machine. */
class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  uniform(): number {
    const state = (this.#state + 0x6d2b79f5) | 0;
    this.#state = state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Mean 1. */
  poisson(): number {
    let product = this.uniform();
    let drawn = 0;
    while (product > none) {
      product *= this.uniform();
      drawn += 1;
    }
    return drawn;
  }

  /** Standard normal: twelve uniforms, which needs no logarithm that platforms may round apart. */
  normal(): number {
    let total = -6;
    for (let drawn = 0; drawn < 12; drawn += 1) total += this.uniform();
    return total;
  }
}

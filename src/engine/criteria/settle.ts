import { clamp, roundHalfEven, sum } from '../numbers.ts';
import type { CriterionSpec } from '../rubric.ts';
import type { Observation } from './criterion.ts';

export interface Settled {
  base: number;
  score: number;
  /** One number for each observation, in order; base plus their sum is the score. */
  points: number[];
}

/**
 * Turns observations into points.
 * - A defect criterion starts where a clean submission of this size stands (100 shrunk toward 50 by
 *   sample size) and loses points.
 * - An earned criterion starts at 0 and gains with diminishing returns.
 * The arithmetic closes exactly: what rounding leaves over goes to the largest item, and what it lacks is taken from the
 * last of the largest, so that equals keep their order.
 */
export function settle(
  spec: CriterionSpec,
  sampleSize: number,
  observations: readonly Observation[],
): Settled {
  const open =
    spec.kind === 'defect'
      ? settleDefects(spec, sampleSize, observations)
      : settleEarned(spec, observations);
  return close(applyCap(open, observations));
}

/** Share of the way from 50 to the raw score that a sample of this size is believed. */
export function belief(spec: CriterionSpec, sampleSize: number): number {
  return sampleSize / (sampleSize + (spec.shrink ?? 0)) || 0;
}

/** Score of an earned criterion by units earned. */
export function earnedScore(spec: CriterionSpec, units: number): number {
  const scale = spec.scale ?? 1;
  const top = spec.full === undefined ? 1 : 1 - Math.exp(-spec.full / scale);
  return clamp((100 * (1 - Math.exp(-Math.max(0, units) / scale))) / top, 0, 100);
}

function settleDefects(
  spec: CriterionSpec,
  sampleSize: number,
  observations: readonly Observation[],
): Settled {
  const believed = belief(spec, sampleSize);
  const lost = sum(observations.map((item) => Math.max(0, item.amount)));
  // More than 100 raw points can't be lost; the items then share the 100.
  const scale = lost > 100 ? 100 / lost : 1;
  const points = observations.map((item) => -Math.max(0, item.amount) * scale * believed);
  const base = 50 + 50 * believed;
  return { base, score: base + sum(points), points };
}

function settleEarned(spec: CriterionSpec, observations: readonly Observation[]): Settled {
  const gained = sum(observations.map((item) => Math.max(0, item.amount)));
  const taken = sum(observations.map((item) => Math.max(0, -item.amount)));
  const top = earnedScore(spec, gained);
  const score = earnedScore(spec, gained - taken);
  const points = observations.map((item) => {
    if (item.amount > 0) return (top * item.amount) / gained;
    return taken === 0 ? 0 : ((top - score) * item.amount) / taken;
  });
  return { base: 0, score, points };
}

function applyCap(settled: Settled, observations: readonly Observation[]): Settled {
  let lowest = -1;
  let cap = Infinity;
  for (let index = 0; index < observations.length; index += 1) {
    const own = observations[index]!.criterionCap ?? Infinity;
    if (own >= cap) continue;
    cap = own;
    lowest = index;
  }
  if (lowest < 0 || settled.score <= cap) return settled;
  const points = settled.points.with(lowest, (settled.points[lowest] ?? 0) + cap - settled.score);
  return { ...settled, score: cap, points };
}

function close(settled: Settled): Settled {
  const base = roundHalfEven(settled.base, 1);
  const score = roundHalfEven(settled.score, 1);
  const points = settled.points.map((value) => roundHalfEven(value, 2));
  const gap = roundHalfEven(score - base - sum(points), 2);
  const largest = indexOfLargest(points, gap < 0);
  if (largest < 0) return { base: score, score, points };
  return {
    base,
    score,
    points: points.with(largest, roundHalfEven((points[largest] ?? 0) + gap, 2)),
  };
}

/** The first of equals, or the last. */
function indexOfLargest(values: readonly number[], last: boolean): number {
  let largest = -1;
  let most = -1;
  for (let index = 0; index < values.length; index += 1) {
    const size = Math.abs(values[index]!);
    if (size < most || (size === most && !last)) continue;
    most = size;
    largest = index;
  }
  return largest;
}

/** Curves from stated confidence to how often it came true; pure. */

/** What was stated before calibration, by which curve it is to be turned, and whether it held. */
export interface Observed {
  project: string;
  table: string;
  stated: number;
  held: boolean;
}

export type Curves = ReadonlyMap<string, (stated: number) => number>;

interface Line {
  at: number;
  slope: number;
}

/** How many observations the line of all of them stands for in the line of one table. */
const drawnToward = 5;

/**
 * A logistic curve for each table: the odds of coming true are a power of the odds that were stated. Tables with few
 * observations are drawn toward the line of all of them.
 */
export function fitCurves(items: readonly (Observed & { weight: number })[]): Curves {
  const all = fit(items, { at: 0, slope: 1 }, 1);
  const byTable = Map.groupBy(items, ({ table }) => table);
  return new Map(
    [...byTable].map(([table, own]) => {
      const { at, slope } = fit(own, all, drawnToward);
      return [table, (stated) => sigmoid(at + slope * logit(stated))];
    }),
  );
}

/** Least penalised log loss by Newton's method; the penalty is on the distance from `prior`. */
function fit(
  items: readonly (Observed & { weight: number })[],
  prior: Line,
  strength: number,
): Line {
  // A tenth: the variance of a yes or no of which little is known, which makes the strength a number of observations.
  const pull = strength / 10;
  const lossAt = ({ at, slope }: Line): number => {
    let loss = (pull * ((at - prior.at) ** 2 + (slope - prior.slope) ** 2)) / 2;
    for (const { stated, held, weight } of items) {
      const odds = at + slope * logit(stated);
      loss += weight * Math.log1p(Math.exp(held ? -odds : odds));
    }
    return loss;
  };
  let line = prior;
  for (let step = 0; step < 30; step += 1) {
    const full = newtonStep(items, line, prior, pull);
    // A full step may lead beyond the least: it is halved until it leads down.
    const tried = [1, 0.5, 0.25, 0.1, 0.01]
      .map((part) => ({ at: line.at - part * full.at, slope: line.slope - part * full.slope }))
      .find((next) => lossAt(next) < lossAt(line));
    if (tried === undefined) break;
    line = tried;
  }
  return line;
}

function newtonStep(
  items: readonly (Observed & { weight: number })[],
  { at, slope }: Line,
  prior: Line,
  pull: number,
): Line {
  let [g0, g1] = [pull * (at - prior.at), pull * (slope - prior.slope)];
  let [h00, h01, h11] = [pull, 0, pull];
  for (const { stated, held, weight } of items) {
    const x = logit(stated);
    const p = sigmoid(at + slope * x);
    const error = weight * (p - Number(held));
    const curvature = weight * p * (1 - p);
    g0 += error;
    g1 += error * x;
    h00 += curvature;
    h01 += curvature * x;
    h11 += curvature * x * x;
  }
  const determinant = h00 * h11 - h01 * h01;
  return { at: (h11 * g0 - h01 * g1) / determinant, slope: (h00 * g1 - h01 * g0) / determinant };
}

/** Percent stated at which a curve of the rubric has its anchors. */
const anchors = [0, 1, 2, 4, 7, 11, 16, 22, 30, 40, 52, 65, 80, 100];

/** A curve as the rubric has it; nothing is certain. */
export function curveOf(curve: (stated: number) => number): [number, number][] {
  return anchors.map((percent) => [percent, Math.min(99, Math.round(100 * curve(percent / 100)))]);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Logarithm of the odds, kept finite. */
function logit(share: number): number {
  const inside = Math.min(0.995, Math.max(0.002, share));
  return Math.log(inside / (1 - inside));
}

/** The formulas by which agreement is told; pure, and the same numbers on each run. */

/** Ranks from 1, equal values share the mean of theirs. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1;
    for (let at = from; at <= to; at += 1) ranks[order[at]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return ranks;
}

/** Rank correlation: Pearson's of the average ranks. NaN where one side does not vary. */
export function spearman(pairs: readonly (readonly [number, number])[]): number {
  const a = ranksOf(pairs.map(([first]) => first));
  const b = ranksOf(pairs.map(([, second]) => second));
  const mean = (pairs.length + 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (const [index, rank] of a.entries()) {
    const [x, y] = [rank - mean, b[index]! - mean];
    both += x * y;
    left += x * x;
    right += y * y;
  }
  return both / Math.sqrt(left * right);
}

/** Share of the pairs at least `gap` apart for people that the score has in the same order; a tie is wrong. */
export function pairsInOrder(items: readonly (readonly [number, number])[], gap: number): number {
  let [right, all] = [0, 0];
  for (const [index, [score, human]] of items.entries()) {
    for (const [other, rated] of items.slice(index + 1)) {
      if (Math.abs(human - rated) < gap) continue;
      all += 1;
      if ((score - other) * (human - rated) > 0) right += 1;
    }
  }
  return right / all;
}

/** What was found and what is true, for labels that may be several. */
export interface Labelled {
  found: readonly string[];
  truth: readonly string[];
}

/** 2 TP / (2 TP + FP + FN) over all items and labels. */
export function microF1(items: readonly Labelled[]): number {
  let [hits, given] = [0, 0];
  for (const { found, truth } of items) {
    hits += found.filter((label) => truth.includes(label)).length;
    given += found.length + truth.length;
  }
  return (2 * hits) / given;
}

/** F1 of each label, weighted by how often it is true. */
export function weightedF1(items: readonly Labelled[]): number {
  const labels = new Set(items.flatMap(({ truth }) => truth));
  let [sum, whole] = [0, 0];
  for (const label of labels) {
    const only = items.map(({ found, truth }) => ({
      found: found.filter((one) => one === label),
      truth: truth.filter((one) => one === label),
    }));
    const weight = only.filter(({ truth }) => truth.length > 0).length;
    sum += weight * microF1(only);
    whole += weight;
  }
  return sum / whole;
}

export interface Ranked {
  score: number;
  positive: boolean;
}

/** Share of the pairs of a positive and a negative in which the positive has the higher score; a tie is half of one. */
export function areaUnderCurve(items: readonly Ranked[]): number {
  const ranks = ranksOf(items.map(({ score }) => score));
  const count = items.filter(({ positive }) => positive).length;
  const sum = items.reduce((all, { positive }, n) => all + (positive ? (ranks[n] ?? 0) : 0), 0);
  return (sum - (count * (count + 1)) / 2) / (count * (items.length - count));
}

export function shareOfTrue(items: readonly boolean[]): number {
  return items.filter(Boolean).length / items.length;
}

const resamples = 1_000;
const seed = 20_261_129;

/** 2.5 and 97.5 percentiles over 1,000 resamples of the items, the same ones each time. */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (items: readonly T[]) => number,
): [number, number] {
  const random = mulberry32(seed);
  const values = Array.from({ length: resamples }, () =>
    statistic(items.map(() => items[Math.floor(random() * items.length)]!)),
  )
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? NaN;
  return [at(0.025), at(0.975)];
}

/** A generator of 32 bits of state, since the platform's own can't be seeded. */
export function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

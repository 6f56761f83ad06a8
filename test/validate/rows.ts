import { bootstrap } from './statistics.ts';

/** What a row of the table says before it is measured. */
export interface RowFacts {
  id: string;
  /** What is compared with what, in one sentence. */
  what: string;
  /** Path and criterion whose score it is about; absent for counts. */
  score?: string;
  statistic: 'spearman' | 'pairs_in_order' | 'one_minus_ece' | 'micro_f1' | 'auc' | 'share_equal';
  goal: number;
  /** The most that can be reached, given how far people agree with each other; null: 1. */
  ceiling: number | null;
  /** How far the data took part in making the engine. */
  fit: string;
  source: string;
}

export interface Row extends RowFacts {
  n: number;
  value: number;
  interval: [number, number];
  pass: boolean;
  /** Further numbers of the same comparison. */
  also?: Record<string, number>;
}

/** Measures a row over its items; null when there are none. */
export function rowOf<T>(
  facts: RowFacts,
  items: readonly T[],
  statistic: (items: readonly T[]) => number,
  also?: Record<string, number>,
): Row | null {
  if (items.length === 0) return null;
  const value = round(statistic(items));
  const [low, high] = bootstrap(items, statistic);
  return {
    ...facts,
    n: items.length,
    value,
    interval: [round(low), round(high)],
    pass: value >= facts.goal,
    ...(also ? { also } : {}),
  };
}

export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

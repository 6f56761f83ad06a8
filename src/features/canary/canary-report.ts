/** What a draft does to those who were judged: who moves, whose order and letter change, and whether people agree. */
import { letterOf, type Letter, type LetterBounds } from '../assessments/letter.ts';
import type { Scored } from './canary.ts';
import type { ScoredRow } from './canary-store.ts';
import { distributionOf, mean, rankOf, rounded } from './canary-numbers.ts';
import type { CanaryFindings as Findings, Mover } from './canary-schemas.ts';
import { summaryOf } from './canary-summary.ts';

/** Those who move most that are told one by one. */
const MOST_MOVERS = 20;
/** Scores are told to a tenth. */
const MOVED = 0.05;
/** Points: what is closer together is not told apart. */
const APART = 1;

interface Row {
  row: ScoredRow;
  from: number | null;
  to: number | null;
  delta: number;
  letters: { from: Letter | null; to: Letter | null };
}

export function canaryReport(
  scored: readonly ScoredRow[],
  bounds: { before: LetterBounds; after: LetterBounds },
  candidates: number,
): Findings & { summary: string[] } {
  const rows = scored.map((row) => toRow(row, bounds));
  const both = rows.filter(({ from, to }) => from !== null && to !== null);
  const findings: Findings = {
    corpus: {
      candidates,
      scored: rows.length,
      by_stored_results: scored.filter(({ scores }) => scores.method === 'stored').length,
      by_engine: scored.filter(({ scores }) => scores.method === 'engine').length,
    },
    scores: {
      before: distributionOf(rows.map(({ from }) => from)),
      after: distributionOf(rows.map(({ to }) => to)),
    },
    moves: movesOf(rows, both),
    order: orderOf(both),
    letters: lettersOf(rows, bounds),
    people: peopleOf(rows),
    movers: moversOf(both),
  };
  return { ...findings, summary: summaryOf(findings) };
}

function toRow(row: ScoredRow, bounds: { before: LetterBounds; after: LetterBounds }): Row {
  const { before, after } = row.scores;
  const from = before.overall;
  const to = after.overall;
  return {
    row,
    from,
    to,
    delta: rounded((to ?? 0) - (from ?? 0)),
    letters: { from: letterIn(before, bounds.before), to: letterIn(after, bounds.after) },
  };
}

function letterIn({ overall, paths }: Scored, bounds: LetterBounds): Letter | null {
  const path_scores = paths.map(({ score }) => ({ overall_score: score }));
  return letterOf({ overall_score: overall, path_scores }, bounds);
}

function movesOf(rows: readonly Row[], both: readonly Row[]): Findings['moves'] {
  const deltas = both.map(({ delta }) => delta);
  return {
    up: deltas.filter((delta) => delta > MOVED).length,
    down: deltas.filter((delta) => delta < -MOVED).length,
    unchanged: deltas.filter((delta) => Math.abs(delta) <= MOVED).length,
    lost_score: rows.filter(({ from, to }) => from !== null && to === null).length,
    gained_score: rows.filter(({ from, to }) => from === null && to !== null).length,
    mean: rounded(mean(deltas)),
    mean_size: rounded(mean(deltas.map(Math.abs))),
    largest_rise: Math.max(0, ...deltas),
    largest_fall: Math.min(0, ...deltas),
  };
}

function orderOf(both: readonly Row[]): Findings['order'] {
  let flipped = 0;
  let clearly = 0;
  for (const [index, one] of both.entries()) {
    for (const other of both.slice(index + 1)) {
      const before = (one.from ?? 0) - (other.from ?? 0);
      const after = (one.to ?? 0) - (other.to ?? 0);
      if (before * after >= 0) continue;
      flipped += 1;
      if (Math.abs(before) >= APART && Math.abs(after) >= APART) clearly += 1;
    }
  }
  const pairs = (both.length * (both.length - 1)) / 2;
  return { pairs, flipped, clearly_flipped: clearly };
}

const order = ['A', 'B', 'C', 'D', 'F', null] as const;

function lettersOf(
  rows: readonly Row[],
  bounds: { before: LetterBounds; after: LetterBounds },
): Findings['letters'] {
  const count = (side: 'from' | 'to') =>
    order.map((letter) => ({
      letter,
      count: rows.filter(({ letters }) => letters[side] === letter).length,
    }));
  const changes = order.flatMap((from) =>
    order
      .filter((to) => to !== from)
      .map((to) => ({
        from,
        to,
        count: rows.filter(({ letters }) => letters.from === from && letters.to === to).length,
      })),
  );
  return {
    bounds,
    before: count('from'),
    after: count('to'),
    changed: rows.filter(({ letters }) => letters.from !== letters.to).length,
    changes: changes.filter((change) => change.count > 0),
  };
}

/** The distance between the score and what people made of it, before and under the draft. */
function peopleOf(rows: readonly Row[]): Findings['people'] {
  const decided = rows.flatMap(({ row, from, to }) => {
    const { human } = row.scores;
    if (human === null || from === null || to === null) return [];
    const distances = { from: rounded(Math.abs(from - human)), to: rounded(Math.abs(to - human)) };
    return [{ row, human, from, to, distances }];
  });
  const farther = decided.filter(({ distances }) => distances.to - distances.from > MOVED);
  return {
    decided: decided.length,
    closer: decided.filter(({ distances }) => distances.from - distances.to > MOVED).length,
    farther: farther.length,
    mean_distance: {
      before: decided.length === 0 ? null : rounded(mean(decided.map((one) => one.distances.from))),
      after: decided.length === 0 ? null : rounded(mean(decided.map((one) => one.distances.to))),
    },
    lost: farther
      .toSorted((a, b) => b.distances.to - b.distances.from - (a.distances.to - a.distances.from))
      .slice(0, MOST_MOVERS)
      .map(({ row, human, from, to }) => ({ ...who(row), human_score: human, from, to })),
  };
}

function who({ assessment_id, candidate_id, display_name }: ScoredRow) {
  return { assessment_id, candidate_id, display_name };
}

function moversOf(both: readonly Row[]): Mover[] {
  const ranks = {
    from: rankOf(both.map(({ from }) => from ?? 0)),
    to: rankOf(both.map(({ to }) => to ?? 0)),
  };
  return both
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => Math.abs(row.delta) > MOVED)
    .toSorted((a, b) => Math.abs(b.row.delta) - Math.abs(a.row.delta) || a.index - b.index)
    .slice(0, MOST_MOVERS)
    .map(({ row, index }) => ({
      ...who(row.row),
      score: { from: row.from ?? 0, to: row.to ?? 0, delta: row.delta },
      rank: { from: ranks.from[index] ?? 0, to: ranks.to[index] ?? 0 },
      letter: row.letters,
      paths: pathsMoved(row.row.scores.before, row.row.scores.after),
    }));
}

function pathsMoved(before: Scored, after: Scored): Mover['paths'] {
  const then = new Map(before.paths.map(({ path, score }) => [path, score]));
  return after.paths
    .map(({ path, score }) => ({ path, from: then.get(path) ?? null, to: score }))
    .filter(({ from, to }) => from !== to);
}

/** What a draft does to those who were judged: who moves, whose order and letter change, and whether people agree. */
import type { Letters } from '../../engine/rubric.ts';
import { letterOf, letters, type Letter } from '../assessments/letter.ts';
import type { Scored } from './canary.ts';
import type { ScoredRow } from './canary-store.ts';
import { boundsAt, distributionOf, hundredths, mean, rankOf, rounded } from './canary-numbers.ts';
import type { CanaryFindings as Findings, Mover } from './canary-schemas.ts';
import { summaryOf } from './canary-summary.ts';

/** Those who move most that are told one by one. */
const MOST_MOVERS = 20;
/** Scores are told to a tenth. */
const MOVED = 0.05;
/** Points: what is closer together is not told apart. */
const APART = 1;

interface Scales {
  before: Letters;
  after: Letters;
}

interface Row {
  row: ScoredRow;
  from: number | null;
  to: number | null;
  delta: number;
  letters: { from: Letter | null; to: Letter | null };
}

export function canaryReport(
  scored: readonly ScoredRow[],
  scales: Scales,
  candidates: number,
): Findings & { summary: string[] } {
  const rows = scored.map((row) => toRow(row, scales));
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
    letters: lettersOf(rows, scales),
    people: peopleOf(rows),
    movers: moversOf(both),
  };
  return { ...findings, summary: summaryOf(findings) };
}

function toRow(row: ScoredRow, scales: Scales): Row {
  const { before, after } = row.scores;
  const from = before.overall;
  const to = after.overall;
  return {
    row,
    from,
    to,
    delta: rounded((to ?? 0) - (from ?? 0)),
    letters: { from: letterIn(before, scales.before), to: letterIn(after, scales.after) },
  };
}

function letterIn({ overall, confidence, paths }: Scored, scale: Letters): Letter | null {
  const path_scores = paths.map(({ score }) => ({ overall_score: score }));
  return letterOf({ overall_score: overall, confidence, path_scores }, scale);
}

function movesOf(rows: readonly Row[], both: readonly Row[]): Findings['moves'] {
  const deltas = both.map(({ delta }) => delta);
  const shift = shiftOf(both);
  return {
    up: deltas.filter((delta) => delta > MOVED).length,
    down: deltas.filter((delta) => delta < -MOVED).length,
    unchanged: deltas.filter((delta) => Math.abs(delta) <= MOVED).length,
    unscored: rows.filter(({ from, to }) => from === null && to === null).length,
    lost_score: rows.filter(({ from, to }) => from !== null && to === null).length,
    gained_score: rows.filter(({ from, to }) => from === null && to !== null).length,
    mean: rounded(mean(deltas)),
    mean_size: rounded(mean(deltas.map(Math.abs))),
    largest_rise: Math.max(0, ...deltas),
    largest_fall: Math.min(0, ...deltas),
    shift,
    beyond_shift: deltas.filter((delta) => Math.abs(delta - shift) >= APART).length,
  };
}

/** What everybody moves by: whoever moves by that stands where it stood among the others. */
function shiftOf(both: readonly Row[]): number {
  return distributionOf(both.map(({ delta }) => delta)).median ?? 0;
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

const order = [...letters, null];

function lettersOf(rows: readonly Row[], scales: Scales): Findings['letters'] {
  const count = (side: 'from' | 'to') =>
    order.map((letter) => ({
      letter,
      count: rows.filter((row) => row.letters[side] === letter).length,
    }));
  const changes = order.flatMap((from) =>
    order
      .filter((to) => to !== from)
      .map((to) => ({
        from,
        to,
        count: rows.filter((row) => row.letters.from === from && row.letters.to === to).length,
      })),
  );
  return {
    scales,
    suggested: suggestionOf(rows, scales),
    before: count('from'),
    after: count('to'),
    changed: rows.filter((row) => row.letters.from !== row.letters.to).length,
    changes: changes.filter((change) => change.count > 0),
  };
}

function suggestionOf(rows: readonly Row[], { after }: Scales): Findings['letters']['suggested'] {
  const bounds = boundsAt(rows.flatMap(({ to }) => to ?? []));
  if (bounds === null) return null;
  const changed = rows.filter(
    ({ row, letters: { from } }) => letterIn(row.scores.after, { ...after, bounds }) !== from,
  );
  return { bounds, changed: changed.length };
}

/** What evidence that people overturned is worth: nothing is full agreement. */
function peopleOf(rows: readonly Row[]): Findings['people'] {
  const decided = rows.flatMap(({ row, from, to }) => {
    const { before, after } = row.scores.people ?? { before: null, after: null };
    if (from === null || to === null || before === null || after === null) return [];
    const score = { from, to };
    const human = { from: before, to: after };
    const distance = {
      from: rounded(Math.abs(from - before)),
      to: rounded(Math.abs(to - after)),
    };
    return [{ row, score, human, distance }];
  });
  const growth = ({ distance: { from, to } }: (typeof decided)[number]) => to - from;
  const farther = decided.filter((one) => growth(one) > MOVED);
  const meanOf = (side: 'from' | 'to') =>
    decided.length === 0 ? null : hundredths(mean(decided.map(({ distance }) => distance[side])));
  return {
    decided: decided.length,
    closer: decided.filter((one) => growth(one) < -MOVED).length,
    farther: farther.length,
    mean_distance: { before: meanOf('from'), after: meanOf('to') },
    lost: farther
      .toSorted((a, b) => growth(b) - growth(a))
      .slice(0, MOST_MOVERS)
      .map(({ row, score, human }) => ({ ...who(row), score, human })),
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
  const shift = shiftOf(both);
  const beyond = ({ delta }: Row) => Math.abs(delta - shift);
  return both
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => Math.abs(row.delta) > MOVED)
    .toSorted((a, b) => beyond(b.row) - beyond(a.row) || a.index - b.index)
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

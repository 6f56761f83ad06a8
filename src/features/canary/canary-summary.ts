/** What a canary found, in sentences for whoever decides about the rubric. */
import { isDeepStrictEqual } from 'node:util';
import type { CanaryFindings as Findings } from './canary-schemas.ts';

/** Points: what is common to all is told from here on. */
const SHIFT = 0.5;

const percent = (part: number, whole: number) =>
  part > 0 && part * 200 < whole ? 'less than 1 %' : `${Math.round((100 * part) / whole)} %`;
const signed = (points: number) => (points > 0 ? `+${points}` : String(points).replace('-', '−'));
const people = (count: number) => (count === 1 ? '1 candidate' : `${count} candidates`);

function listed(items: readonly string[]): string {
  const [last = '', ...others] = items.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
}

export function summaryOf(findings: Findings): string[] {
  if (findings.corpus.scored === 0) {
    return ['Nobody has handed in anything: nobody would be judged otherwise.'];
  }
  return [
    ...movesSentences(findings),
    ...withoutScore(findings.moves),
    ...(findings.order.pairs === 0 ? [] : [orderSentence(findings)]),
    ...lettersSentences(findings),
    peopleSentence(findings),
  ];
}

function movesSentences({ corpus, scores, moves }: Findings): string[] {
  const { up, down, unchanged, shift, beyond_shift: beyond } = moves;
  const of =
    corpus.scored === corpus.candidates
      ? `all ${people(corpus.scored)}`
      : `${people(corpus.scored)}, the newest of ${corpus.candidates}`;
  if (up + down === 0) return [`Of ${of}, nobody’s score moves.`];
  const ways = [
    ...(up > 0 ? [`${up} would score higher (by up to ${moves.largest_rise})`] : []),
    ...(down > 0 ? [`${down} would score lower (by up to ${-moves.largest_fall})`] : []),
    ...(unchanged > 0 ? [`${unchanged} would score the same`] : []),
  ];
  const first = `Of ${of}, ${listed(ways)}; ${moves.mean_size} points on average. The median goes from ${scores.before.median ?? 'none'} to ${scores.after.median ?? 'none'}.`;
  if (Math.abs(shift) < SHIFT) return [first];
  const rest = beyond === 0 ? 'nobody moves' : `${people(beyond)} move${beyond === 1 ? 's' : ''}`;
  return [
    first,
    `${signed(shift)} points are common to all, which changes nobody’s place; beyond that, ${rest} by a point or more.`,
  ];
}

function withoutScore(moves: Findings['moves']): string[] {
  const { unscored, lost_score: lost, gained_score: gained } = moves;
  return [
    ...(lost > 0 ? [`${people(lost)} would have no score any more.`] : []),
    ...(gained > 0 ? [`${people(gained)} would have a score, and had none.`] : []),
    ...(unscored > 0 ? [`${people(unscored)} had no score and would have none.`] : []),
  ];
}

function orderSentence({ order }: Findings): string {
  if (order.flipped === 0) return 'Nobody overtakes anybody.';
  const clear =
    order.clearly_flipped === 0
      ? 'all of them less than a point apart, before or after'
      : `${order.clearly_flipped} of them clearly: a point or more apart before, and again the other way round`;
  return `${percent(order.flipped, order.pairs)} of all pairs of candidates change their order (${order.flipped} of ${order.pairs}), ${clear}.`;
}

function lettersSentences({ letters, corpus }: Findings): string[] {
  const each = letters.changes
    .toSorted((a, b) => b.count - a.count)
    .map(({ from, to, count }) => `${from ?? 'none'} to ${to ?? 'none'}: ${count}`);
  if (letters.changed === 0) return ['No letter changes.'];
  const first = `${letters.changed} of ${corpus.scored} letters change (${each.join('; ')}).`;
  const { suggested, scales } = letters;
  // Who drafts other bounds wants them.
  const isScaleKept = isDeepStrictEqual(scales.before, scales.after);
  if (suggested === null || !isScaleKept || suggested.changed >= letters.changed) return [first];
  const { A, B, C, D } = suggested.bounds;
  return [
    first,
    `With letters that begin at A ${A}, B ${B}, C ${C} and D ${D} instead (the best tenth has an A, the next quarter a B, 30 % a C, a quarter a D) it would be ${suggested.changed}.`,
  ];
}

function peopleSentence({ people: decided }: Findings): string {
  if (decided.decided === 0) {
    return 'No appeal about any of these submissions was decided: whether people would agree more or less is not known.';
  }
  const { before, after } = decided.mean_distance;
  const of = decided.decided === 1 ? '1 submission' : `${decided.decided} submissions`;
  const lost =
    decided.farther === 0
      ? 'agreement with people is lost in none'
      : `agreement with people is lost in ${decided.farther}, where it would be worth more`;
  return `In ${of} with decided appeals, evidence that people overturned is worth ${before} points on average and would be worth ${after}: ${lost}.`;
}

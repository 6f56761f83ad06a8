/** What a canary found, in sentences for whoever decides about the rubric. */
import type { CanaryFindings as Findings } from './canary-schemas.ts';

const percent = (part: number, whole: number) =>
  `${Math.round((100 * part) / Math.max(1, whole))} %`;
const signed = (points: number) => (points > 0 ? `+${points}` : String(points).replace('-', '−'));
const people = (count: number) => (count === 1 ? '1 candidate' : `${count} candidates`);

export function summaryOf(findings: Findings): string[] {
  const { corpus } = findings;
  if (corpus.scored === 0)
    return ['Nobody has handed in anything: nobody would be judged otherwise.'];
  return [
    ...movesSentences(findings),
    orderSentence(findings),
    lettersSentence(findings),
    peopleSentence(findings),
  ];
}

function movesSentences({ corpus, scores, moves }: Findings): string[] {
  const { up, down, unchanged } = moves;
  const of =
    corpus.scored === corpus.candidates
      ? `all ${people(corpus.scored)}`
      : `${people(corpus.scored)}, the newest of ${corpus.candidates}`;
  const medians = `The median goes from ${scores.before.median ?? 'none'} to ${scores.after.median ?? 'none'}.`;
  if (up + down === 0) return [`Of ${of}, nobody’s score moves.`, ...withoutScore(moves)];
  return [
    `Of ${of}, ${up} would score higher and ${down} lower, by ${moves.mean_size} points on average (${signed(moves.largest_fall)} to ${signed(moves.largest_rise)}); ${unchanged} would not move. ${medians}`,
    ...withoutScore(moves),
  ];
}

function withoutScore({ lost_score: lost, gained_score: gained }: Findings['moves']): string[] {
  return [
    ...(lost > 0 ? [`${people(lost)} would have no score any more.`] : []),
    ...(gained > 0 ? [`${people(gained)} would have a score who had none.`] : []),
  ];
}

function orderSentence({ order }: Findings): string {
  if (order.flipped === 0) return 'Nobody overtakes anybody.';
  const clear =
    order.clearly_flipped === 0
      ? 'none of them by a point or more on either side'
      : `${order.clearly_flipped} of them clearly: a point or more apart before, and again the other way round`;
  return `${percent(order.flipped, order.pairs)} of all pairs of candidates change their order (${order.flipped} of ${order.pairs}), ${clear}.`;
}

function lettersSentence({ letters, corpus }: Findings): string {
  if (letters.changed === 0) return 'No letter changes.';
  const each = letters.changes
    .toSorted((a, b) => b.count - a.count)
    .map(({ from, to, count }) => `${from ?? 'none'} to ${to ?? 'none'}: ${count}`);
  return `${letters.changed} of ${corpus.scored} letters change (${each.join('; ')}).`;
}

function peopleSentence({ people: decided }: Findings): string {
  if (decided.decided === 0) {
    return 'No appeal about any of these submissions was decided: whether people would agree more or less is not known.';
  }
  const { before, after } = decided.mean_distance;
  return `Where people decided appeals (${decided.decided}), the score was ${before} points from theirs on average and would be ${after}: closer for ${decided.closer}, farther for ${decided.farther}.`;
}

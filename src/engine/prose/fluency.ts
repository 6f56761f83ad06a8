import { z } from 'zod';

import { memoize } from '../memoize.ts';
import { curve, threshold, type Rubric } from '../rubric.ts';
import wordOrder from '../rubrics/word-order.json' with { type: 'json' };
import type { Sentence } from './sentences.ts';
import { stem } from './stem.ts';

const model = z
  .strictObject({
    source: z.string().min(1),
    /** Words of each class. */
    classes: z.array(z.string().min(1)),
    /** Endings by which words that are in no class are told apart; the first is for all others. */
    endings: z.array(z.string()),
    /** For each class and ending a letter for each that may follow it. */
    follows: z.array(z.string().regex(/^[a-tA-T-]+$/)),
  })
  .parse(wordOrder);

const classOfWord = new Map(
  model.classes.flatMap((words, index) => words.split(' ').map((word) => [word, index] as const)),
);
const classOfEnding = model.endings.map(
  (ending, index) => [ending, model.classes.length + index] as const,
);

const stemsInDocs = new Set(model.classes.flatMap((words) => words.split(' ').map(stem)));

/** Whether documentation of other projects has a word, by its stem. */
export function isInDocs(word: string): boolean {
  return stemsInDocs.has(word);
}

/** Bits by class: how much likelier one follows another than by chance. `a` is a quarter, `A` a quarter less. */
const bits = model.follows.map((row) =>
  Float64Array.from(row, (letter) => {
    if (letter === '-') return 0;
    const steps = letter.toLowerCase().charCodeAt(0) - 96;
    return (letter >= 'a' ? steps : -steps) / 4;
  }),
);

/** How well words follow one another: bits over chance in all, and between how many pairs. */
export interface WordOrder {
  bits: number;
  pairs: number;
}

const tokenPattern =
  /`+[^`]*`+|https?:\S+|[A-Za-zà-öø-ÿ_$][\w$à-öø-ÿ.]*(?:['’][a-z]+)?(?:\(\))?|\d[\d.,_]*|[,;:()—–]|[.!?](?=\s|$)|\n\s*(?=\n|[-*])/g;

/** `(docs/usage.md)` after the text of a link. */
const linkTarget = /(?<=\])\([^()\s]{1,500}\)/g;

/** Stands for the end of a sentence, a pause, a number, and whatever is spelled as code is. */
const marks = { end: '.', pause: ',', number: '#', code: '`' };

/** Two of them in a row are as good as one. */
const repeatable = new Set([marks.end, marks.pause, marks.code]);

function tokenOf(text: string): string {
  if (/^[.!?\n]/.test(text)) return marks.end;
  if (/^[,;:()—–]$/.test(text)) return marks.pause;
  if (/^\d/.test(text)) return marks.number;
  const word = text.replace(/\.+$/, '');
  if (/^`|^https?:|[a-z][A-Z]|[_$]|\(\)|\w\.\w/.test(word)) return marks.code;
  return word.toLowerCase().replace('’', "'");
}

function classOf(token: string): number {
  const known = classOfWord.get(token);
  if (known !== undefined) return known;
  const ending = classOfEnding.findLast(
    ([end]) => token.endsWith(end) && token.length > end.length + 2,
  );
  return ending?.[1] ?? model.classes.length;
}

/** The class of a token, and the token where two of it in a row are as good as one. */
const tokenAt = memoize((text) => {
  const token = tokenOf(text);
  return { kind: classOf(token), mark: repeatable.has(token) ? token : '' };
});

export function wordOrderOf(text: string): WordOrder {
  const end = classOf(marks.end);
  let total = 0;
  let pairs = 0;
  let before = end;
  let last = marks.end;
  const step = (next: number): void => {
    total += bits[before]?.[next] ?? 0;
    pairs += 1;
    before = next;
  };
  for (const token of text.replaceAll(linkTarget, ' ').match(tokenPattern) ?? []) {
    const { kind, mark } = tokenAt(token);
    if (mark === '' || mark !== last) step(kind);
    last = mark;
  }
  if (before !== end) step(end);
  return { bits: total, pairs };
}

/**
 * How far a text reads as if somebody had said something in it, 0 to 1: in English some words follow others, also where
 * nobody knows what they mean; words that were drawn from a list or put into a frame do not. The shorter it is, the more
 * it is taken for a usual one.
 */
export function fluencyOf(
  order: WordOrder,
  rubric: Rubric,
  kind: 'fluency' | 'fluency_docs' = 'fluency',
): number {
  return curve(rubric, kind, meanBits(order, rubric)) / 100;
}

/** Bits over chance a pair; the shorter a text is, the more it is taken for a usual one. */
export function meanBits({ bits, pairs }: WordOrder, rubric: Rubric): number {
  const believed = threshold(rubric, 'fluency_believed_pairs');
  return (bits + threshold(rubric, 'fluency_usual') * believed) / (pairs + believed);
}

/** That of several texts together. */
export function orderOfAll(orders: readonly WordOrder[]): WordOrder {
  const whole: WordOrder = { bits: 0, pairs: 0 };
  for (const order of orders) add(whole, order);
  return whole;
}

function add(whole: WordOrder, order: WordOrder | undefined): void {
  whole.bits += order?.bits ?? 0;
  whole.pairs += order?.pairs ?? 0;
}

/** The sentences with how far each of them, with few and with many around it, reads as if somebody had said something. */
export function withFluency(sentences: readonly Sentence[], rubric: Rubric): Sentence[] {
  const orders = sentences.map(({ text }) => wordOrderOf(text));
  const sizes = ['fluency_near_pairs', 'fluency_far_pairs'].map((name) => threshold(rubric, name));
  return sentences.map((sentence, at) => ({
    ...sentence,
    fluency: Math.min(...sizes.map((size) => fluencyOf(neighbours(orders, at, size), rubric))),
  }));
}

/** One of a list with those before and after it, until there are enough pairs of words. */
function neighbours(orders: readonly WordOrder[], at: number, enough: number): WordOrder {
  const whole: WordOrder = { bits: 0, pairs: 0 };
  add(whole, orders[at]);
  for (let far = 1; whole.pairs < enough && far < orders.length; far += 1) {
    add(whole, orders[at - far]);
    add(whole, orders[at + far]);
  }
  return whole;
}

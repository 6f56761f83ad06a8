import { ratio, sum } from '../../numbers.ts';
import { hasFigure, relationsOf } from '../../prose/discourse.ts';
import { claimOf, groundingLinks, type GroundingIndex } from '../../prose/grounding.ts';
import { stem } from '../../prose/stem.ts';
import { shareIn, type ProseFault } from '../../prose/genuine.ts';
import type { ProseBlock } from '../../prose/blocks.ts';
import type { ProseDocument } from '../../prose/prose.ts';
import { wordsOf, type Sentence } from '../../prose/sentences.ts';
import { curve, threshold, wordList, type Rubric } from '../../rubric.ts';
import {
  count,
  notApplicable,
  verb,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { enoughProse, inSentence, tooLittleProse } from './prose-places.ts';

interface Complaint {
  rule: string;
  message: string;
  advice: string;
  /** Share of the sentence's weight that is lost. */
  part: number;
}

/** Sentences that a tired reader follows the first time: length, filler, and something definite said. */
export const clarity: Criterion = (context) => {
  const { submission, rubric } = context;
  if (!enoughProse(context)) return notApplicable(tooLittleProse(context));
  const { sentences, words } = submission.prose;
  const judged = sentences.map(({ document, sentence }) => {
    const found = complaints(sentence, context);
    return {
      document,
      sentence,
      found,
      counts: found.length > 0 ? 1 : believed(sentence, context),
    };
  });
  const counted = sum(judged.map(({ sentence, counts }) => counts * sentence.words.length));
  const observations = judged.flatMap(({ document, sentence, found }): Observation[] => {
    const weight = (100 * sentence.words.length) / counted;
    return found.map(({ part, ...rest }) => ({
      ...inSentence(document, sentence),
      ...rest,
      remedy: `sentences:${rest.rule}`,
      type: 'clarity',
      amount: weight * part,
    }));
  });
  // Advice to name things is for prose that does so nowhere; in good prose a sentence may do without.
  const vague = observations.filter(({ rule }) => rule === 'vague_sentence').length;
  if (vague < sentences.length * threshold(rubric, 'vague_advice_share')) {
    for (const item of observations) if (item.rule === 'vague_sentence') delete item.advice;
  }
  const empty = submission.prose.documents.flatMap((document) =>
    document.rejected.map(({ block, fault }): Observation => ({
      source: document.source,
      file: document.name,
      startLine: block.startLine,
      endLine: block.endLine,
      rule: `not_prose_${fault}`,
      type: 'clarity',
      message: rejections[fault].message,
      ...rejections[fault].advice,
      amount: rejectedCost(block, fault, words, rubric),
    })),
  );
  const pleas = submission.prose.documents.flatMap((document) =>
    document.pleas.map((sentence): Observation => ({
      ...inSentence(document, sentence),
      rule: 'prompt_like_text',
      type: 'note',
      message: 'Addresses the grader instead of speaking of the work; it has no effect.',
      amount: 0,
    })),
  );
  const { documents } = submission.prose;
  const repeated = noted(documents, 'repeated', {
    rule: 'repeated_sentences',
    which: 'like this one, made alike or true of anything,',
  });
  const disconnected = noted(documents, 'disconnected', {
    rule: 'disconnected_words',
    which:
      'whose words do not hang together, are said again and again or are pieced together from other text here',
  });
  const bare = noted(documents, 'bare', {
    rule: 'words_of_the_code',
    which: 'like this one, of hardly a word that the code and its comments do not have,',
  });
  return {
    applicable: true,
    sample: { n: sum(judged.map(({ counts }) => counts)), unit: 'sentences' },
    observations: [...observations, ...empty, ...pleas, ...repeated, ...disconnected, ...bare],
    summary: `${count(sentences.length, 'sentence')} of ${Math.round(ratio(words, sentences.length))} words on average; ${count(observations.length, 'remark')}.`,
  };
};

/** One note for all sentences of a document that count for nothing, at the first of them. */
function noted(
  documents: readonly ProseDocument[],
  kind: 'repeated' | 'disconnected' | 'bare',
  { rule, which }: { rule: string; which: string },
): Observation[] {
  return documents.flatMap((document) => {
    const all = document[kind] ?? [];
    const [first] = all;
    if (!first) return [];
    return [
      {
        ...inSentence(document, first),
        rule,
        type: 'note',
        message: `${count(all.length, 'sentence')} ${which} ${verb(all.length, 'count', 'counts')} for nothing.`,
        amount: 0,
      },
    ];
  });
}

/** What a sentence without a fault counts for: less, where it could stand in a text about anything. */
function believed(sentence: Sentence, { submission, rubric }: CriterionContext): number {
  const { tie } = claimOf(sentence, submission.grounding, rubric);
  return Math.max(tie, threshold(rubric, 'untied_sentence_part'));
}

/** What is said of a passage that is not counted; only what is bad in itself gets advice. */
const rejections: Record<ProseFault, { message: string; advice: { advice?: string } }> = {
  other_language: {
    message: 'This passage is not in English and is not judged.',
    advice: {},
  },
  too_few_function_words: {
    message: 'This passage is names and keywords without sentences around them; it is not counted.',
    advice: {},
  },
  repetition: {
    message: 'This passage repeats the same words over and over; it is not counted.',
    advice: { advice: 'Say it once instead of repeating the same words' },
  },
  gibberish: {
    message: 'Most words of this passage are no words; it is not counted.',
    advice: { advice: 'Replace the words that mean nothing by what they stand for' },
  },
  buzzwords: {
    message: 'This passage is praise and fashionable words; it is not counted.',
    advice: { advice: 'Say what the work does in place of the fashionable words' },
  },
};

/** By its length among what is counted, and never more than the rubric's cost of a passage. */
function rejectedCost(block: ProseBlock, fault: ProseFault, words: number, rubric: Rubric): number {
  if (fault === 'other_language') return 0;
  const own = wordsOf(block.text).length;
  return Math.min(threshold(rubric, 'rejected_passage_cost'), (100 * own) / (words + own));
}

/** A product, a person, an acronym: a capital inside a sentence. */
const properName = /[\p{Ll},;:)] (?!I\b)(?:\p{Lu}[\p{L}\d.+#-]+|["“][^"”]{2,60}["”])/u;

function complaints(sentence: Sentence, { submission, rubric }: CriterionContext): Complaint[] {
  const found: Complaint[] = [];
  const length = sentence.words.length;
  const lost = 1 - curve(rubric, 'sentence_length', length) / 100;
  if (lost > 0) {
    found.push({
      rule: 'long_sentence',
      message: `A sentence of ${length} words.`,
      advice: 'Cut sentences of more than thirty words in two',
      part: lost,
    });
  }
  const hype = shareIn(sentence.words, wordList(rubric, 'hype'));
  const hedge = shareIn(sentence.words, wordList(rubric, 'hedge'));
  const definite =
    groundingLinks(sentence, submission.grounding).length > 0 ||
    sentence.codeSpans.length > 0 ||
    sentence.linked ||
    hasFigure(sentence, rubric);
  if (
    !definite &&
    hype > threshold(rubric, 'sentence_hype') &&
    isPraise(sentence, submission.grounding, rubric)
  ) {
    found.push({
      rule: 'empty_praise',
      message: 'Praises without saying what, where or how much.',
      advice: 'Replace praise by what the code does and a figure or name that shows it',
      part: threshold(rubric, 'empty_praise_part'),
    });
  } else if (
    !definite &&
    !properName.test(sentence.text) &&
    isVague(sentence, hedge, { submission, rubric })
  ) {
    found.push({
      rule: 'vague_sentence',
      message: 'Names no function, file or figure and gives no reason.',
      advice: 'Name the function, file or figure that the sentence is about',
      part: threshold(rubric, 'vague_sentence_part'),
    });
  }
  return found;
}

/**
 * One word in praise may be one of the trade: a readable file, leading zeroes, block sizes of zero. What the code calls
 * so is no praise, however often it is said: a game, a rock, an award.
 */
function isPraise({ words }: Sentence, { vocabulary }: GroundingIndex, rubric: Rubric): boolean {
  const list = wordList(rubric, 'hype');
  const praising = new Set(words.filter((word) => list.has(word)));
  const others = [...praising].filter((word) => !vocabulary.has(stem(word)));
  return others.length > 1 || others.some((word) => onlyPraise.test(word));
}

const onlyPraise =
  /^(amazing|awesome|beautiful|best|blazing|bulletproof|elegant(ly)?|excellen(t|ce)|flawless|groundbreaking|incredible|innovative|outstanding|perfect|powerful|revolutionary|robust(ness)?|seamless(ly)?|stunning|superb|superior|unparalleled|world-?class)$/;

function isVague(sentence: Sentence, hedge: number, { rubric }: CriterionContext): boolean {
  const relations = relationsOf(sentence, rubric);
  // A condition is as good as a reason: it says when something holds.
  const conditional = /\b(?:if|when|unless|until|once|whenever|as long as)\b/i.test(sentence.text);
  const reasoned = relations.cause || relations.contrast || relations.failure || conditional;
  return !reasoned || hedge > threshold(rubric, 'sentence_hedge');
}

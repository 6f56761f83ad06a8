import { ratio } from '../../numbers.ts';
import { hasFigure, relationsOf } from '../../prose/discourse.ts';
import { groundingLinks } from '../../prose/grounding.ts';
import { shareIn } from '../../prose/genuine.ts';
import type { Sentence } from '../../prose/sentences.ts';
import { curve, threshold, wordList } from '../../rubric.ts';
import {
  count,
  notApplicable,
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
  const observations = sentences.flatMap(({ document, sentence }): Observation[] => {
    const weight = (100 * sentence.words.length) / words;
    return complaints(sentence, context).map(({ part, ...rest }) => ({
      ...inSentence(document, sentence),
      ...rest,
      type: 'clarity',
      amount: weight * part,
    }));
  });
  const empty = submission.prose.documents.flatMap((document) =>
    document.rejected.map(({ block, fault }): Observation => ({
      source: document.source,
      file: document.name,
      startLine: block.startLine,
      endLine: block.endLine,
      rule: `not_prose_${fault}`,
      type: 'clarity',
      message: `This passage does not read as prose (${fault.replaceAll('_', ' ')}) and is not counted.`,
      advice: 'Replace the passage by sentences that say something about the work',
      amount: threshold(rubric, 'rejected_passage_cost'),
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
  return {
    applicable: true,
    sample: { n: sentences.length, unit: 'sentences' },
    observations: [...observations, ...empty, ...pleas],
    summary: `${count(sentences.length, 'sentence')} of ${Math.round(ratio(words, sentences.length))} words on average; ${count(observations.length, 'remark')}.`,
  };
};

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
    hasFigure(sentence, rubric);
  if (!definite && hype > threshold(rubric, 'sentence_hype')) {
    found.push({
      rule: 'empty_praise',
      message: 'Praises without saying what, where or how much.',
      advice: 'Replace praise by what the code does and a figure or name that shows it',
      part: threshold(rubric, 'empty_praise_part'),
    });
  } else if (!definite && isVague(sentence, hedge, { submission, rubric })) {
    found.push({
      rule: 'vague_sentence',
      message: 'Names nothing that could be looked up and gives no reason.',
      advice: 'Name the function, file or figure that the sentence is about',
      part: threshold(rubric, 'vague_sentence_part'),
    });
  }
  return found;
}

function isVague(sentence: Sentence, hedge: number, { rubric }: CriterionContext): boolean {
  const relations = relationsOf(sentence, rubric);
  const reasoned = relations.cause || relations.contrast || relations.failure;
  return !reasoned || hedge > threshold(rubric, 'sentence_hedge');
}

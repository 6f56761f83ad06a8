import { hasFigure, relationsOf } from '../../prose/discourse.ts';
import { claimOf, type GroundingLink } from '../../prose/grounding.ts';
import { ownWords } from '../../prose/repetition.ts';
import { codeWordsOf } from '../../submission/repeated-words.ts';
import { shareIn } from '../../prose/genuine.ts';
import type { Sentence } from '../../prose/sentences.ts';
import { threshold, wordList, type Rubric } from '../../rubric.ts';
import {
  count,
  howMany,
  notApplicable,
  verb,
  type Criterion,
  type Observation,
} from '../criterion.ts';
import { enoughProse, inSentence, tooLittleProse } from './prose-places.ts';

/** Statements that could be checked: names that exist, figures with units, reasons. */
export const technicalWriting: Criterion = (context) => {
  const { submission, rubric } = context;
  if (!enoughProse(context)) return notApplicable(tooLittleProse(context));
  const { sentences } = submission.prose;
  const seen = new Set<string>();
  const isCodeWord = codeWordsOf(submission.grounding);
  const hype = wordList(rubric, 'hype');
  const wanted = Math.max(
    threshold(rubric, 'precise_sentences_minimum'),
    sentences.length * threshold(rubric, 'precise_sentences_share'),
  );
  const observations = sentences.flatMap(({ document, sentence }): Observation[] => {
    if (shareIn(sentence.words, hype) > threshold(rubric, 'sentence_hype')) return [];
    const claim = claimOf(sentence, submission.grounding, rubric);
    if (claim.tie === 0) return [];
    const links = claim.links.filter(({ text }) => !seen.has(text));
    for (const { text } of links) seen.add(text);
    const own = ownWords(sentence.text, isCodeWord, rubric).length;
    const named = links.length > 0;
    // A reason that names nothing has to say something that could not be said of anything.
    const reasoned = named || own >= threshold(rubric, 'reason_own_words');
    const units =
      threshold(rubric, named ? 'precise_link_units' : 'precise_words_units') +
      ownPrecision(sentence, rubric, reasoned);
    return [
      {
        ...inSentence(document, sentence),
        rule: named ? 'grounded_statement' : 'checkable_statement',
        type: 'technical_writing',
        message: named ? spokenOf(links[0]) : unlinked(sentence, rubric, reasoned),
        amount: (claim.tie * units) / wanted,
        metadata: { links: links.length },
      },
    ];
  });
  return {
    applicable: true,
    sample: { n: sentences.length, unit: 'sentences' },
    observations,
    summary: `${howMany(observations.length)} of ${count(sentences.length, 'sentence')} ${verb(observations.length, 'name', 'names')} something of the code or ${verb(observations.length, 'speak', 'speaks')} of it in words that others can look up in it.`,
  };
};

function spokenOf(link: GroundingLink | undefined): string {
  return link?.kind === 'number'
    ? `Gives the number ${link.text} beside a name that it stands beside in the code.`
    : `Speaks of \`${link?.text ?? ''}\`, which exists.`;
}

function unlinked(sentence: Sentence, rubric: Rubric, reasoned: boolean): string {
  if (hasFigure(sentence, rubric)) return 'Gives a figure that can be checked.';
  return ownPrecision(sentence, rubric, reasoned) > 0
    ? 'Gives a reason.'
    : 'Speaks of the code in words that it uses itself.';
}

/** What a sentence offers to check by itself: a figure with a unit, a reason. */
function ownPrecision(sentence: Sentence, rubric: Rubric, reasoned: boolean): number {
  const { cause, contrast, failure } = relationsOf(sentence, rubric);
  const isReason = reasoned && (cause || contrast || failure);
  return (
    (hasFigure(sentence, rubric) ? threshold(rubric, 'precise_figure_units') : 0) +
    (isReason ? threshold(rubric, 'precise_relation_units') : 0)
  );
}

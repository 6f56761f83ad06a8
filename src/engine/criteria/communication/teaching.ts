import { relationsOf, type Relations } from '../../prose/discourse.ts';
import { groundingLinks, tieOf, wordsOfSentence, type TextWords } from '../../prose/grounding.ts';
import { ownWords } from '../../prose/repetition.ts';
import { codeWordsOf } from '../../submission/repeated-words.ts';
import type { ProseDocument } from '../../prose/prose.ts';
import { threshold } from '../../rubric.ts';
import {
  count,
  notApplicable,
  verb,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { enoughProse, tooLittleProse } from './prose-places.ts';

/** Explanations that go from a case to what follows from it, and warn of what can go wrong. */
export const teaching: Criterion = (context) => {
  const { submission, rubric } = context;
  if (!enoughProse(context)) return notApplicable(tooLittleProse(context));
  const wanted = threshold(rubric, 'teaching_wanted');
  const observations = submission.prose.documents.flatMap((document) =>
    lessons(document, context).map((item) => ({ ...item, amount: item.amount / wanted })),
  );
  return {
    applicable: true,
    sample: { n: submission.prose.sentences.length, unit: 'sentences' },
    observations,
    summary: `${count(observations.length, 'passage')} that ${verb(observations.length, 'lead', 'leads')} from a case to its consequence.`,
  };
};

/** Passages (paragraph or list) that hold an example or reason, a consequence, and something concrete. */
function lessons(document: ProseDocument, { submission, rubric }: CriterionContext): Observation[] {
  const passages = new Map<
    string,
    {
      relations: Relations[];
      own: Set<string>;
      words: TextWords[];
      concrete: boolean;
      start: number;
      end: number;
    }
  >();
  const isName = codeWordsOf(submission.grounding);
  for (const sentence of document.sentences) {
    const key = `${sentence.block.heading} ${sentence.block.kind === 'paragraph' ? sentence.block.startLine : 'list'}`;
    const known = passages.get(key) ?? {
      relations: [],
      own: new Set<string>(),
      words: [],
      concrete: false,
      start: sentence.startLine,
      end: sentence.endLine,
    };
    const links = groundingLinks(sentence, submission.grounding);
    const words = wordsOfSentence(sentence, submission.grounding, rubric);
    if (tieOf([words], submission.grounding, rubric) === 0) continue;
    known.words.push(words);
    for (const word of ownWords(sentence.text, isName, rubric)) known.own.add(word);
    known.relations.push(relationsOf(sentence, rubric));
    known.concrete ||= links.length > 0;
    known.end = Math.max(known.end, sentence.endLine);
    passages.set(key, known);
  }
  return [...passages.values()].flatMap(
    ({ relations, own, words, concrete, start, end }): Observation[] => {
      const has = (kind: keyof Relations): boolean => relations.some((item) => item[kind]);
      const taught =
        Number(has('example')) +
        Number(has('consequence') || has('cause')) +
        Number(has('failure'));
      // A reason that could be given for anything explains nothing.
      const says = own.size >= threshold(rubric, 'reason_own_words');
      if (!concrete || !says || taught < 2) return [];
      return [
        {
          source: document.source,
          file: document.name,
          startLine: start,
          endLine: end,
          unit: `${document.name}:${start}`,
          rule: 'worked_explanation',
          type: 'teaching',
          message: `Leads from ${has('example') ? 'an example' : 'a reason'} to ${has('failure') ? 'what can go wrong' : 'what follows from it'}.`,
          amount: (taught / 3) * tieOf(words, submission.grounding, rubric),
        },
      ];
    },
  );
}

import type { ProseDocument } from '../../prose/prose.ts';
import type { Sentence } from '../../prose/sentences.ts';
import { threshold } from '../../rubric.ts';
import type { CriterionContext, Observation } from '../criterion.ts';

/** Where a sentence stands: the documentation file or the member of `content`. */
export function inSentence(
  document: ProseDocument,
  sentence: Sentence,
): Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine' | 'unit'> {
  return {
    source: document.source,
    file: document.name,
    startLine: sentence.startLine,
    endLine: sentence.endLine,
    unit: `${document.name}:${sentence.startLine}:${sentence.words.length}`,
  };
}

export function enoughProse({ submission, rubric }: CriterionContext): boolean {
  return submission.prose.words >= threshold(rubric, 'communication_minimum_words');
}

export function tooLittleProse({ submission }: CriterionContext): string {
  const rejected = submission.prose.documents.some((document) => document.rejected.length > 0);
  const words = submission.prose.words;
  return `${words} words of English prose; at least 60 are needed${rejected ? ' (passages that are not prose do not count)' : ''}`;
}

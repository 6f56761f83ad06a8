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

export function tooLittleProse({ submission: { prose } }: CriterionContext): string {
  const left = (kind: 'repeated' | 'disconnected' | 'bare'): boolean =>
    prose.documents.some((document) => (document[kind] ?? []).length > 0);
  const rejected = prose.documents.flatMap((document) => document.rejected);
  const isForeign = ({ fault }: (typeof rejected)[number]): boolean => fault === 'other_language';
  const out = [
    ...(rejected.some(isForeign) ? ['in another language'] : []),
    ...(rejected.every(isForeign) ? [] : ['that are not prose']),
    ...(left('repeated') ? ['made alike'] : []),
    ...(left('disconnected') ? ['whose words do not hang together'] : []),
    ...(left('bare') ? ['of words of the code alone'] : []),
  ];
  const note = out.length === 0 ? '' : ` (passages ${out.join(', or ')} do not count)`;
  return `${prose.words} words of English prose; at least 60 are needed${note}`;
}

import type { FileFacts, IdentifierFacts } from '../../facts.ts';
import { ratio, sum } from '../../numbers.ts';
import { curve, threshold, type Rubric } from '../../rubric.ts';
import type { Observation } from '../criterion.ts';
import { overall } from '../places.ts';
import { nameWords } from '../name-words.ts';

/**
 * Names that say in words what they hold are read more easily. Few names tell little about the habit of
 * a writer, so that what they cost grows with their number.
 */
export function terseNames(code: readonly FileFacts[], rubric: Rubric): Observation[] {
  const counts = code
    .flatMap(({ identifiers }) => identifiers.filter(isChosen))
    .map(({ name }) => nameWords(name, rubric));
  const mean = ratio(sum(counts), counts.length);
  const believed = counts.length / (counts.length + threshold(rubric, 'name_words_shrink'));
  const amount = (100 - curve(rubric, 'name_words', mean)) * believed;
  const terse = counts.filter((words) => words < 2).length;
  if (terse === 0 || amount === 0) return [];
  return [
    {
      ...overall(),
      rule: 'terse_names',
      type: 'readability',
      message: `${terse} of ${counts.length} names of functions and variables are one word, one letter or an abbreviation.`,
      advice:
        'Say in the names of functions and variables what they do and hold, in two words or three',
      amount,
      metadata: { mean_words: Math.round(mean * 100) / 100, names: counts.length },
    },
  ];
}

/** Parameters are short by custom and stand beside their type; a loop index is a convention. */
function isChosen({ kind, loopIndex }: IdentifierFacts): boolean {
  return !loopIndex && kind !== 'parameter' && kind !== 'class';
}

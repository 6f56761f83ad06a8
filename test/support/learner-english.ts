/** Mistakes that speakers of other languages make in English; what is said stays the same. */

/** Numbers from 0 to 1 in an order that nobody sees; the same on each run. */
export type Random = () => number;

export function chances(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param share of the places where a mistake could be made at which it is: who learns a language gets some of them right */
type Mistakes = (text: string, random: Random, share: number) => string;

const prepositions = ['in', 'on', 'at', 'to', 'for', 'from', 'of', 'with', 'by'];

const replaced =
  (pattern: RegExp, by: (random: Random, ...found: string[]) => string): Mistakes =>
  (text, random, share) =>
    text.replaceAll(pattern, (...found: string[]) =>
      random() < share ? by(random, ...found) : (found[0] ?? ''),
    );

const all =
  (...mistakes: readonly Mistakes[]): Mistakes =>
  (text, random, share) =>
    mistakes.reduce((said, make) => make(said, random, share), text);

const withoutArticles = replaced(/\b(?:the|an?) (?=[a-z`])/gi, () => '');
const wrongPrepositions = replaced(
  /(?<=[a-z`] )(?:in|on|at|to|for|from|of|with|by)(?= [a-z`])/g,
  (random) => prepositions[Math.floor(random() * prepositions.length)] ?? '',
);
const wrongAgreement = all(
  replaced(
    /\b([a-z]{3,}[^s\W])s\b(?= (?:the|an?|it|them|all|this|that|to)\b)/g,
    (_, __, verb = '') => verb,
  ),
  replaced(/\b(?:are|is)\b/g, (_, word) => (word === 'is' ? 'are' : 'is')),
  replaced(/\bhas\b/g, () => 'have'),
  replaced(/\b(?:does|do)(?:n't| not)\b/g, () => 'not'),
);
const withoutCopulas = replaced(
  /\b(?:is|are|was|were|be|been) (?=[a-z]+(?:ed|ing)\b|not\b|an?\b|the\b)/g,
  () => '',
);
/** `cached`, `caching` → `cache`; nothing where that is no regular form. */
function plainForm(stem: string): string {
  if (stem.endsWith('i')) return `${stem.slice(0, -1)}y`;
  if (/([bdgmnpt])\1$/.test(stem)) return stem.slice(0, -1);
  return /(?:[vszcug]|at|[^aeiou]l|[aiou]r|[aeiou]d(?<!ad))$/.test(stem) ? `${stem}e` : stem;
}

/** `which will be called` → `which call`. */
const plainVerbs = all(
  replaced(/\b(?:will|would|has|have|had) (?:be |been )?(?=[a-z]{3,}(?:ed)?\b)/g, () => ''),
  replaced(/\b([a-z]{3,})ed\b/g, (_, __, verb = '') => plainForm(verb)),
);
const wrongOrder = all(
  // `a large file` → `a file large`; `it only reads` → `it reads only`; `also` at the end.
  replaced(
    /\b(the|an?|each|every) ([a-z]{3,}) ([a-z]{3,})\b/g,
    (_, __, article = '', one = '', two = '') => `${article} ${two} ${one}`,
  ),
  replaced(
    /\b(only|also|always|never|just|already|still) ([a-z]{3,})\b/g,
    (_, __, adverb = '', verb = '') => `${verb} ${adverb}`,
  ),
);
/** `If it fails` → `If fails`. */
const withoutSubjects = replaced(/\b(?:it|there|they) (?=[a-z])/g, () => '');

/** By what they come of. Who makes one kind makes it nearly everywhere; who makes all of them, more seldom each. */
export const learnerMistakes: Record<string, [make: Mistakes, share: number]> = {
  'articles left out': [withoutArticles, 0.8],
  'wrong prepositions': [wrongPrepositions, 0.6],
  'wrong agreement': [wrongAgreement, 0.8],
  'verbs in their plain form': [plainVerbs, 0.8],
  'words in another order': [wrongOrder, 0.8],
  'no copulas and no subjects': [all(withoutCopulas, withoutSubjects), 0.8],
  'articles, copulas and subjects left out, and wrong prepositions': [
    all(withoutArticles, withoutCopulas, withoutSubjects, wrongPrepositions),
    0.5,
  ],
  'all of them': [
    all(
      wrongOrder,
      withoutArticles,
      wrongAgreement,
      plainVerbs,
      withoutSubjects,
      wrongPrepositions,
    ),
    0.4,
  ],
};

/** A document with mistakes in its sentences; code, links and headings stay as they are. */
export function inLearnerEnglish(text: string, kind: string, seed: number): string {
  const random = chances(seed);
  const [make, share] = learnerMistakes[kind] ?? [(same: string) => same, 0];
  return text
    .split(
      /(^(?:```|~~~)[\s\S]*?^(?:```|~~~).*$|^(?: {4}|\t|#|\||\[).*$|`[^`\n]*`|\]\([^)\s]*\)|https?:\S+|<[^>\n]*>)/m,
    )
    .map((part, at) => (at % 2 === 1 ? part : make(part, random, share)))
    .join('');
}

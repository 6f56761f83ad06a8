import { wordList, type Rubric } from '../rubric.ts';
import type { Sentence } from './sentences.ts';

export interface Relations {
  /** Says why. */
  cause: boolean;
  /** Weighs one thing against another. */
  contrast: boolean;
  example: boolean;
  consequence: boolean;
  /** Speaks of something that can go wrong. */
  failure: boolean;
}

/** `true if …, otherwise false`, `null otherwise` say what comes back, and no reason. */
const answered = /\b(?:true|false|null|none|nil|undefined|nothing|empty|\d)[`'"]?,? otherwise\b/gi;
/** Where a preposition belongs there may be the one of another mother tongue. */
const causePattern =
  /\b(?:because|so that|(?<=, )so (?:we|you|it|they|there|this|the|a|an|no|each|every)|therefore|thus|hence|due (?:to|of|for)|(?:of|to|with|for|from|by|at|on|in) order to|which means|otherwise(?!,? (?:it )?(?:returns? |is )?[`'"]?(?:true|false|null|none|nil|undefined|nothing|-?\d))|the reason|to (?:avoid|keep|prevent|make|let|allow|reduce|stay|stop)|since (?:it|the|we|a|an|this|that|these|those|each|every|they|there|no|most|all|any|some|only|what|two|both|its|their|[a-z]+ing))\b/i;
const contrastPattern =
  /\b(?:instead (?:of|to|with|for|from|by|at|on|in)|rather than|although|even though|whereas|unlike|as opposed (?:of|to|with|for|from|by|at|on|in)|compared (?:of|to|with|for|from|by|at|on|in)|alternatives?|versus|(?:of|to|with|for|from|by|at|on|in) the (?:cost|price) (?:of|to|with|for|from|by|at|on|in)|trade-?offs?|(?:of|to|with|for|from|by|at|on|in) the expense (?:of|to|with|for|from|by|at|on|in)|faster than|slower than|simpler than|cheaper than|(?:but|however),? (?:it|this|that|we|they|a|an|the|one)\b)\b/i;
const examplePattern =
  /\b(?:for example|for instance|e\.g|such as|suppose|say,|imagine|given|consider)\b|[=:]>|->|→/i;
const consequencePattern =
  /\b(?:as a result|therefore|so (?:the|it|a|that|we|every|each|no)|which (?:means|makes|gives)|then|consequently|leads? to|ends? up|returns?|yields?|raises?|throws?)\b/i;

/** Which discourse relations a sentence signals. Signals only: credit needs grounding as well. */
export function relationsOf(sentence: Sentence, rubric: Rubric): Relations {
  const failures = wordList(rubric, 'failure');
  return {
    cause: causePattern.test(sentence.text.replaceAll(answered, '')),
    contrast: contrastPattern.test(sentence.text),
    example: examplePattern.test(sentence.text),
    consequence: consequencePattern.test(sentence.text),
    failure: sentence.words.some((word) => failures.has(word)),
  };
}

/** A figure with a unit ("1,200 rows", "40 ms", "O(n log n)"): something that can be checked. */
export function hasFigure(sentence: Sentence, rubric: Rubric): boolean {
  if (/\bO\([^)]{1,30}\)/.test(sentence.text)) return true;
  const units = wordList(rubric, 'units');
  for (const match of sentence.text.matchAll(/(?<![\w.,])\d[\d,._]*\s{0,3}(%|[A-Za-z]+)/g)) {
    const unit = (match[1] ?? '').toLowerCase();
    if (unit === '%' || units.has(unit)) return true;
  }
  return false;
}

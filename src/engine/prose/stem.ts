import { memoize } from '../memoize.ts';

/** Cuts the commonest English endings, so that `merges`, `merged`, `merging` and `merger` are one word with `merge`. */
export const stem = memoize(withoutEnding);

function withoutEnding(word: string): string {
  const base = word
    .replace(/ies$/, 'y')
    .replace(/(?<=[a-z]{3})(?:ations?|ators?|ated?|ates|ating)$/, 'at')
    .replace(/(?<=[a-z]{3})(?:ers?|ors?|ings?|ed)$|(?:ing|ed|es|s)$/, '');
  return base.replace(/(?<=[a-z]{2})e$/, '').replace(/([bdgkmnprt])\1$/, '$1');
}

/** Cuts the commonest English endings, so that `returns` and `return` are one word. */
export function stem(word: string): string {
  return word.replace(/(?:ies)$/, 'y').replace(/(?:ing|ed|es|s)$/, '');
}

/**
 * One pattern that finds what any of some patterns finds; none of them refers back to a group, since groups are
 * counted anew. Of no pattern: one that finds nothing.
 */
export function anyOf(patterns: readonly RegExp[], flags = ''): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|') || '(?!)', flags);
}

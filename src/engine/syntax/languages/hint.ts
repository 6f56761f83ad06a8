/** One spelling that tells of a language; counted once a line, weights 1 (common) to 4 (telling). */
export type Hint = readonly [pattern: RegExp, weight: number];

/** What the syntax stage counts and keeps of tokens and statements, which no layout changes. */

/**
 * What a reader meets in a function, counted in tokens and statements, so that no layout changes it.
 * Comments, brackets around blocks and separators are left out; a text in quotes is one token.
 */
export interface ReadingLoad {
  tokens: number;
  /** Different names. */
  names: number;
  nameUses: number;
  /** Statements and the heads of branches, each of which stands on a line of its own when laid out. */
  steps: number;
  /** Tokens of the longest step. */
  longestStep: number;
}

/**
 * A statement or the head of a branch, however it is laid out; a long one counts once for each ten of its tokens.
 * Comments, brackets around blocks and separators are left out.
 */
export interface LogicalLine {
  /** Line that it begins on. */
  line: number;
  /** Of its tokens. */
  hash: number;
}

/** What is asked before an error is raised, as written; with `calls` nothing but those, of which each is given literals. */
export interface OuterThrow {
  asks: string;
  calls?: string[];
}

/** A text in the code, between its quotes. */
export interface TextFacts {
  line: number;
  /** Its first characters, without the values that are put in. */
  text: string;
}

/** A number in the code. */
export interface NumberFacts {
  line: number;
  /** Its digits. */
  number: string;
  /** Words of the names that stand in its statement. */
  words: string[];
}

/** What the syntax stage says of calls. */

export interface CallFacts {
  /** Last name of the callee: `c` of `a.b.c()`. */
  name: string;
  /** What stands before it: `a.b`, or null. At most 80 characters. */
  qualifier: string | null;
  line: number;
  /** Number of arguments. */
  arguments: number;
  /** In the last statement of its function. */
  last?: true;
}

/** A name that is only called, without use of the answer; `constant`: with nothing but literals. */
export type UnansweredCall = { name: string; constant: boolean };

/** What the syntax stage finds by patterns: checks, handlers, smells, tests, idioms. As `facts.ts`: plain JSON. */
import type { LineRange } from './line-range.ts';

/** A call that can fail for a reason outside the program, and whether the program is ready for it. */
export interface FallibleSite {
  line: number;
  kind: 'io' | 'parse' | 'network' | 'database' | 'process';
  call: string;
  /** `typed` handler, `generic` catch-all, `propagated` by the language's own means, or `none`. */
  guard: 'typed' | 'generic' | 'propagated' | 'none';
}

export interface HandlerFacts extends LineRange {
  /** `empty` swallows; `expected` passes over a case that is no failure; `log_only` logs and goes on. */
  kind: 'empty' | 'expected' | 'log_only' | 'generic' | 'typed' | 'rethrow';
  types: string[];
  /** Its text without names, literals and layout. */
  shape: string;
  /** What it does in the end is to end the program, which nobody above it learns otherwise. */
  ends?: true;
  /** Line on which what it is for begins: the `try`, or the check itself where errors are values. */
  tryLine?: number;
}

/** A check of an input before it is used. */
export interface GuardFacts extends LineRange {
  kind:
    | 'empty'
    | 'falsy'
    | 'null'
    | 'zero'
    | 'negative'
    | 'bounds'
    | 'size'
    | 'type'
    | 'duplicate'
    | 'membership'
    | 'nan'
    | 'other';
  /** Identifier that is checked. */
  subject: string;
  /** What of it is compared, where that is another value: `rows[at]`, `order.total`. */
  compared?: string;
  /** Its text without names, literals and layout. */
  shape: string;
  /** Asks of parameters alone whether they are there, of some type or a constant: fits any function. */
  usual?: true;
  /** Stands in a branch that is never taken. */
  dead?: true;
  /** Class, function or variable that it is declared in, where a library makes the check; '' for none. */
  declaredIn?: string;
  function: string | null;
}

/** A place that breaks a rule. `rule` ids and severities are listed in `patterns/rules.ts`. */
export interface SmellFacts extends LineRange {
  rule: string;
  group: 'correctness' | 'security' | 'cost' | 'hygiene';
  /** 1 (nit) to 5 (dangerous). */
  severity: number;
  message: string;
  function: string | null;
}

export interface AssertionFacts {
  line: number;
  /** False for an assertion that can't fail: literals compared, `assert True`, subject is itself. */
  effective: boolean;
  /** Asserts that something fails or rejects. */
  negative: boolean;
  /** Only that something is there, of some type, or runs through: hardly anything could refute it. */
  weak?: boolean;
  /** The one type that it asks for: of what is chosen by the code, that is the answer. */
  type?: string;
  /** That something fails, with whatever error. */
  anyError?: true;
  /** That it does so when it is given nothing: no argument, or ones that are missing. */
  givenNothing?: true;
}

export interface TestCaseFacts extends LineRange {
  name: string;
  assertions: AssertionFacts[];
  /** Names called in it, test framework excluded. */
  calls: string[];
  /** What its calls are made on, as written, by the name called, where each is made on something. */
  calledOn?: Record<string, string[]>;
  /** Paths of HTTP that it hands to calls, `*` for what is put in. */
  paths?: string[];
  /** Names called before it by what is set up around it, and fixtures that it is given. */
  setUp?: string[];
  /** What those are called on, and paths of HTTP that they are handed, as `calledOn` and `paths` say of the test. */
  setUpOn?: Record<string, string[]>;
  setUpPaths?: string[];
  /** Members that it reads, some of which are computed. */
  reads?: string[];
  /** Names that it hands to others, which may call them. */
  handed?: string[];
  /** Literals in it, as written, at most 40: tells copies from real variation. */
  literals: string[];
  /** Hash of its shape with literals removed; equal hashes are copies. */
  shape: string;
  /** Hash of what surrounds it and is no test: fields and set-up of its class or blocks; empty where nothing does. */
  around?: string;
  /** It may fail by other means than assertions: throws, hands an error on, unwraps. */
  open: boolean;
  /** Never run: left out by the framework's own word, or in a branch that can't be taken. */
  skipped?: true;
}

/** A data structure, idiom or algorithm that the syntax shows, e.g. `set_membership`, `memoisation`, `async_await`. */
export interface IdiomFacts {
  idiom: string;
  line: number;
}

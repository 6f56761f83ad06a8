import type { FullLanguage } from '../facts.ts';

/**
 * Where the public tools disagree on how to count, in data. The engine's own rules are the values of
 * `own`; the others exist so that the counters can be proven against each tool's published cases.
 */
export interface CyclomaticRules {
  /** Which `&&`/`||` count: each, or (PMD) only those in conditions. */
  logical: 'each' | 'in-conditions';
  throws: boolean;
  /** An assertion counts, and whether what it asserts counts besides. */
  asserts: 'none' | 'alone' | 'inside';
  /** `finally` of a try. */
  finallys: boolean;
  /** `else` of a loop or a try. */
  loopElse: boolean;
  comprehensions: boolean;
  /** Each constant of a label counts (PMD), or each label. */
  labelConstants: boolean;
  /** A wildcard pattern (`case _`) counts as a label (lizard, Python). */
  wildcard: boolean;
  catches: boolean;
  /** `??` counts as a decision (lizard, C#). */
  nullish: boolean;
  /** A `match` of Rust or PHP: each arm, or one decision as a whole (lizard). */
  matches: 'arms' | 'whole';
  closures: 'owner' | 'skip';
  /** Nested named functions: a unit of their own, or part of their owner. */
  functions: 'owner' | 'skip';
  /** What stands in a class inside of a function, but in none of its methods. */
  classes: 'owner' | 'skip';
  /** Defaults of parameters. */
  parameters: 'owner' | 'skip';
  /** What is otherwise in a language. */
  in?: Partial<Record<FullLanguage, Partial<CyclomaticRules>>>;
}

const ownCyclomatic: CyclomaticRules = {
  logical: 'each',
  throws: false,
  asserts: 'none',
  finallys: false,
  loopElse: false,
  comprehensions: true,
  labelConstants: false,
  wildcard: false,
  catches: true,
  nullish: false,
  matches: 'arms',
  closures: 'owner',
  functions: 'skip',
  classes: 'owner',
  parameters: 'owner',
};

const radon: CyclomaticRules = {
  ...ownCyclomatic,
  asserts: 'alone',
  loopElse: true,
  classes: 'skip',
  parameters: 'skip',
};

export const cyclomaticDialects = {
  own: ownCyclomatic,
  radon,
  'radon:no_assert': { ...radon, asserts: 'none' },
  gocyclo: ownCyclomatic,
  pmd: {
    ...ownCyclomatic,
    logical: 'in-conditions',
    throws: true,
    labelConstants: true,
    closures: 'skip',
  },
  lizard: {
    ...ownCyclomatic,
    wildcard: true,
    nullish: true,
    matches: 'whole',
    // It reads tokens: `finally` is a condition in Python only, and each `func` of Go begins a function.
    in: { python: { finallys: true }, go: { closures: 'skip' } },
  },
} satisfies Record<string, CyclomaticRules>;

export interface CognitiveRules {
  /** Operators whose sequences count. */
  logical: 'all' | 'and-only';
  /** What starts a new sequence: a change of operator in source order, or a different operator above. */
  sequence: 'source' | 'tree';
  /** Brackets end a sequence. */
  parentheses: 'transparent' | 'opaque';
  recursion: 'none' | 'once' | 'each-call';
  /** A plain `else` raises the nesting of what it holds. */
  elseNests: boolean;
  /** `else` of a loop or try is a step. */
  loopElse: boolean;
  closures: 'owner' | 'skip';
  /** Nested named functions (and methods of anonymous classes). */
  functions: 'owner' | 'skip';
  /** Overloads: a call with another number of arguments is no recursion. */
  overloads: boolean;
}

const ownCognitive: CognitiveRules = {
  logical: 'all',
  sequence: 'source',
  parentheses: 'transparent',
  recursion: 'once',
  elseNests: true,
  loopElse: false,
  closures: 'owner',
  functions: 'skip',
  overloads: false,
};

export const cognitiveDialects = {
  own: ownCognitive,
  sonarjs: { ...ownCognitive, logical: 'and-only', recursion: 'none', closures: 'skip' },
  pmd: { ...ownCognitive, recursion: 'each-call', functions: 'owner', overloads: true },
  gocognit: {
    ...ownCognitive,
    recursion: 'each-call',
    parentheses: 'opaque',
    elseNests: false,
    functions: 'owner',
  },
  melevir: {
    ...ownCognitive,
    sequence: 'tree',
    parentheses: 'opaque',
    loopElse: true,
    functions: 'owner',
  },
} satisfies Record<string, CognitiveRules>;

const byLanguage: Record<FullLanguage, CognitiveRules> = {
  typescript: cognitiveDialects.sonarjs,
  tsx: cognitiveDialects.sonarjs,
  javascript: cognitiveDialects.sonarjs,
  java: { ...cognitiveDialects.pmd, functions: 'skip' },
  go: { ...cognitiveDialects.gocognit, functions: 'skip' },
  python: { ...cognitiveDialects.melevir, functions: 'skip' },
  rust: ownCognitive,
  csharp: ownCognitive,
  cpp: ownCognitive,
  php: ownCognitive,
  ruby: ownCognitive,
};

/** The cognitive rules that the engine's facts follow in each language. */
export function ownCognitiveRules(language: FullLanguage): CognitiveRules {
  return byLanguage[language];
}

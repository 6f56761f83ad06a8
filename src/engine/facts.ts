/**
 * What the syntax stage says about a submission: plain JSON, no tree, no judgement. Everything after
 * it (criteria, scores, explanations) reads these facts and nothing else, so each stage can be tested
 * with a hand-written literal. Lines are 1-based and inclusive.
 */

import type { CallFacts, UnansweredCall } from './call-facts.ts';
import type { LineRange } from './line-range.ts';
import type { MountFacts, RouteFacts } from './route-facts.ts';
import type {
  LogicalLine,
  NumberFacts,
  OuterThrow,
  ReadingLoad,
  TextFacts,
} from './token-facts.ts';
import type {
  FallibleSite,
  GuardFacts,
  HandlerFacts,
  IdiomFacts,
  SmellFacts,
  TestCaseFacts,
} from './pattern-facts.ts';

/** Languages whose functions, classes and patterns are extracted in full. */
export const fullLanguages = [
  'python',
  'typescript',
  'tsx',
  'javascript',
  'java',
  'go',
  'rust',
  'csharp',
  'cpp',
  'php',
  'ruby',
] as const;
export type FullLanguage = (typeof fullLanguages)[number];
/** A full language, a parsed-only one (bash, css, …), `markdown`, `text`, or `unknown`. */
export type Language = FullLanguage | (string & {});

export type FileRole =
  | 'source'
  | 'test'
  | 'config'
  | 'docs'
  | 'data'
  | 'generated'
  | 'vendored'
  | 'lock'
  | 'template'
  | 'binary';

export interface ParameterFacts {
  name: string;
  typed: boolean;
  hasDefault: boolean;
  /** Declared or defaulted to a boolean: a flag parameter. */
  boolean: boolean;
}

export interface LoopFacts extends LineRange {
  /** Loops around it in the same function. */
  depth: number;
}

export interface FunctionFacts extends LineRange {
  name: string;
  /** `Owner.name` inside a class, else the name. */
  qualifiedName: string;
  kind: 'function' | 'method' | 'constructor' | 'accessor' | 'closure';
  /** Class, struct, trait or impl that it belongs to. */
  owner: string | null;
  public: boolean;
  /** A getter, setter, pass-through or empty body: left out of averages. */
  trivial: boolean;
  /** A constructor that only keeps what it is given or begins with. */
  onlyKeeps?: true;
  /** Not public, but there for what a class is made from or is the base of: `protected`. */
  heritable?: true;
  /** Recognised as a test case by framework convention. */
  test: boolean;
  bodyStartLine: number;
  /** Where it begins and ends among the functions of its file: of those on one line, too, one tells what is in what. */
  from: number;
  to: number;
  /** Lines with code, comments and blanks excluded. */
  nloc: number;
  /** Logical lines, and where in the list of its file the first one stands. */
  lloc: number;
  firstLogicalLine: number;
  statements: number;
  parameters: ParameterFacts[];
  returnTyped: boolean;
  cyclomatic: number;
  cognitive: number;
  /** Each step of the cognitive sum, in source order. */
  cognitiveIncrements: { line: number; points: number; reason: string }[];
  maxNesting: number;
  returns: number;
  /** How many of them give nothing, a literal or what is called by a plain name. */
  plainReturns?: number;
  throws: number;
  /** How many of them stand in a handler and pass on what it caught. */
  throwsInHandlers?: number;
  /** Those of them that ask nothing which the function is given or holds. */
  outerThrows?: OuterThrow[];
  /** Lines of branches of which one part is never run. */
  settledBranches?: number[];
  calls: CallFacts[];
  loops: LoopFacts[];
  recursive: boolean;
  doc: CommentFacts | null;
  load: ReadingLoad;
  /** Reads or writes the outside world: files, network, console, process, database, clock, randomness. */
  performsIo: boolean;
  /** Names that it uses, its own and nested functions aside: what calls what, by name. */
  mentions: string[];
  unanswered?: UnansweredCall[];
  /** Names that it only calls, with nothing but literals: what they answer is known beforehand. */
  constantCalls?: string[];
  /** Writes to what outlives it: a field, an element, a name from outside. */
  writes?: boolean;
  /** Called without being named: by a framework that it is registered with, or by protocol. */
  entry: 'framework' | 'protocol' | null;
  /** Called by a framework when an object of its class is made or shown: a validator, a hook. */
  withOwner?: true;
  /** Stands in an object that is written down in another function, and goes where that goes. */
  inObject?: true;
  /** Hash of its syntax without names, literals, layout and comments. */
  shape: number;
  /** Hash of its words and signs without its own name, numbers, layout and comments. */
  wording: number;
}

/** A statement outside of functions, or the part of a class that is outside of its methods. */
export interface TopLevelFacts extends LineRange {
  /** Names that it declares. */
  names: string[];
  /** Names that it uses. */
  mentions: string[];
  unanswered?: UnansweredCall[];
  constantCalls?: string[];
  /** Does something when the file is loaded. */
  runs: boolean;
  /** Offers what it names to other files. */
  exports: boolean;
}

export interface ClassFacts extends LineRange {
  name: string;
  kind: 'class' | 'interface' | 'struct' | 'enum' | 'trait' | 'record' | 'module';
  abstract: boolean;
  public: boolean;
  bases: string[];
  /** Methods that an interface of Go asks for. */
  asksFor?: string[];
  /** Traits of PHP and modules of Ruby whose methods it takes in. */
  mixins?: string[];
  fields: string[];
  /** Given to a framework by an annotation of its own: `@Component`. */
  registered?: true;
  /** Calls methods of its own by names that are put together when it runs. */
  dispatches?: true;
  /** Method name to the own fields it reads or writes (directly or through own accessors). */
  fieldAccess: Record<string, string[]>;
  doc: CommentFacts | null;
}

export interface ImportFacts {
  module: string;
  names: string[];
  line: number;
  /** Names that it gives here to what is called otherwise there. */
  aliases?: Record<string, string>;
  /** Name that it gives to the module, or to what that offers by default; empty where it loads it without one. */
  whole?: string;
  /** Refers to another file of the submission by its syntax (`./x`, `from . import`, `crate::`). */
  relative: boolean;
}

/** A function that is declared here and written elsewhere, with what is said of it. */
export interface PrototypeFacts {
  name: string;
  /** Class that it is declared in. */
  owner: string | null;
  doc: CommentFacts;
}

export interface IdentifierFacts {
  name: string;
  kind: 'variable' | 'parameter' | 'function' | 'class' | 'constant' | 'field';
  line: number;
  /** Logical lines over which the name can be used; a one-letter name is fine over three of them. */
  scopeLines: number;
  /** Declared within a function. */
  local?: true;
  /** Counter of a loop or comprehension. */
  loopIndex: boolean;
}

export interface CommentFacts extends LineRange {
  kind: 'doc' | 'comment' | 'licence' | 'commented_out_code' | 'directive';
  /** Markers stripped, at most 2,000 characters. */
  text: string;
  /** Why its text counts for nothing and was taken away; follows "a doc block". */
  emptied?: string;
  /** What it said before that. */
  said?: string;
}

export interface FileFacts {
  path: string;
  language: Language;
  /** 0 to 1: 1 when declared or told by the file name. */
  languageCertainty: number;
  role: FileRole;
  /** Why the role is not `source`, for the explanation. */
  roleReason: string | null;
  lines: number;
  nloc: number;
  /** Logical lines that count as the author's: those of copied and unused functions were taken out. */
  lloc: number;
  /** Logical lines of copied functions that were taken out of `lloc`. */
  copiedLines: number;
  /** All logical lines in source order. */
  logicalLines: LogicalLine[];
  commentLines: number;
  statements: number;
  /** Distinct statements outside of functions that call, branch or loop. */
  scriptStatements: number;
  /** Of the code outside of functions. */
  load: ReadingLoad;
  nodes: number;
  /** Share of bytes under syntax errors, 0 to 1. */
  errorShare: number;
  /** Only its beginning was analysed. */
  truncated: boolean;
  /** A program starts in it that reads what it is told on a console, or is run there. */
  console?: true;
  functions: FunctionFacts[];
  topLevel: TopLevelFacts[];
  classes: ClassFacts[];
  imports: ImportFacts[];
  routes?: RouteFacts[];
  mounts?: MountFacts[];
  /** Folders of which it loads whatever lies there, as `syntax/folders-loaded.ts` tells them. */
  foldersLoaded?: string[];
  /** Name of what it offers to those who ask for none: `Profile` of `export default Profile`. */
  offeredByDefault?: string;
  prototypes?: PrototypeFacts[];
  identifiers: IdentifierFacts[];
  /** Types of its variables, fields and parameters by their names, as `syntax/value-types.ts` tells them. */
  valueTypes?: Record<string, string[]>;
  comments: CommentFacts[];
  fallible: FallibleSite[];
  /** Lines of calls whose promise has `.catch(` in its chain. */
  caughtLines?: number[];
  handlers: HandlerFacts[];
  /** Who answers here for errors that nobody else handles, registered with a framework. */
  errorBoundaries?: string[];
  guards: GuardFacts[];
  smells: SmellFacts[];
  tests: TestCaseFacts[];
  /** Names of functions that hold assertions, test cases among them, sorted. */
  asserting: string[];
  /** Of a file of tests: what its functions hand to others. */
  handedBy?: { by: string; handed: string[] }[];
  /** Names of what stands in for the code in its tests. */
  doubles?: string[];
  idioms: IdiomFacts[];
  /** Winnowed fingerprints of the syntax leaves (k leaves each): clones and similarity. */
  fingerprints: {
    hash: number;
    startLine: number;
    endLine: number;
    /** The logical lines that it begins and ends in, by their place in `logicalLines`. */
    first: number;
    last: number;
    /** Index of the outermost function that it is of; −1 outside of functions. */
    unit?: number;
  }[];
  /** Every name the file mentions in code (declared or used), sorted, at most 5,000: what prose can be grounded in. */
  symbols: string[];
  texts: TextFacts[];
  numbers: NumberFacts[];
  /** Line lengths above which a file is unreadable: longest and mean over non-blank lines. */
  longestLine: number;
  meanLine: number;
  hiddenCharacters: { line: number; kind: 'bidi' | 'zero_width' | 'homoglyph' }[];
}

/** A function, or a class, with the file it stands in. */
export type FunctionAt = { file: FileFacts; fn: FunctionFacts };
export type ClassAt = { file: FileFacts; type: ClassFacts };

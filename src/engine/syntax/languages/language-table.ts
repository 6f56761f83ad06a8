import type { FullLanguage } from '../../facts.ts';

/**
 * What a syntax node means, the same word in every language. Everything after the parse is written
 * in these words, so that the same code is judged alike whatever it is written in.
 */
export type Kind =
  | 'function'
  | 'closure'
  | 'class'
  | 'if'
  | 'elif'
  | 'else'
  | 'loop'
  | 'switch'
  | 'case'
  | 'default'
  | 'try'
  | 'catch'
  | 'finally'
  | 'ternary'
  | 'binary'
  | 'not'
  | 'paren'
  | 'jump'
  | 'return'
  | 'throw'
  | 'call'
  | 'new'
  | 'string'
  | 'interpolation'
  | 'number'
  | 'boolean'
  | 'null'
  | 'collection'
  | 'comment'
  | 'identifier'
  | 'self'
  | 'assignment'
  | 'augmented'
  | 'declarator'
  | 'field'
  | 'parameters'
  | 'block'
  | 'import'
  | 'member'
  | 'index'
  | 'comprehension'
  | 'await'
  | 'yield'
  | 'decorator'
  | 'modifier'
  | 'resource'
  | 'assert'
  | 'namespace'
  | 'type'
  | 'try_operator';

/** One language in data: no code, so that two languages differ only where their grammars do. */
export interface LanguageTable {
  language: FullLanguage;
  /** File of the grammar package: `tree-sitter-<grammar>.wasm`. */
  grammar: string;
  /** Node types of each kind, separated by spaces. */
  kinds: Partial<Record<Kind, string>>;
  /** Node types that are one statement; feeds statement counts. */
  statements: string;
  /** Operators that join conditions; each is a decision. */
  logical: string;
  /** Closures are units of their own (SonarJS) instead of counting in their owner. */
  closuresAreUnits: boolean;
  /** Names of built-in functions and values that code should not rebind. */
  builtins: string;
  /** Functions and methods are public unless marked: by name (`_x`, `Upper`) or by keyword. */
  visibility: 'underscore' | 'upper' | 'public-keyword' | 'private-keyword' | 'pub' | 'export';
}

import type { CommentFacts, FileFacts, FunctionFacts } from '../facts.ts';
import { clamp, ratio } from '../numbers.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';
import { proseFault, type ProseFault } from './genuine.ts';
import type { GroundingIndex } from './grounding.ts';
import { wordsOf } from './sentences.ts';
import { stem } from './stem.ts';

export interface DocBlockValue {
  /** 0 (nothing new) to 1. */
  value: number;
  /** Follows the name of the unit in a sentence. */
  reason: string;
  restates: boolean;
}

export interface DocContext {
  rubric: Rubric;
  index: GroundingIndex;
  /** Texts that stood on other units. */
  seen: Set<string>;
}

/**
 * What a doc block adds to the signature that it stands on. Words of the name, its parameters and
 * advertising add nothing; a text already used on another unit adds nothing; and some of the new
 * words have to be words of the code, so that a general text can't be pasted anywhere.
 */
export function docBlockValue(
  doc: CommentFacts | null,
  names: readonly string[],
  file: FileFacts,
  { rubric, index, seen }: DocContext,
  shown: readonly string[] = [],
): DocBlockValue {
  if (doc === null) return { value: 0, reason: 'has no doc block', restates: false };
  if (doc.emptied !== undefined)
    return { value: 0, reason: `has a doc block ${doc.emptied}`, restates: true };
  const words = wordsOf(doc.text);
  const text = words.join(' ');
  if (seen.has(text)) {
    return { value: 0, reason: 'has a doc block copied from another unit', restates: true };
  }
  seen.add(text);
  const fault = proseFault(withoutTags(withoutExamples(doc.text)), rubric, 'doc');
  if (fault !== null)
    return { value: 0, reason: `has a doc block ${faults[fault]}`, restates: true };
  const beyond = freshWords(words, names, rubric).length;
  const fresh = freshWords(wordsOf(withoutNames(doc.text, shown)), names, rubric);
  const parameters = names
    .slice(2)
    .filter((name) => name.length > 1 && doc.text.includes(name)).length;
  const enough = threshold(rubric, 'doc_fresh_words');
  const general = wordList(rubric, 'general');
  const own = fresh.filter((word) => !general.has(word));
  // Who says a lot and names what goes in writes of this unit, even in other words than the code's.
  const rich = parameters > 0 && own.length >= threshold(rubric, 'doc_rich_words');
  const others = otherNames(doc.text, names, file);
  if (fresh.length < 2 || !(rich || isOfThisCode(own, others, index, rubric))) {
    return { value: 0, reason: 'has a doc block that adds too little to its name', restates: true };
  }
  const named = names.length > 2 ? ratio(parameters, names.length - 2) : 1;
  const value = clamp(ratio(fresh.length, enough), 0.4, 1) * (0.8 + 0.2 * named);
  return { value, reason: `is documented: ${beyond} words beyond its name`, restates: false };
}

const faults: Record<ProseFault, string> = {
  other_language: 'in another language than English, which is not read',
  too_few_function_words: 'of words in a row, not of sentences',
  repetition: 'that says the same again and again',
  gibberish: 'of words that say nothing',
  buzzwords: 'of praise',
};

/** Tags, types and entities, and the names of tags and parameters, are no words of a sentence. */
function withoutTags(text: string): string {
  return text
    .replaceAll(/<\/?[a-zA-Z][^<>\n]*>|\{[^{}\n]*\}|&\w+;/g, ' ')
    .replaceAll(
      /^\s*[@:\\](?:(?:param|arg|tparam|throws|exception|raises)\w*:?\s+\S+|[\w-]+:?)/gm,
      '',
    )
    .replaceAll(/\[[^[\]\n]*\](?!\()/g, ' ');
}

/** Code shown in a doc block: fenced, indented, at a prompt, in `<pre>`, or plainly no sentence. */
function withoutExamples(text: string): string {
  return text
    .replaceAll(/```[\s\S]*?(```|$)|<(pre|code|example)>[\s\S]*?(<\/\2>|$)/g, '')
    .split('\n')
    .filter((line) => !exampleLine.test(line))
    .join('\n');
}

const exampleLine =
  /^(\t| {4,})\S|^\s*(>>>|\.\.\.|\$ |=>|# =>|@example)|[;{}]\s*$|^\s*[)\]}]+[,;]?\s*$|:=|^\s*(import|use|using|from|require|const|let|var|return)\b.*["'(;]|^\s*[\w.:>$-]+\([^)]*\)?;?\s*$|^\s*[\w.$]+\s*=\s*\S/;

/** Names that a body shows: what it calls, and what can only be a name by its spelling. */
export function namesShown({ calls, mentions }: FunctionFacts): string[] {
  return [
    ...calls.map(({ name }) => name),
    ...mentions.filter((name) => /[a-z][A-Z]|_/.test(name)),
  ];
}

/** Names that the reader of a body sees there, said again just as they stand, tell nothing. */
function withoutNames(text: string, shown: readonly string[]): string {
  if (shown.length === 0) return text;
  const names = new Set(shown);
  return text.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (names.has(word) ? ' ' : word));
}

function freshWords(words: readonly string[], names: readonly string[], rubric: Rubric): string[] {
  const own = new Set(names.flatMap(wordsOfName).map(stem));
  const function_ = wordList(rubric, 'function');
  const hype = wordList(rubric, 'hype');
  const fresh = words.filter(
    (word) => word.length > 2 && !function_.has(word) && !hype.has(word) && !own.has(stem(word)),
  );
  return [...new Set(fresh)];
}

/** Names of the code that a text spells as code does: an error class, another function. */
function otherNames(text: string, names: readonly string[], file: FileFacts): number {
  const spelled =
    text.match(/\b(?:[A-Za-z]\w*[a-z][A-Z]\w*|\w+_\w+|[A-Z]\w+(?:Error|Exception))\b/g) ?? [];
  const symbols = symbolsOf(file);
  return new Set(spelled.filter((name) => symbols.has(name) && !names.includes(name))).size;
}

const symbolSets = new WeakMap<FileFacts, ReadonlySet<string>>();

function symbolsOf(file: FileFacts): ReadonlySet<string> {
  const known = symbolSets.get(file) ?? new Set(file.symbols);
  symbolSets.set(file, known);
  return known;
}

/**
 * Whether a good part of the words that could not be said of anything are words that this code is about. Names of
 * parameters are none of them: they stand in the signature.
 */
function isOfThisCode(
  own: readonly string[],
  others: number,
  index: GroundingIndex,
  rubric: Rubric,
): boolean {
  const stems = stemsOf(index);
  const tied = own.filter((word) => stems.has(stem(word))).length + others;
  return tied > 0 && tied >= own.length * threshold(rubric, 'doc_tied_words');
}

/** Stems of all names and texts of the code; gathered once, since every doc block asks for them. */
const stemsByIndex = new WeakMap<GroundingIndex, ReadonlySet<string>>();

function stemsOf(index: GroundingIndex): ReadonlySet<string> {
  const known =
    stemsByIndex.get(index) ??
    new Set([...[...index.symbols].flatMap(wordsOfName).map(stem), ...index.vocabulary.keys()]);
  stemsByIndex.set(index, known);
  return known;
}

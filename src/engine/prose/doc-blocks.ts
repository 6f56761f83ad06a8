import type { CommentFacts, FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { oncePerObject } from '../memoize.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';
import { commentTexts, fluencyOfAll } from './comment-text.ts';
import { fluencyOf } from './fluency.ts';
import { isShortForeign, type ProseFault } from './genuine.ts';
import type { GroundingIndex } from './grounding.ts';
import { wordsOf } from './sentences.ts';
import { callsIn, fieldsOf, namesIn } from './names-in.ts';
import { stem } from './stem.ts';

export interface DocBlockValue {
  /** 0 (nothing new) to 1. */
  value: number;
  /** Follows the name of the unit in a sentence. */
  reason: string;
  restates: boolean;
  /** Says something, though nothing that earns: no praise, no reproach. */
  brief?: boolean;
  /** Is in a language that is not read: no praise, no reproach either. */
  unread?: boolean;
  /** Some of its words are words that the code uses elsewhere. */
  tied?: boolean;
}

export interface DocContext {
  rubric: Rubric;
  index: GroundingIndex;
  /** Texts that stood on other units. */
  seen: Set<string>;
}

/** What a doc block or comment stands on. */
export interface Documented {
  file: FileFacts;
  /** Its own name, that of its owner, and those of its parameters. */
  names: readonly string[];
  /** The lines of its body, for what a reader sees there anyway. */
  body?: LineRange;
}

/**
 * What a doc block adds to the code that it stands on. Words of the name, names of the body and advertising add
 * nothing, and a text already used on another unit adds nothing. What is left could still be pasted anywhere, unless
 * some of it are words that the code uses elsewhere: each of those vouches for a few others.
 */
export function docBlockValue(
  whole: CommentFacts | null,
  unit: Documented,
  context: DocContext,
): DocBlockValue {
  if (whole === null) return { value: 0, reason: 'has no doc block', restates: false };
  const { rubric, index } = context;
  const read = commentTexts(index, rubric);
  const text = read.told(whole.text);
  const found = withoutValue(whole, text, unit, context);
  if (found) return found;
  const own = fluencyOf(read.order(text), rubric, 'fluency_docs');
  if (own === 0)
    return { value: 0, reason: 'has a doc block whose words do not hang together', restates: true };
  const fluency = Math.min(own, fluencyOfAll(unit.file, whole.kind, { rubric, index }));
  if (fluency === 0) return { value: 0, reason: `has a doc block, ${unrelated}`, restates: true };
  const { told, tied } = wordsTold(text, unit, { rubric, index });
  if (told === 0) {
    if (isBrief(text, unit.names, context)) return short;
    return { value: 0, reason: 'has a doc block that adds too little to its name', restates: true };
  }
  const { names } = unit;
  const parameters = names.slice(2);
  const named = parameters.filter((name) => name.length > 1 && text.includes(name)).length;
  const share = parameters.length === 0 ? 1 : named / parameters.length;
  const full = Math.min(1, told / threshold(rubric, 'doc_fresh_words'));
  const value = fluency * full * (0.8 + 0.2 * share);
  const beyond = freshWords(read.words(text), names, rubric).length;
  return { value, reason: `is documented: ${beyond} words beyond its name`, restates: false, tied };
}

/** What is said where each text may be one, and all those of the file hang together with nothing. */
const unrelated =
  'which counts for nothing: the code is not seen to speak of what the doc blocks of its file say';

/** What is said of a doc block that is no text of its own; null for any other. */
function withoutValue(
  whole: CommentFacts,
  text: string,
  { names }: Documented,
  context: DocContext,
): DocBlockValue | null {
  if (whole.emptied !== undefined)
    return isBrief(whole.said ?? '', names, context)
      ? short
      : { value: 0, reason: `has a doc block ${whole.emptied}`, restates: true };
  const { seen, index, rubric } = context;
  const read = commentTexts(index, rubric);
  const words = read.words(text).join(' ');
  if (words === '' && whole.text !== text)
    return { value: 0, reason: 'has a doc block of tags alone', restates: false };
  if (seen.has(words))
    return { value: 0, reason: 'has a doc block copied from another unit', restates: true };
  seen.add(words);
  const fault = read.fault(text);
  if (fault === 'other_language' || isShortForeign(text, rubric)) return unread;
  // What is left beside the tags is no text to judge.
  return fault === null || wordsOf(read.prose(text)).length < fewWords
    ? null
    : { value: 0, reason: `has a doc block ${faults[fault]}`, restates: true };
}

/** Words of which nobody can tell whether they make a sentence. */
const fewWords = 4;

const short: DocBlockValue = {
  value: 0,
  reason: 'has a short doc block',
  restates: false,
  brief: true,
};

const unread: DocBlockValue = {
  value: 0,
  reason: 'has a doc block in another language than English, which is not read',
  restates: false,
  unread: true,
};

/** Words of a text to each of its own. */
const wordsToOne = 10;
/** Words of sentences that only tell again that a function is one and what it is called. */
const fillers = new Set(
  'return get set give take do make perform execute run call calculate compute handle process provide implement represent function method class constructor getter setter helper utility object instance use given specified'
    .split(' ')
    .map(stem),
);

/** One word in ten at least is neither in the name nor in what is said of any function. */
function isBrief(
  text: string,
  names: readonly string[],
  { rubric, index }: Pick<DocContext, 'rubric' | 'index'>,
): boolean {
  const words = wordsOf(commentTexts(index, rubric).plain(text));
  const fresh = freshWords(words, names.slice(0, 2), rubric);
  const own = fresh.filter((word) => !fillers.has(stem(word)));
  return own.length > 0 && own.length * wordsToOne >= words.length;
}

/** New words, as far as words of the code vouch for them; those of a long text that has none count for little. */
function wordsTold(
  text: string,
  { file, names, body }: Documented,
  { rubric, index }: Pick<DocContext, 'rubric' | 'index'>,
): { told: number; tied: boolean } {
  const fields = fieldsOf(file, names);
  const shown = new Set([...names, ...fields, ...(body === undefined ? [] : namesIn(file, body))]);
  const bare = text.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (shown.has(word) ? ' ' : word));
  const fresh = freshWords(wordsOf(bare), names, rubric);
  const general = generalStems(rubric);
  const own = fresh.filter((word) => !general.has(stem(word)));
  const code = index.vocabulary;
  const called = new Set((body ? callsIn(file, body) : []).flatMap(wordsOfName).map(stem));
  const tied =
    own.filter((word) => code.has(stem(word)) && !called.has(stem(word))).length +
    otherNames(text, shown, file) +
    Number(tellsFailure(text, shown));
  if (fresh.length < 2) return { told: 0, tied: false };
  if (tied === 0) {
    const long = own.length >= threshold(rubric, 'doc_rich_words');
    return { told: long ? threshold(rubric, 'doc_untied_words') : 0, tied: false };
  }
  const vouched = tied * (1 + threshold(rubric, 'doc_vouched_words'));
  return { told: Math.min(Math.max(fresh.length, tied), vouched), tied: true };
}

const faults: Record<Exclude<ProseFault, 'other_language'>, string> = {
  too_few_function_words: 'of words in a row, not of sentences',
  repetition: 'that says the same again and again',
  gibberish: 'of words that say nothing',
  buzzwords: 'of praise',
};

/** Words beyond the names of a unit, each once: said again, those tell nothing. */
function freshWords(words: readonly string[], names: readonly string[], rubric: Rubric): string[] {
  const own = new Set(names.flatMap(wordsOfName).map(stem));
  const small = wordList(rubric, 'function');
  const hype = wordList(rubric, 'hype');
  const fresh = words.filter(
    (word) => word.length > 2 && !small.has(word) && !hype.has(word) && !own.has(stem(word)),
  );
  return [...new Set(fresh)];
}

/** Names of the code that a text spells as code does and its reader does not see: an error class, another function. */
function otherNames(text: string, shown: ReadonlySet<string>, file: FileFacts): number {
  const spelled =
    text.match(/\b(?:[A-Za-z]\w*[a-z][A-Z]\w*|\w+_\w+|[A-Z]\w+(?:Error|Exception))\b/g) ?? [];
  const symbols = symbolsOf(file);
  return new Set(spelled.filter((name) => symbols.has(name) && !shown.has(name))).size;
}

/** Says which of the errors of its body comes out of it: who calls it does not read that in its signature. */
function tellsFailure(text: string, shown: ReadonlySet<string>): boolean {
  const told = text.matchAll(
    /\b(?:raises?|throws?|rejects? with)\b:?\s+(?:an? )?[`{]?([A-Z]\w+)/gi,
  );
  return [...told].some(([, name]) => /^[A-Z]/.test(name ?? '') && shown.has(name ?? ''));
}

const symbolsOf = oncePerObject(({ symbols }: FileFacts) => new Set(symbols));

const generalStems = oncePerObject(
  (rubric: Rubric) => new Set([...wordList(rubric, 'general')].map(stem)),
);

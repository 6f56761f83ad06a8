import type { CommentFacts, FileFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { sum } from '../numbers.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';
import { wordsOfName } from '../words-of-name.ts';
import { fluencyOf, wordOrderOf } from './fluency.ts';
import { proseFault, type ProseFault } from './genuine.ts';
import { contentStems, type GroundingIndex } from './grounding.ts';
import { wordsOf } from './sentences.ts';
import { callsIn, fieldsOf, namesIn } from './names-in.ts';
import { couplesOf, relatedShare } from './said.ts';
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
  const doc = { ...whole, text: whole.text.replaceAll(declaring, '') };
  const { rubric, index } = context;
  const found = withoutValue(whole, doc, unit, context);
  if (found) return found;
  const fluency = Math.min(
    fluencyOf(wordOrderOf([proseOf(doc)]), rubric, 'fluency_docs'),
    fluencyOfAll(unit.file, doc.kind, { rubric, index }),
  );
  if (fluency === 0)
    return { value: 0, reason: 'has a doc block whose words do not hang together', restates: true };
  const { told, tied } = wordsTold(doc.text, unit, { rubric, index });
  if (told === 0) {
    if (isBrief(doc.text, unit.names, rubric)) return short;
    return { value: 0, reason: 'has a doc block that adds too little to its name', restates: true };
  }
  const { names } = unit;
  const parameters = names.slice(2);
  const named = parameters.filter((name) => name.length > 1 && doc.text.includes(name)).length;
  const share = parameters.length === 0 ? 1 : named / parameters.length;
  const full = Math.min(1, told / threshold(rubric, 'doc_fresh_words'));
  const value = fluency * full * (0.8 + 0.2 * share);
  const beyond = freshWords(doc.text, { names, shown: new Set() }, rubric).length;
  return { value, reason: `is documented: ${beyond} words beyond its name`, restates: false, tied };
}

/** What is said of a doc block that is no text of its own; null for any other. */
function withoutValue(
  whole: CommentFacts,
  doc: CommentFacts,
  { names }: Documented,
  { rubric, seen }: DocContext,
): DocBlockValue | null {
  if (doc.emptied !== undefined)
    return isBrief(doc.said ?? '', names, rubric)
      ? short
      : { value: 0, reason: `has a doc block ${doc.emptied}`, restates: true };
  const text = wordsOf(doc.text).join(' ');
  if (text === '' && whole.text !== doc.text)
    return { value: 0, reason: 'has a doc block of tags alone', restates: false };
  if (seen.has(text))
    return { value: 0, reason: 'has a doc block copied from another unit', restates: true };
  seen.add(text);
  const prose = proseOf(doc);
  const fault = proseFault(prose, rubric, 'doc');
  if (fault === 'other_language') return unread;
  // What is left beside the tags is no text to judge.
  return fault === null || wordsOf(prose).length < fewWords
    ? null
    : { value: 0, reason: `has a doc block ${faults[fault]}`, restates: true };
}

/** Of the comments of one kind in a file: what makes them all alike is seen in many sooner than in one. */
export function fluencyOfAll(
  file: FileFacts,
  kind: CommentFacts['kind'],
  { rubric, index }: Pick<DocContext, 'rubric' | 'index'>,
): number {
  const fluencies = fluenciesOf.get(index) ?? new Map<string, number>();
  fluenciesOf.set(index, fluencies);
  const key = `${kind} ${file.path}`;
  const known = fluencies.get(key);
  if (known !== undefined) return known;
  const docs = [...file.functions, ...file.classes].flatMap(({ doc }) => doc ?? []);
  const all = [...new Set([...docs, ...file.comments].filter((one) => one.kind === kind))];
  const texts = all.map(proseOf);
  const order = wordOrderOf(texts);
  const couples = texts.map((text) => couplesOf(contentStems(text, rubric), [], index.places()));
  const related = {
    couples: sum(couples.map((one) => one.couples)),
    related: sum(couples.map((one) => one.related)),
  };
  const fluency =
    fluencyOf(order, rubric, 'fluency_docs') *
    relatedShare({ ...order, ...related }, rubric, { kind: 'related_enough_docs' });
  fluencies.set(key, fluency);
  return fluency;
}

const fluenciesOf = new WeakMap<GroundingIndex, Map<string, number>>();

/** Without tags and examples; what is left of a tag that says nothing is no sentence. */
function proseOf({ text }: CommentFacts): string {
  return withoutTags(withoutExamples(text)).replaceAll(/^[^\p{L}\d_\n]*\w*[^\p{L}\d_\n]*$/gmu, '');
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
function isBrief(text: string, names: readonly string[], rubric: Rubric): boolean {
  const prose = withoutTags(withoutExamples(text));
  const fresh = freshWords(prose, { names: names.slice(0, 2), shown: new Set() }, rubric);
  const own = fresh.filter((word) => !fillers.has(stem(word)));
  return own.length > 0 && own.length * wordsToOne >= wordsOf(prose).length;
}

/** New words, as far as words of the code vouch for them; those of a long text that has none count for little. */
function wordsTold(
  text: string,
  { file, names, body }: Documented,
  { rubric, index }: Pick<DocContext, 'rubric' | 'index'>,
): { told: number; tied: boolean } {
  const fields = fieldsOf(file, names);
  const shown = new Set([...names, ...fields, ...(body === undefined ? [] : namesIn(file, body))]);
  const fresh = freshWords(text, { names, shown }, rubric);
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

/** Tags that declare something to a tool: what follows them is no sentence. */
const declaring =
  /^\s*@(?:method|property|mixin|template|extends|implements|use|var|package|subpackage|author|version|since|covers|group|dataProvider|codeCoverageIgnore|ORM|Assert|Route|Groups|ApiResource|OA|SWG|psalm|phpstan|Tags|Accept|Produce|Success|Failure|Router|Security|Header|Param|ID)\b.*$|@[A-Z][\w\\]*\((?:[^()]|\([^()]*\))*\)/gm;

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

interface Seen {
  names: readonly string[];
  shown: ReadonlySet<string>;
}

/** Words beyond the names that the reader of a unit sees, each once: said again, those tell nothing. */
function freshWords(text: string, { names, shown }: Seen, rubric: Rubric): string[] {
  const bare = text.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => (shown.has(word) ? ' ' : word));
  const own = new Set(names.flatMap(wordsOfName).map(stem));
  const small = wordList(rubric, 'function');
  const hype = wordList(rubric, 'hype');
  const words = wordsOf(bare).filter(
    (word) => word.length > 2 && !small.has(word) && !hype.has(word) && !own.has(stem(word)),
  );
  return [...new Set(words)];
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

const symbolSets = new WeakMap<FileFacts, ReadonlySet<string>>();

function symbolsOf(file: FileFacts): ReadonlySet<string> {
  const known = symbolSets.get(file) ?? new Set(file.symbols);
  symbolSets.set(file, known);
  return known;
}

const generals = new WeakMap<Rubric, ReadonlySet<string>>();

function generalStems(rubric: Rubric): ReadonlySet<string> {
  const known = generals.get(rubric) ?? new Set([...wordList(rubric, 'general')].map(stem));
  generals.set(rubric, known);
  return known;
}

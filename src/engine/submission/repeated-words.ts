import type { CommentFacts, FileFacts } from '../facts.ts';
import type { GroundingIndex } from '../prose/grounding.ts';
import { isPlea, type Prose, type ProseDocument } from '../prose/prose.ts';
import { relationsOf } from '../prose/discourse.ts';
import { saidIn, type Said } from '../prose/said.ts';
import type { Sentence } from '../prose/sentences.ts';
import { repeatedTexts } from '../prose/repetition.ts';
import { stem } from '../prose/stem.ts';
import { threshold, wordList, type Rubric } from '../rubric.ts';

/** Words that only name something of the code: in code spelling, or just as it is declared. */
export function namesOf({ symbols, declared }: GroundingIndex): (word: string) => boolean {
  return (word) => declared.has(word) || (/[a-z][A-Z]|_/.test(word) && symbols.has(word));
}

/** Words that stand in the code just as they are: saying them again gives no reason. */
export function codeWordsOf({ symbols, declared }: GroundingIndex): (word: string) => boolean {
  return (word) => declared.has(word) || symbols.has(word);
}

/**
 * The prose without sentences that a template made, that nobody said, or that say nothing of the code, which are listed
 * apart. Those that are left count for as much as they and those around them say of it.
 */
export function withoutRepeats(prose: Prose, grounding: GroundingIndex, rubric: Rubric): Prose {
  const isName = namesOf(grounding);
  const all = prose.sentences.map(({ sentence }) => sentence);
  const reasons = repeatedReasons(all, isName, rubric);
  const alike = repeatedTexts(
    all.map(({ text }) => text),
    isName,
    rubric,
  );
  const filledIn = filledTemplates(all, grounding, rubric);
  const disconnected = new Set(all.filter(({ fluency }) => fluency === 0));
  const repeated = new Set(
    all.filter(
      (one, at) =>
        !disconnected.has(one) && (alike[at] === true || reasons.has(one) || filledIn.has(one)),
    ),
  );
  const said = saidIn(
    prose.documents.map((document) => document.sentences),
    grounding,
    rubric,
    repeated.union(disconnected),
  );
  const documents = prose.documents.map((document, at): ProseDocument => {
    const found = said[at] ?? [];
    const those = (of: (one: Said) => boolean) => found.filter(of).map(({ sentence }) => sentence);
    return {
      ...document,
      sentences: found
        .filter(({ connected, fresh }) => connected * fresh > 0)
        .map(({ sentence, connected, fresh }) => ({
          ...sentence,
          fluency: sentence.fluency * connected * fresh,
        })),
      repeated: document.sentences.filter((one) => repeated.has(one)),
      disconnected: [
        ...document.sentences.filter((one) => disconnected.has(one)),
        ...those(({ connected }) => connected === 0),
      ],
      bare: those(({ connected, fresh }) => connected > 0 && fresh === 0),
    };
  });
  const sentences = documents.flatMap((document) =>
    document.sentences.map((sentence) => ({ document, sentence })),
  );
  const words = sentences.reduce((total, { sentence }) => total + sentence.words.length, 0);
  return { ...prose, documents, sentences, words };
}

/** Parts of a sentence from which on its first word may take turns: `fix the …`, `refactor the …`. */
const variedParts = 5;

/**
 * Sentences that are the same but for words of the code: all of many. Long ones that hardly differ: each but the first,
 * and where there are many of them the first as well.
 */
function filledTemplates(
  sentences: readonly Sentence[],
  { places }: GroundingIndex,
  rubric: Rubric,
): Set<Sentence> {
  const often = threshold(rubric, 'repeated_frame_minimum');
  const many = threshold(rubric, 'repeated_text_minimum');
  const { words } = places();
  const small = wordList(rubric, 'function');
  const isOfCode = (token: string): boolean =>
    /[`_\d]|[a-z][A-Z]/.test(token) ||
    (!small.has(token.toLowerCase()) && words.has(stem(token.toLowerCase())));
  const frames = sentences.map(({ text }) => frameOf(text, isOfCode));
  const templates = Map.groupBy(sentences, (_, at) => {
    const frame = frames[at] ?? [];
    // Its first word may take turns: `fix the …`, `refactor the …`.
    const from = frame.length > variedParts ? frame.findIndex((part) => part !== '`') + 1 : 0;
    return frame.slice(from).join(' ');
  });
  const firsts = copiesIn(frames, rubric);
  const copies = Map.groupBy(firsts, (first) => first);
  return new Set([
    ...[...templates.values()].flatMap((list) => (list.length >= often ? list : [])),
    ...sentences.filter((_, at) => {
      const first = firsts[at] ?? at;
      return first !== at || (copies.get(first)?.length ?? 0) >= many;
    }),
  ]);
}

/** Words of a text in their order, with one mark for all that is of the code and stands side by side. */
function frameOf(text: string, isOfCode: (token: string) => boolean): string[] {
  const parts: string[] = [];
  for (const [token] of text.matchAll(/`[^`]*`|[A-Za-z_$][\w$'’]*/g)) {
    if (!isOfCode(token)) parts.push(token.toLowerCase());
    else if (parts.at(-1) === 'and' && parts.at(-2) === '`') parts.pop();
    else if (parts.at(-1) !== '`') parts.push('`');
  }
  return parts;
}

/** For each frame the first that it is a copy of, which may be itself: most of it, and a long part, stands in one before it. */
function copiesIn(frames: readonly (readonly string[])[], rubric: Rubric): number[] {
  const long = threshold(rubric, 'repeated_frame_words');
  const most = threshold(rubric, 'repeated_frame_share');
  const holders = new Map<string, number[]>();
  const firsts: number[] = [];
  for (const [at, frame] of frames.entries()) {
    firsts.push(at);
    if (frame.filter((part) => part !== '`').length < long) continue;
    const runs = new Set(frame.slice(2).map((_, from) => frame.slice(from, from + 3).join(' ')));
    const shared = new Map<number, number>();
    for (const run of runs) {
      const known = holders.get(run) ?? [];
      for (const other of known) shared.set(other, (shared.get(other) ?? 0) + 1);
      if (known.length < holdersRead) holders.set(run, [...known, at]);
    }
    const [other] = shared.entries().find(([, number]) => number >= most * runs.size) ?? [];
    if (other !== undefined) firsts[at] = firsts[other] ?? at;
  }
  return firsts;
}

/** Sentences with the same three parts that one is held against. */
const holdersRead = 20;

/** Reasons are alike by what makes them reasons; among themselves a template shows that is lost among the rest. */
function repeatedReasons(
  sentences: readonly Sentence[],
  isName: (word: string) => boolean,
  rubric: Rubric,
): Set<Sentence> {
  const reasons = sentences.filter((sentence) => {
    const { cause, contrast, failure } = relationsOf(sentence, rubric);
    return cause || contrast || failure;
  });
  const repeated = repeatedTexts(
    reasons.map(({ text }) => text),
    isName,
    rubric,
    'reason',
  );
  return new Set(reasons.filter((_, at) => repeated[at]));
}

/**
 * The files with the comments and doc blocks emptied that a template made or that speak to whoever grades: they stay
 * where they are, and tell nothing.
 */
export function withEmptyComments(
  files: readonly FileFacts[],
  grounding: GroundingIndex,
  rubric: Rubric,
): FileFacts[] {
  const isName = namesOf(grounding);
  const emptied = new Map<string, Rest>();
  const docs = files.flatMap((file) =>
    [...file.functions, ...file.classes, ...(file.prototypes ?? [])].flatMap(({ doc }) =>
      doc === null ? [] : [{ file, doc }],
    ),
  );
  const plain = files.flatMap((file) =>
    file.comments.filter(({ kind }) => kind === 'comment').map((doc) => ({ file, doc })),
  );
  for (const list of [docs, plain]) {
    // Sentence by sentence, since what a template adds may stand in a comment that was there before.
    const partsOf = (text: string): string[] => (list === docs ? [text] : sentencesOfText(text));
    const parts = list.flatMap((at) => partsOf(at.doc.text).map((sentence) => ({ at, sentence })));
    const repeated = repeatedTexts(
      parts.map(({ sentence }) => sentence),
      isName,
      rubric,
    );
    const kept = Map.groupBy(
      parts.filter((_, index) => repeated[index] !== true),
      ({ at }) => at,
    );
    for (const at of list) {
      const own = (kept.get(at) ?? []).map(({ sentence }) => sentence);
      const plea = own.filter(isPlea);
      const rest = own.filter((sentence) => !plea.includes(sentence));
      if (plea.length === 0 && own.length === partsOf(at.doc.text).length) continue;
      const why =
        plea.length > 0
          ? 'that speaks to whoever grades'
          : 'in words that would fit other units as well';
      const text = rest.join('\n');
      emptied.set(keyOf(at.file, at.doc), text === '' ? { text, why } : { text });
    }
  }
  return emptied.size === 0 ? [...files] : files.map((file) => emptiedIn(file, emptied));
}

/** What of a comment tells something; `why` where nothing does. */
interface Rest {
  text: string;
  why?: string;
}

/** Sentences and points of a comment. */
function sentencesOfText(text: string): string[] {
  return text.split(/(?<=[.!?:])\s+|\n(?=\s*[-*])|\n\s*\n/).filter((part) => part.trim() !== '');
}

function keyOf({ path }: FileFacts, { startLine, endLine }: CommentFacts): string {
  return `${path}:${startLine}-${endLine}`;
}

function emptiedIn(file: FileFacts, emptied: ReadonlyMap<string, Rest>): FileFacts {
  const empty = (comment: CommentFacts): CommentFacts => {
    const rest = emptied.get(keyOf(file, comment));
    if (rest === undefined) return comment;
    const { text, why } = rest;
    return { ...comment, text, ...(why === undefined ? {} : { emptied: why, said: comment.text }) };
  };
  return {
    ...file,
    comments: file.comments.map(empty),
    functions: file.functions.map((fn) => (fn.doc === null ? fn : { ...fn, doc: empty(fn.doc) })),
    ...(file.prototypes
      ? { prototypes: file.prototypes.map((one) => ({ ...one, doc: empty(one.doc) })) }
      : {}),
    classes: file.classes.map((type) =>
      type.doc === null ? type : { ...type, doc: empty(type.doc) },
    ),
  };
}

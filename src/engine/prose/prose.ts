import { isStandardPassage } from '../syntax/standard-texts.ts';
import { threshold, type Rubric } from '../rubric.ts';
import { proseBlocks, type ProseBlock } from './blocks.ts';
import { withFluency } from './fluency.ts';
import { proseFault, unrepeatedShare, type ProseFault, type ProseStyle } from './genuine.ts';
import { sentencesOf, wordsOf, type Sentence } from './sentences.ts';
import { taskBlocks } from './task-text.ts';

/** A text of the submission before it is read. */
export interface ProseText {
  /** Member name (`explanation`, `answers[0]`) or the path of a documentation file. */
  name: string;
  source: 'prose' | 'docs' | 'answer' | 'commit' | 'review';
  text: string;
}

export interface ProseDocument extends ProseText {
  blocks: ProseBlock[];
  /** Of passages that read like prose; each distinct sentence once. */
  sentences: Sentence[];
  rejected: { block: ProseBlock; fault: ProseFault }[];
  /** Blocks that are the text of the task, and of nobody who solved it; they are in none of the other lists. */
  task?: ProseBlock[];
  /** Sentences that address the grader instead of speaking of the work; they count for nothing. */
  pleas: Sentence[];
  /** Sentences that a template made; they count for nothing. */
  repeated?: Sentence[];
  /** Sentences whose words hang together neither in English nor in the code; they count for nothing. */
  disconnected?: Sentence[];
  /** Sentences without words that the code and its comments have not; they count for nothing. */
  bare?: Sentence[];
}

/** Games give points and algorithms assign scores: a plea speaks of the grader, of marks, or of the work handed in. */
const pleaPatterns: readonly RegExp[] = [
  /\bdear (?:grader|reviewer|examiner|evaluator|assessor|marker|teacher|professor)s?\b/i,
  /\b(?:graders?|examiners?|evaluators?|assessors?),? (?:please|note|should|must|will)\b/i,
  /\b(?:ignore|disregard|forget)\b.{0,40}\b(?:rules?|instructions?|rubric|prompts?|criteria)\b/i,
  /\b(?:deserves?|merits?|earns?|worth|give|award|grant|grade|score|rate|assign)\b.{0,40}\b(?:full (?:points?|marks?|scores?|credits?)|(?:top|maximum|perfect|highest|best) (?:marks?|grades?|credits?)|100 ?\/ ?100|10 ?\/ ?10|an? a\+)/i,
  /\b(?:give|award|grant|grade|score|rate)\b.{0,20}\b(?:me|us|(?:this|my|our) (?:submission|code|work|project|solution|answer|function|file|candidate))\b.{0,40}\b(?:points?|marks?|scores?|grades?|100|full|maximum|high(?:ly)?|well)\b/i,
  /\byou are an? (?:ai|assistant|grader|evaluator)\b/i,
];

/** A passage that begins like this is a letter as a whole. */
const letterPattern =
  /^\W*(?:dear|hello|hi) (?:grader|reviewer|examiner|evaluator|assessor|marker|teacher|professor)/i;

/** Whether a text addresses the grader instead of speaking of the work. */
export function isPlea(text: string): boolean {
  return pleaPatterns.some((pattern) => pattern.test(text));
}

export interface Prose {
  documents: ProseDocument[];
  /** Sentences of all documents, in order. */
  sentences: { document: ProseDocument; sentence: Sentence }[];
  words: number;
  /** Something was cut because there was too much of it. */
  truncated: boolean;
}

/** Reads every text: blocks, sentences, and which passages are not prose at all. */
export function readProse(texts: readonly ProseText[], rubric: Rubric): Prose {
  let budget = threshold(rubric, 'prose_budget_characters');
  let truncated = false;
  const seen = new Map<string, number>();
  const read: ProseDocument[] = [];
  for (const item of texts) {
    const text = item.text.slice(0, budget);
    truncated ||= text.length < item.text.length;
    budget -= text.length;
    read.push(readDocument({ ...item, text }, seen, rubric));
  }
  const often = threshold(rubric, 'repeated_text_minimum');
  const documents = read.map((document) => withoutRefrains(document, seen, often));
  const sentences = documents.flatMap((document) =>
    document.sentences.map((sentence) => ({ document, sentence })),
  );
  const words = sentences.reduce((total, { sentence }) => total + sentence.words.length, 0);
  return { documents, sentences, words, truncated };
}

/** A sentence that stands there again and again, with other names in code voice, is a template. */
function withoutRefrains(
  document: ProseDocument,
  seen: ReadonlyMap<string, number>,
  often: number,
): ProseDocument {
  const refrain = (sentence: Sentence): boolean => (seen.get(keyOf(sentence)) ?? 0) >= often;
  const repeated = document.sentences.filter(refrain);
  if (repeated.length === 0) return document;
  const sentences = document.sentences.filter((sentence) => !refrain(sentence));
  return { ...document, sentences, repeated };
}

function keyOf({ words }: Sentence): string {
  return words.join(' ');
}

function readDocument(item: ProseText, seen: Map<string, number>, rubric: Rubric): ProseDocument {
  const all = proseBlocks(item.text);
  const ofTask = item.source === 'docs' ? taskBlocks(all, item.text) : new Set<ProseBlock>();
  const blocks = all.filter((block) => !ofTask.has(block));
  const rejected: ProseDocument['rejected'] = [];
  const sentences: Sentence[] = [];
  const pleas: Sentence[] = [];
  const passages = blocks.filter((block) => !isNoPassage(block));
  // What is too short to tell its language by is in that of the rest.
  const rest = proseFault(passages.map(({ text }) => text).join('\n'), rubric, 'manual');
  const least = threshold(rubric, 'prose_minimum_words');
  for (const block of passages) {
    const isShort = wordsOf(block.text).length < least;
    const fault = isShort && rest === 'other_language' ? rest : proseFault(block.text, rubric);
    if (fault !== null) {
      if (!isPoint(block, fault)) rejected.push({ block, fault });
      continue;
    }
    const found = unseenSentences(block, seen);
    const isLetter = letterPattern.test(block.text);
    const toGrader = (sentence: Sentence) => isLetter || isPlea(sentence.text);
    pleas.push(...found.filter(toGrader));
    sentences.push(...found.filter((sentence) => !toGrader(sentence)));
  }
  const read = withoutLists(withFluency(sentences, rubric), rubric);
  const task = ofTask.size === 0 ? {} : { task: [...ofTask] };
  return { ...item, blocks, sentences: read, rejected, pleas, ...task };
}

/** A sentence counts once, wherever it is repeated. @param seen how often each was there; counts those of the block */
function unseenSentences(block: ProseBlock, seen: Map<string, number>): Sentence[] {
  return sentencesOf(block).filter((sentence) => {
    const key = keyOf(sentence);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return sentence.words.length >= 3 && times === 0;
  });
}

/** Points of a list are elliptic: names and things, without the words between them. */
function isPoint({ kind }: ProseBlock, fault: ProseFault): boolean {
  return fault === 'too_few_function_words' && kind === 'list_item';
}

function isNoPassage({ kind, text }: ProseBlock): boolean {
  return kind === 'code' || kind === 'heading' || isStandardPassage(text);
}

/** Many passages too short to be judged alone are judged together; a manual repeats itself, a list of names more so. */
function withoutLists(given: readonly Sentence[], rubric: Rubric): Sentence[] {
  const faultOf = (some: readonly Sentence[], style: ProseStyle) =>
    proseFault(some.map(({ text }) => text).join('\n'), rubric, style);
  const isListed = ({ block }: Sentence): boolean => block.kind === 'list_item';
  const passages = given.filter((one) => !isListed(one));
  // Points of a list are as terse as doc blocks, and must not speak for the passages between them.
  const points = given.filter(isListed);
  const isRead = {
    passages: faultOf(passages, 'manual') === null,
    points: faultOf(points, 'doc') === null,
  };
  const sentences = given.filter((one) => (isListed(one) ? isRead.points : isRead.passages));
  const least = threshold(rubric, 'prose_repetition_words');
  const short = sentences.filter(({ block }) => wordsOf(block.text).length < least);
  // Words that do not hang together must not make those of the others look less repeated.
  const connected = short.filter(({ fluency }) => fluency > 0);
  const part = unrepeatedShare(connected.map(({ text }) => text).join('\n'), rubric);
  const repeated = new Set(short);
  return sentences.map((one) =>
    repeated.has(one) ? { ...one, fluency: one.fluency * part } : one,
  );
}

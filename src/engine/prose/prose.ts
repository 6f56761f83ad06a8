import { isStandardPassage } from '../syntax/standard-texts.ts';
import { threshold, type Rubric } from '../rubric.ts';
import { proseBlocks, type ProseBlock } from './blocks.ts';
import { proseFault, type ProseFault } from './genuine.ts';
import { sentencesOf, type Sentence } from './sentences.ts';

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
  /** Sentences that address the grader instead of speaking of the work; they count for nothing. */
  pleas: Sentence[];
}

const pleaPattern =
  /\b(?:ignore|disregard|forget)\b.{0,40}\b(?:rules?|instructions?|rubric|prompts?|criteria)\b|\b(?:give|award|grant|grade|score|rate|assign)\b.{0,40}\b(?:points?|marks?|score|grade|100|full|maximum)\b|\byou are an? (?:ai|assistant|grader|evaluator)\b/i;

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
  const seen = new Set<string>();
  const documents: ProseDocument[] = [];
  for (const item of texts) {
    const text = item.text.slice(0, budget);
    truncated ||= text.length < item.text.length;
    budget -= text.length;
    documents.push(readDocument({ ...item, text }, seen, rubric));
  }
  const sentences = documents.flatMap((document) =>
    document.sentences.map((sentence) => ({ document, sentence })),
  );
  const words = sentences.reduce((total, { sentence }) => total + sentence.words.length, 0);
  return { documents, sentences, words, truncated };
}

function readDocument(item: ProseText, seen: Set<string>, rubric: Rubric): ProseDocument {
  const blocks = proseBlocks(item.text);
  const rejected: ProseDocument['rejected'] = [];
  const sentences: Sentence[] = [];
  const pleas: Sentence[] = [];
  for (const block of blocks) {
    if (isNoPassage(block)) continue;
    const fault = proseFault(block.text, rubric);
    if (fault !== null) {
      // Points of a list are elliptic: names and things, without the words between them.
      const isPoint = fault === 'too_few_function_words' && block.kind === 'list_item';
      if (!isPoint) rejected.push({ block, fault });
      continue;
    }
    for (const sentence of sentencesOf(block)) {
      // A sentence counts once, wherever it is repeated.
      const key = sentence.words.join(' ');
      if (sentence.words.length < 3 || seen.has(key)) continue;
      seen.add(key);
      (pleaPattern.test(sentence.text) ? pleas : sentences).push(sentence);
    }
  }
  const counted = wholeIsProse(sentences, rubric) ? sentences : [];
  return { ...item, blocks, sentences: counted, rejected, pleas };
}

function isNoPassage({ kind, text }: ProseBlock): boolean {
  return kind === 'code' || kind === 'heading' || isStandardPassage(text);
}

/** Many passages too short to be judged alone are judged together. */
function wholeIsProse(sentences: readonly Sentence[], rubric: Rubric): boolean {
  return proseFault(sentences.map((sentence) => sentence.text).join('\n'), rubric) === null;
}

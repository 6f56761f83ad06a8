import type { CommentFacts, FileFacts } from '../facts.ts';
import type { GroundingIndex } from '../prose/grounding.ts';
import { isPlea, type Prose, type ProseDocument } from '../prose/prose.ts';
import { relationsOf } from '../prose/discourse.ts';
import type { Sentence } from '../prose/sentences.ts';
import { repeatedTexts } from '../prose/repetition.ts';
import type { Rubric } from '../rubric.ts';

/** Words that only name something of the code: in code spelling, or just as it is declared. */
export function namesOf({ symbols, declared }: GroundingIndex): (word: string) => boolean {
  return (word) => declared.has(word) || (/[a-z][A-Z]|_/.test(word) && symbols.has(word));
}

/** The prose without sentences that a template made, which are listed apart. */
export function withoutRepeats(prose: Prose, grounding: GroundingIndex, rubric: Rubric): Prose {
  const isName = namesOf(grounding);
  const texts = prose.sentences.map(({ sentence }) => sentence.text);
  const reasons = repeatedReasons(prose, isName, rubric);
  const repeated = repeatedTexts(texts, isName, rubric).map(
    (is, at) => is || reasons.has(prose.sentences[at]?.sentence),
  );
  if (!repeated.includes(true)) return prose;
  const out = new Set(
    prose.sentences.filter((_, at) => repeated[at]).map(({ sentence }) => sentence),
  );
  const documents = prose.documents.map((document): ProseDocument => {
    const again = document.sentences.filter((sentence) => out.has(sentence));
    if (again.length === 0) return document;
    return {
      ...document,
      sentences: document.sentences.filter((one) => !out.has(one)),
      repeated: again,
    };
  });
  const sentences = documents.flatMap((document) =>
    document.sentences.map((sentence) => ({ document, sentence })),
  );
  const words = sentences.reduce((total, { sentence }) => total + sentence.words.length, 0);
  return { ...prose, documents, sentences, words };
}

/** Reasons are alike by what makes them reasons; among themselves a template shows that is lost among the rest. */
function repeatedReasons(
  prose: Prose,
  isName: (word: string) => boolean,
  rubric: Rubric,
): Set<Sentence | undefined> {
  const reasons = prose.sentences
    .map(({ sentence }) => sentence)
    .filter((sentence) => {
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
  const emptied = new Map<string, string>();
  const docs = files.flatMap((file) =>
    [...file.functions, ...file.classes].flatMap(({ doc }) =>
      doc === null ? [] : [{ file, doc }],
    ),
  );
  const plain = files.flatMap((file) =>
    file.comments.filter(({ kind }) => kind === 'comment').map((doc) => ({ file, doc })),
  );
  for (const list of [docs, plain]) {
    const repeated = repeatedTexts(
      list.map(({ doc }) => doc.text),
      isName,
      rubric,
    );
    for (const [index, { file, doc }] of list.entries()) {
      if (isPlea(doc.text)) emptied.set(keyOf(file, doc), 'that speaks to whoever grades');
      else if (repeated[index] === true)
        emptied.set(keyOf(file, doc), 'in the words that other units are described with');
    }
  }
  return emptied.size === 0 ? [...files] : files.map((file) => emptiedIn(file, emptied));
}

function keyOf({ path }: FileFacts, { startLine, endLine }: CommentFacts): string {
  return `${path}:${startLine}-${endLine}`;
}

function emptiedIn(file: FileFacts, emptied: ReadonlyMap<string, string>): FileFacts {
  const empty = (comment: CommentFacts): CommentFacts => {
    const why = emptied.get(keyOf(file, comment));
    return why === undefined ? comment : { ...comment, text: '', emptied: why };
  };
  return {
    ...file,
    comments: file.comments.map(empty),
    functions: file.functions.map((fn) => (fn.doc === null ? fn : { ...fn, doc: empty(fn.doc) })),
    classes: file.classes.map((type) =>
      type.doc === null ? type : { ...type, doc: empty(type.doc) },
    ),
  };
}

import type { CommentFacts, FunctionAt } from '../../facts.ts';
import type { ReadingLoad } from '../../token-facts.ts';
import { sum } from '../../numbers.ts';
import { docBlockValue, type DocContext, type Documented } from '../../prose/doc-blocks.ts';
import { wordsOf } from '../../prose/sentences.ts';
import { threshold, type Rubric } from '../../rubric.ts';
import { functionsInUse } from '../../submission/functions-in-use.ts';
import { functionsOf } from '../../submission/functions-of.ts';
import type { Submission } from '../../submission/submission.ts';
import type { Observation } from '../criterion.ts';
import { inFile, inFunction } from '../places.ts';
import { commentsWithin } from './comments-within.ts';

/** What is read at a time: a function, or a script as a whole. */
export interface Passage {
  /** As a sentence names it. */
  name: string;
  place: Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine' | 'unit'>;
  load: ReadingLoad;
  nesting: number;
  /** Words of the comments that tell of it. */
  told: number;
}

/**
 * The functions in use; where there is none, the test cases (someone pasted one), then whatever function
 * there is, then the statements outside of functions.
 */
export function passagesOf(submission: Submission, rubric: Rubric): Passage[] {
  const about = { rubric, index: submission.grounding, seen: new Set<string>() };
  const functions = functionsToRead(submission);
  if (functions.length > 0) return functions.map((at) => passageOf(at, about));
  return submission.code
    .filter(({ load }) => load.tokens > 0)
    .map((file): Passage => ({
      name: file.path,
      place: inFile(file, { startLine: 1, endLine: Math.max(1, file.lines) }, file.path),
      load: file.load,
      nesting: 0,
      told: toldBy(file.comments, { file, names: [] }, about),
    }));
}

function functionsToRead(submission: Submission): readonly FunctionAt[] {
  const used = functionsInUse(submission);
  if (used.length > 0) return used;
  const all = functionsOf(submission.code);
  const tests = all.filter(({ fn }) => fn.test);
  return tests.length > 0 ? tests : all;
}

function passageOf(at: FunctionAt, about: DocContext): Passage {
  const { file, fn } = at;
  const comments = [...(fn.doc ? [fn.doc] : []), ...commentsWithin(at)];
  return {
    name: `\`${fn.name}\``,
    place: inFunction(at),
    load: fn.load,
    nesting: fn.maxNesting,
    told: toldBy(comments, { file, names: [fn.name], body: fn }, about),
  };
}

/** Words of the comments that say something of the code, each text once, none for more than its share. */
function toldBy(comments: readonly CommentFacts[], unit: Documented, about: DocContext): number {
  const most = threshold(about.rubric, 'readability_comment_words');
  return sum(
    comments.map((comment) =>
      docBlockValue(comment, unit, about).tied === true
        ? Math.min(most, wordsOf(comment.text).length)
        : 0,
    ),
  );
}

import type { CommentFacts, FileFacts } from '../../facts.ts';
import { claimOf, type Claim, type GroundingLink } from '../../prose/grounding.ts';
import { hasFigure, relationsOf, type Relations } from '../../prose/discourse.ts';
import { proseBlocks } from '../../prose/blocks.ts';
import { byCodePoint } from '../../canonical-json.ts';
import { namesAround } from '../../prose/names-in.ts';
import { ownWords, repeatedTexts } from '../../prose/repetition.ts';
import { codeWordsOf, namesOf } from '../../submission/repeated-words.ts';
import { fluencyOfAll } from '../../prose/comment-text.ts';
import type { DocContext } from '../../prose/doc-blocks.ts';
import { withFluency } from '../../prose/fluency.ts';
import { proseFault } from '../../prose/genuine.ts';
import { sentencesOf, type Sentence } from '../../prose/sentences.ts';
import { threshold, type Rubric } from '../../rubric.ts';
import {
  count,
  notApplicable,
  verb,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { inFile } from '../places.ts';

interface Statement {
  place: Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine'>;
  sentence: Sentence;
  /** The comment that it is of, with its file. */
  comment?: { file: FileFacts; range: CommentFacts };
}

/** Sentences that say why or weigh one way against another, about something that is really there. */
export const decisions: Criterion = (context) => {
  const { submission, rubric } = context;
  if (submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('too little code for decisions to be about');
  }
  const statements = [...proseStatements(context), ...commentStatements(context)];
  const observations = oncePerTarget(
    notRepeated(statements, context).flatMap((statement) => judge(statement, context) ?? []),
  );
  return {
    applicable: true,
    sample: { n: statements.length, unit: 'sentences' },
    observations,
    summary:
      observations.length === 0
        ? 'No sentence that names something of the code in the spelling of code (`name`, name(), a.b) gives a reason about it in words which the code shares and does not show beside it.'
        : `${count(observations.length, 'sentence')} ${verb(observations.length, 'give a reason or weigh', 'gives a reason or weighs')} alternatives about something in the code.`,
  };
};

/** Statements with a reason or a contrast that no template made, in an order that the files do not decide. */
function notRepeated(statements: readonly Statement[], context: CriterionContext): Statement[] {
  const { submission, rubric } = context;
  const telling = statements
    .filter(({ sentence }) => {
      const { cause, contrast } = relationsOf(sentence, rubric);
      return cause || contrast;
    })
    .sort((a, b) => byCodePoint(a.sentence.text, b.sentence.text));
  const texts = telling.map(({ sentence }) => sentence.text);
  const repeated = repeatedTexts(texts, namesOf(submission.grounding), rubric, 'reason');
  return telling.filter((_, index) => repeated[index] !== true);
}

interface Judged {
  observation: Observation;
  links: readonly GroundingLink[];
}

/**
 * A target counts once: naming it again is repetition, not a further decision. The weightiest statement has it, or else
 * it would pay to delete a lighter one that speaks of it, too.
 */
function oncePerTarget(judged: readonly Judged[]): Observation[] {
  const targets = new Set<string>();
  return judged
    .toSorted((a, b) => b.observation.amount - a.observation.amount)
    .flatMap(({ observation, links }): Observation[] => {
      const fresh = links.filter(({ text }) => !targets.has(text));
      const target = fresh[0];
      if (!target) return [];
      for (const { text } of fresh) targets.add(text);
      return [
        {
          ...observation,
          message: `${observation.message} ${linkText(target)}.`,
          metadata: { target: target.text, links: fresh.length },
        },
      ];
    });
}

function judge({ place, sentence, comment }: Statement, context: CriterionContext): Judged | null {
  const { rubric } = context;
  const relations = relationsOf(sentence, rubric);
  if (!(relations.cause || relations.contrast) || !says(sentence, context)) return null;
  const { tie, links } = claimed(sentence, comment, context);
  const { contrast } = relations;
  const observation: Observation = {
    ...place,
    rule: contrast ? 'grounded_trade_off' : 'grounded_reason',
    type: 'decision',
    message: contrast ? 'Weighs alternatives about' : 'Gives a reason about',
    amount:
      tie *
      worth(sentence, relations, rubric) *
      (comment ? threshold(rubric, 'decision_comment_weight') : 1),
    unit: `${place.file ?? ''}:${place.startLine ?? 0}`,
  };
  return { observation, links };
}

/** What a statement is about, without what its reader sees beside it. */
function claimed(
  sentence: Sentence,
  comment: Statement['comment'],
  { submission, rubric }: CriterionContext,
): Claim {
  const shown = comment && namesAround(comment.file, comment.range);
  const claim = claimOf(sentence, submission.grounding, rubric, shown);
  return claim.tie === 0 ? { tie: 0, links: [] } : claim;
}

/** Long enough for two clauses, prose, and with words that could not stand in a reason for anything else. */
function says(sentence: Sentence, { submission, rubric }: CriterionContext): boolean {
  const enough = sentence.words.length >= threshold(rubric, 'decision_minimum_words');
  if (!enough || proseFault(sentence.text, rubric) !== null) return false;
  const own = ownWords(sentence.text, codeWordsOf(submission.grounding), rubric);
  return own.length >= threshold(rubric, 'reason_own_words');
}

/** A reason weighed against an alternative, or backed by a figure, is worth more than either alone. */
function worth(sentence: Sentence, { cause, contrast }: Relations, rubric: Rubric): number {
  const both = cause && contrast ? threshold(rubric, 'decision_both_bonus') : 0;
  const figure = hasFigure(sentence, rubric) ? threshold(rubric, 'decision_figure_bonus') : 0;
  return 1 + both + figure;
}

function linkText({ kind, text }: GroundingLink): string {
  return kind === 'number' ? `the number ${text}` : `\`${text}\``;
}

function proseStatements({ submission }: CriterionContext): Statement[] {
  return submission.prose.sentences.map(({ document, sentence }) => ({
    place: {
      source: document.source,
      file: document.name,
      startLine: sentence.startLine,
      endLine: sentence.endLine,
    },
    sentence,
  }));
}

function commentStatements({ submission, rubric }: CriterionContext): Statement[] {
  const about = { rubric, index: submission.grounding };
  return submission.code.flatMap((file) =>
    file.comments
      .filter(({ kind }) => kind === 'comment' || kind === 'doc')
      .flatMap((comment) => sentencesOfComment(file, comment, about)),
  );
}

function sentencesOfComment(
  file: FileFacts,
  comment: CommentFacts,
  about: Pick<DocContext, 'rubric' | 'index'>,
): Statement[] {
  const sentences = proseBlocks(comment.text)
    .filter(({ kind }) => kind === 'paragraph' || kind === 'list_item')
    .flatMap((block) => sentencesOf(block));
  const all = fluencyOfAll(file, comment.kind, about);
  return withFluency(sentences, about.rubric).map((sentence) => ({
    place: inFile(file, comment),
    sentence: { ...sentence, fluency: Math.min(all, sentence.fluency) },
    comment: { file, range: comment },
  }));
}

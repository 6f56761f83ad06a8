/** Who else has handed in the like: for reviewers, who look at both. No score depends on it. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { EnginePool } from '../../../engine/pool.ts';
import type { SharedPassage } from '../../../engine/submission/shared-passages.ts';
import { codeMembers, type AssessmentInput } from '../../../engine/contract.ts';
import { outsideOf } from '../../../http/request/context.ts';
import { route, type Route } from '../../../http/routing/route.ts';
import { readJson } from '../../../json/parse-json.ts';
import { assessmentParams } from '../assessment-schemas.ts';
import { findSubmission, noSuchAssessment } from '../assessment-store.ts';
import { ASSESSMENT_COST, assessmentsTag as tag } from '../submit-route.ts';
import {
  FEWEST,
  pairParams,
  pairSchema,
  similarQuery,
  similarSchema,
  WORTH_A_LOOK,
  type SimilarSubmissions,
  type SubmissionPair,
} from './similar-schemas.ts';
import { findSimilar, findSketch, type Similar } from './sketch-store.ts';

/** Lines of a passage that are shown. */
const MOST_LINES = 60;

export function similarRoutes({ engine }: { engine: Pick<EnginePool, 'compare'> }): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/similar',
      operationId: 'listSimilarSubmissions',
      summary: 'Who else has handed in the like',
      description:
        'Submissions of other candidates to the same challenge, by the shape of their code: names, literals, layout, comments and the order of functions do not matter. `template_files` and what a quarter of the candidates (and more than ten) have in common count for nothing. A likeness is a reason to look at both, and no proof; no score depends on it.',
      tag,
      access: 'assessor',
      body: 'none',
      reply: 'json',
      params: assessmentParams,
      query: similarQuery,
      names: 'assessment',
      responses: { 200: { description: 'The most similar', schema: similarSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id }, query: { limit }, ctx }) {
        const { em } = ctx.state;
        return { status: 200, body: await similarTo(em, id, limit) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/similar/:other',
      operationId: 'compareSubmissions',
      summary: 'Two submissions side by side',
      description: 'Where both have the same shape, with the lines of both.',
      tag,
      access: 'assessor',
      cost: ASSESSMENT_COST,
      body: 'none',
      reply: 'json',
      params: pairParams,
      names: 'assessment',
      responses: { 200: { description: 'Their shared passages', schema: pairSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id, other }, ctx }) {
        const { em, signal } = ctx.state;
        const outside = outsideOf(ctx);
        const [mine, theirs] = [await submissionOf(em, id), await submissionOf(em, other)];
        const passages = await outside(() => engine.compare({ one: mine, other: theirs }, signal));
        const [here, there] = [linesOf(mine), linesOf(theirs)];
        const body: SubmissionPair = {
          assessment_id: id,
          other_assessment_id: other,
          passages: passages.map((passage) => withTexts(passage, here, there)),
        };
        return { status: 200, body };
      },
    }),
  ];
}

async function similarTo(
  em: SqlEntityManager,
  id: string,
  limit: number,
): Promise<SimilarSubmissions> {
  const none = { assessment_id: id, status: 'not_compared' as const, items: [] };
  const sketch = await findSketch(em, id);
  if (sketch === undefined) {
    if ((await findSubmission(em, id, null)) === undefined) throw noSuchAssessment();
    return { ...none, challenge: null, reason: 'no_challenge_or_too_old', candidates: 0 };
  }
  const { challenge, candidates } = sketch;
  if (sketch.size === 0) return { ...none, challenge, candidates, reason: 'no_code' };
  if (candidates < 2) return { ...none, challenge, candidates, reason: 'nobody_else' };
  const found = await findSimilar(em, sketch, limit);
  return {
    assessment_id: id,
    challenge,
    status: 'compared',
    reason: null,
    candidates,
    items: found.map(present),
  };
}

function present({ shared, own, others, ...row }: Similar): SimilarSubmissions['items'][number] {
  const similarity = percent(shared, own + others - shared);
  return {
    assessment_id: row.assessment_id,
    candidate_id: row.candidate_id,
    display_name: row.display_name,
    timestamp: new Date(row.timestamp).toISOString(),
    similarity,
    contained: percent(shared, own),
    worth_a_look: similarity >= WORTH_A_LOOK && Math.min(own, others) >= FEWEST,
  };
}

function percent(part: number, all: number): number {
  return Math.round((1000 * part) / all) / 10;
}

async function submissionOf(em: SqlEntityManager, id: string): Promise<AssessmentInput> {
  const found = await findSubmission(em, id, null);
  if (found === undefined) throw noSuchAssessment();
  return readJson(found.text) as AssessmentInput;
}

type LinesOf = (path: string, from: number, to: number) => string;

function linesOf({ content }: AssessmentInput): LinesOf {
  const lines = new Map<string, string[]>();
  const textOf = (path: string): string => {
    const member = codeMembers.find((name) => name === path);
    const file = content.files?.find((each) => each.path === path);
    return file?.content ?? (member && content[member]) ?? '';
  };
  return (path, from, to) => {
    const known = lines.get(path) ?? textOf(path).split(/\r\n|\r|\n/);
    lines.set(path, known);
    return known.slice(from - 1, Math.min(to, from - 1 + MOST_LINES)).join('\n');
  };
}

function withTexts(
  passage: SharedPassage,
  here: LinesOf,
  there: LinesOf,
): SubmissionPair['passages'][number] {
  const { file, start_line, end_line, other_file, other_start_line, other_end_line } = passage;
  return {
    ...passage,
    text: here(file, start_line, end_line),
    other_text: there(other_file, other_start_line, other_end_line),
  };
}

/** Tags of a text that nobody submits: found in the engine's threads, and not stored. */
import { z } from 'zod';
import type { EnginePool } from '../../engine/pool.ts';
import { textTagSchema } from '../../engine/result-schema.ts';
import type { TagOutcome } from '../../engine/worker.ts';
import { outsideOf } from '../../http/request/context.ts';
import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import type { Admission } from '../../http/server/admission.ts';
import { ASSESSMENT_COST } from './submit-route.ts';

const tag: RouteTag = { name: 'Tags', description: 'What a text is about, and where that shows.' };

const MAX_CHARACTERS = 100_000;
const DEFAULT_TAGS = 5;

const tagInput = z
  .strictObject({
    text: z.string().min(1).max(MAX_CHARACTERS).describe('Code, prose, or a page with both'),
    max_tags: z.int().min(1).max(20).default(DEFAULT_TAGS).describe('The most certain ones.'),
  })
  .meta({ id: 'TagInput', description: 'A text; it is parsed, never run.' });

const tagsSchema = z
  .strictObject({
    tags: z.array(textTagSchema).describe('Most certain first'),
    count: z.int().describe('How many these are'),
  })
  .meta({ id: 'Tags', description: 'What a text is about.' });

export function tagRoutes(deps: {
  engine: Pick<EnginePool, 'tag'>;
  /** Of submissions: both are worked on by the same threads. */
  admission: Admission;
  /** Is told of the work once it is done. */
  tagged: (outcome: TagOutcome) => void;
}): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/tags/generate',
      operationId: 'generateTags',
      summary: 'Tag a text',
      description:
        'The detectors that tag assessments: languages by parsing, libraries by their imports, idioms and algorithms by their syntax; and of prose the technologies that it names. A word alone tags no code, so a text in JavaScript is never tagged Java. `confidence` is how often the detector was right on labelled texts, as if it had been wrong once more. Nothing is stored. While the engine has no room: 503 with `Retry-After`.',
      tag,
      access: 'assessor',
      cost: ASSESSMENT_COST,
      body: {
        json: tagInput,
        examples: {
          code: {
            summary: 'Code',
            value: {
              text: 'import heapq\n\n\ndef smallest(items):\n    return heapq.heappop(items)\n',
            },
          },
          prose: {
            summary: 'Prose',
            value: {
              text: 'The API is a Python program with FastAPI and PostgreSQL.',
              max_tags: 3,
            },
          },
        },
      },
      admission: deps.admission,
      reply: 'json',
      responses: { 200: { description: 'The tags', schema: tagsSchema } },
      async handle({ body: { text, max_tags: mostTags }, ctx }) {
        const { signal } = ctx.state;
        const outcome = await outsideOf(ctx)(() => deps.engine.tag({ text, mostTags }, signal));
        deps.tagged(outcome);
        const { tags } = outcome;
        return { status: 200, body: { tags, count: tags.length } };
      },
    }),
  ];
}

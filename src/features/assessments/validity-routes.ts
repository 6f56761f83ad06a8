import { z } from 'zod';
import validity from '../../engine/validity.json' with { type: 'json' };
import { route, type Route } from '../../http/routing/route.ts';

const rowSchema = z.strictObject({
  id: z.string().describe('Stays when values change'),
  what: z.string().describe('What is compared with what'),
  score: z.string().optional().describe('Path, or path and criterion, whose score it is about'),
  statistic: z
    .enum(['spearman', 'pairs_in_order', 'one_minus_ece', 'micro_f1', 'auc', 'share_equal'])
    .describe('How'),
  goal: z.number().describe('What is aimed at, on data that took no part'),
  ceiling: z
    .number()
    .nullable()
    .describe('The most that could be reached, since people agree with each other only in part'),
  fit: z.string().describe('How far the data took part in making the engine'),
  source: z.string().describe('Where the known answers come from'),
  n: z.number().int().describe('Items that are compared'),
  value: z.number().describe('What was measured'),
  interval: z.tuple([z.number(), z.number()]).describe('95 % by bootstrap'),
  also: z.record(z.string(), z.number()).optional().describe('Further numbers of the comparison'),
});

const validitySchema = z
  .strictObject({
    engine_version: z.string().describe('That was measured'),
    rubric_version: z.string().describe('That it judged by'),
    method: z.string().describe('The formulas'),
    not_claimed: z.array(z.string()).describe('What these numbers do not say'),
    rows: z.array(rowSchema).describe('One comparison each'),
  })
  .meta({ id: 'Validity', description: 'How far the engine agrees with people and other tools.' });

/** What `npm run validate -- --write` measured; checked when the service is built, so a wrong file can't start. */
const document = JSON.stringify(validitySchema.parse(validity));

export function validityRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/engine/validity',
      operationId: 'getEngineValidity',
      summary: 'How far scores agree with people and with other tools',
      description:
        'Measured on public data with known answers, with the number of items, a 95 % interval and the ceiling that the disagreement of people sets. It says nothing about a single score: that is what `confidence` and `interval` of a result are for.',
      tag: { name: 'Engine', description: 'What judges submissions.' },
      access: 'candidate',
      body: 'none',
      reply: 'json',
      responses: { 200: { description: 'The measurements', schema: validitySchema } },
      handle: () => ({ status: 200, body: document }),
    }),
  ];
}

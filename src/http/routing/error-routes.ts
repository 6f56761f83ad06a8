import { z } from 'zod';
import { errorCodes, type ErrorCode } from '../../errors.ts';
import { errorMeanings, exampleOf } from './error-meanings.ts';
import { route, type Route } from './route.ts';

const errorListSchema = z
  .object({
    items: z
      .array(
        z.object({
          error_code: z.string().describe('As in the problem'),
          type: z.string().describe('URI reference that identifies the kind of problem'),
          status: z.number().int().describe('HTTP status'),
          title: z.string().describe('The same for each problem of this code'),
          meaning: z.string().describe('What it tells the client'),
          example: z.record(z.string(), z.unknown()).describe('A problem of this code'),
        }),
      )
      .describe('Every code'),
  })
  .meta({ id: 'ErrorList', description: 'The errors of this service.' });

export function errorRoutes(): Route[] {
  const items = (Object.keys(errorCodes) as ErrorCode[]).map((code) => {
    const example = exampleOf(code);
    const { type, title, status } = example;
    return { error_code: code, type, status, title, meaning: errorMeanings[code], example };
  });
  const body = JSON.stringify({ items });
  return [
    route({
      method: 'get',
      path: '/api/v1/errors',
      operationId: 'listErrors',
      summary: 'Every error code with its meaning',
      description: 'The codes that `error_code` of a problem may have, with status and example.',
      tag: {
        name: 'Errors',
        description: 'Every error is `application/problem+json` (RFC 9457) with an `error_code`.',
      },
      access: 'public',
      body: 'none',
      reply: 'json',
      responses: { 200: { description: 'The codes', schema: errorListSchema } },
      handle: () => ({ status: 200, body }),
    }),
  ];
}

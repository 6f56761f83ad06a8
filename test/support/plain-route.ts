import type { Reply } from '#src/http/routing/route.ts';

/** What a route must state, for tests in which it does not matter. */
export const plainRoute = {
  method: 'get',
  operationId: 'test',
  summary: 'Test',
  description: 'For the test.',
  tag: { name: 'Test', description: 'Test' },
  access: 'public',
  body: 'none',
  reply: 'json',
  responses: { 200: { description: 'Fine' } },
  handle: (): Reply => ({ status: 200, body: {} }),
} as const;

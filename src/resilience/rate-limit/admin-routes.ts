import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { RecordAction } from '../../http/request/operator-action.ts';
import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { seconds } from './headers.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { roomOf, usedOf } from './readings.ts';
import type { Subject, Subjects } from './subject.ts';

const query = z.strictObject({
  subject: z
    .string()
    .regex(/^[\w.:-]{1,200}$/, 'must be an IP address, or the id of an account or an API key')
    .meta({
      description: 'An IP address, or the id of an account or an API key',
      examples: ['203.0.113.7'],
    }),
});

const stateSchema = z
  .object({
    subject: z.string().describe('As it stands in the log'),
    backend: z.enum(['redis', 'memory']).describe('Who counts'),
    policies: z
      .array(
        z.object({
          policy: z.string().describe('Its name in RateLimit-Policy'),
          mode: z.enum(['enforce', 'shadow']).describe('`shadow` counts and refuses nothing'),
          limit: z.int().describe('Units admitted in any window'),
          window_seconds: z.int().describe('Length of the window'),
          used: z.int().describe('Units that count now'),
          remaining: z.int().describe('Units that are left'),
          reset_seconds: z.int().describe('When all of them are left again, at the latest'),
        }),
      )
      .describe('Each policy'),
  })
  .meta({ id: 'RateLimitState', description: 'What a client has used of its limits.' });

/** To see and to lift what an address or a caller has used up. */
export function rateLimitAdminRoutes(deps: {
  limiter: RateLimiter;
  subjects: Subjects;
  /** @returns null when there is no such caller */
  ofCaller: (id: string, signal: AbortSignal) => Promise<Subject | null>;
  record: RecordAction;
}): Route[] {
  const { limiter, subjects } = deps;
  const tag: RouteTag = { name: 'Rate limits', description: 'What clients have used.' };
  const facts = {
    path: '/api/v1/admin/rate-limits',
    tag,
    access: 'admin',
    body: 'none',
  } as const;
  const find = async (text: string, signal: AbortSignal): Promise<Subject> => {
    const subject = subjects.ofAddress(text) ?? (await deps.ofCaller(text, signal));
    if (subject === null) {
      throw new AppError(
        'INVALID_FORMAT',
        'The subject must be an IP address, or the id of an account or an API key.',
      );
    }
    return subject;
  };

  return [
    route({
      ...facts,
      method: 'get',
      operationId: 'getRateLimits',
      summary: 'What an address or a caller has used of its limits',
      description: 'Each policy with what is left of it.',
      reply: 'json',
      query,
      responses: { 200: { description: 'The state', schema: stateSchema } },
      errors: ['INVALID_FORMAT'],
      async handle({ query, ctx }) {
        const subject = await find(query.subject, ctx.state.signal);
        const { readings, backend } = await limiter.inspect(subject);
        const policies = subject.set.policies.map(({ name, mode, quota, windowMs }, i) => ({
          policy: name,
          mode,
          limit: quota,
          window_seconds: seconds(windowMs),
          used: usedOf(readings, i),
          remaining: Math.max(0, quota - usedOf(readings, i)),
          reset_seconds: seconds(roomOf(readings, i)),
        }));
        return { status: 200, body: { subject: subject.id, backend, policies } };
      },
    }),
    route({
      ...facts,
      method: 'delete',
      operationId: 'resetRateLimits',
      summary: 'Forget what an address or a caller has used of its limits',
      description: 'In every process that shares the store.',
      reply: 'json',
      query,
      responses: { 204: { description: 'Forgotten; other processes follow within 10 seconds' } },
      errors: ['INVALID_FORMAT'],
      async handle({ query, ctx }) {
        const subject = await find(query.subject, ctx.state.signal);
        await deps.record(ctx, { action: 'rate_limit.reset', target: subject.id });
        await reset(limiter, subject);
        return { status: 204 };
      },
    }),
  ];
}

async function reset(limiter: RateLimiter, subject: Subject): Promise<void> {
  try {
    await limiter.reset(subject);
  } catch (cause) {
    throw new AppError(
      'SERVICE_UNAVAILABLE',
      'What counts for all did not answer, so nothing was forgotten.',
      {
        cause,
        retryAfter: 1,
      },
    );
  }
}

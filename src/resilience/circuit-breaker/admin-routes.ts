import { z } from 'zod';
import type { Logger } from '#telemetry/logger.ts';
import { AppError } from '../../errors.ts';
import type { RecordAction } from '../../http/request/operator-action.ts';
import { route, type Route } from '../../http/routing/route.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';
import { circuitBreakerStatusSchema } from './status-schema.ts';

const DAY_SECONDS = 86_400;

const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .meta({ description: 'For whoever finds it so', examples: ['PostgreSQL moves to node 2'] });
const ttl = z.number().int().min(1).max(DAY_SECONDS).describe('Seconds for which it holds');

/** Always for a time and with a reason: nobody forgets a breaker that was forced in the night. */
const forceSchema = z
  .discriminatedUnion('state', [
    z.strictObject({
      state: z
        .enum(['forced_open', 'disabled'])
        .describe('`forced_open` refuses all calls, `disabled` lets all through'),
      ttl_seconds: ttl,
      reason,
    }),
    z.strictObject({
      state: z.literal('auto').describe('It decides by itself again'),
      ttl_seconds: ttl.optional(),
      reason,
    }),
  ])
  .meta({ id: 'ForceCircuitBreaker', description: 'Decision of an operator on a breaker.' });

/** What an operator decided, for other processes of this machine. */
const forcedSchema = z.object({
  name: z.string(),
  state: z.enum(['forced_open', 'disabled', 'auto']),
  ttlMs: z.number(),
  reason: z.string(),
});
type Forced = z.infer<typeof forcedSchema>;

function apply(breaker: CircuitBreaker, { state, ttlMs, reason }: Omit<Forced, 'name'>): void {
  if (state === 'auto') breaker.release();
  else breaker.force(state, ttlMs, reason);
}

/** Does what another process was told to do. */
export function followForced(breakers: CircuitBreakers, text: string): void {
  const forced = forcedSchema.parse(JSON.parse(text));
  const breaker = breakers.get(forced.name);
  if (breaker !== undefined) apply(breaker, forced);
}

/**
 * The operator's hand on a breaker of this process, and of those behind the same port; other instances have
 * breakers of their own.
 */
export function circuitBreakerAdminRoutes(deps: {
  breakers: CircuitBreakers;
  log: Logger;
  record: RecordAction;
  /** Other processes behind the same port; they `followForced`. */
  tell?: ((text: string) => Promise<void>) | undefined;
}): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/admin/circuit-breakers/:name',
      operationId: 'forceCircuitBreaker',
      summary: 'Force a circuit breaker open, disable it, or give it back to itself',
      description:
        'In this instance, for a time and with a reason. While `postgres_service` is forced open no caller can be identified: it ends with its time.',
      tag: { name: 'Circuit breakers', description: 'What keeps calls from a failing part.' },
      access: 'admin',
      params: z.object({
        name: z
          .string()
          .min(1)
          .max(300)
          .meta({ description: 'Name of the breaker', examples: ['redis_service'] }),
      }),
      body: {
        json: forceSchema,
        examples: {
          open: {
            summary: 'Refuse calls for ten minutes',
            value: { state: 'forced_open', ttl_seconds: 600, reason: 'PostgreSQL moves to node 2' },
          },
        },
      },
      reply: 'json',
      responses: { 200: { description: 'How it stands now', schema: circuitBreakerStatusSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, body, ctx }) {
        const breaker = deps.breakers.get(params.name);
        if (breaker === undefined) throw new AppError('NOT_FOUND', 'There is no such breaker.');
        const { state, reason } = body;
        const details = { state, ttl_seconds: body.ttl_seconds ?? null, reason };
        const record = () =>
          deps.record(ctx, { action: 'circuit_breaker.forced', target: breaker.name, details });
        const before = breaker.status().state;
        const forced: Forced = {
          name: breaker.name,
          state,
          ttlMs: (body.ttl_seconds ?? 0) * 1000,
          reason,
        };
        const applyEverywhere = async () => {
          apply(breaker, forced);
          await deps.tell?.(JSON.stringify(forced));
        };
        if (state === 'auto') {
          // First: it may be what keeps the audit log from being written.
          await applyEverywhere();
          await record();
        } else {
          await record();
          await applyEverywhere();
        }
        deps.log.warn('An operator decided on a circuit breaker.', {
          'event.name': 'circuit_breaker.forced',
          name: breaker.name,
          from: before,
          to: body.state,
          ttl_seconds: body.ttl_seconds ?? null,
          reason: body.reason,
          always: true,
        });
        return {
          status: 200,
          headers: { 'Cache-Control': 'no-store' },
          body: { name: breaker.name, ...breaker.status() },
        };
      },
    }),
  ];
}

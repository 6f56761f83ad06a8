import { z } from 'zod';

/** How a breaker stands, as `/api/v1/status/system` and the admin route show it. */
export const circuitBreakerStatusSchema = z
  .object({
    name: z.string().optional().describe('Dependency that it guards'),
    state: z
      .enum(['closed', 'open', 'half_open', 'forced_open', 'disabled'])
      .describe('`closed` lets calls through, `open` refuses them, `half_open` tries some'),
    since: z.iso.datetime().describe('When it came into the state'),
    failure_ratio: z.number().min(0).max(1).describe('Failed calls of those that are counted'),
    calls: z.int().describe('Calls that are counted'),
    failures_in_row: z.int().describe('Calls that failed since the last success'),
    next_probe_at: z.iso.datetime().nullable().describe('When an open one tries again'),
    cause: z.string().nullable().describe('Why it lets no call through'),
    forced: z
      .object({
        reason: z.string().describe('As the operator gave it'),
        until: z.iso.datetime().describe('When it ends'),
      })
      .nullable()
      .describe('Decision of an operator in force'),
  })
  .meta({ id: 'CircuitBreakerStatus', description: 'How a circuit breaker stands.' });

import { z } from 'zod';

/** How a breaker stands, as `/api/v1/status/system` and the admin route show it. */
export const circuitBreakerStatusSchema = z
  .object({
    name: z.string().optional(),
    state: z.enum(['closed', 'open', 'half_open', 'forced_open', 'disabled']),
    since: z.iso.datetime(),
    failure_ratio: z.number().min(0).max(1),
    calls: z.number().int(),
    failures_in_row: z.number().int(),
    next_probe_at: z.iso.datetime().nullable(),
    forced: z.object({ reason: z.string(), until: z.iso.datetime() }).nullable(),
  })
  .meta({ id: 'CircuitBreakerStatus' });

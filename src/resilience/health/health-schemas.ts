import { z } from 'zod';
import { circuitBreakerStatusSchema } from '../circuit-breaker/status-schema.ts';
import { componentNames } from './health.ts';

const statusSchema = z.enum(['operational', 'degraded', 'unavailable', 'disabled']);
const components = z
  .object(
    Object.fromEntries(componentNames.map((name) => [name, statusSchema])) as Record<
      (typeof componentNames)[number],
      typeof statusSchema
    >,
  )
  .meta({ id: 'Components' });

const details = z
  .record(
    z.string(),
    z.object({
      status: statusSchema,
      since: z.iso.datetime(),
      duration_ms: z.number().nullable(),
      reason: z.string().nullable(),
      hint: z.string().nullable(),
    }),
  )
  .meta({ id: 'ComponentDetails' });

const timestamp = z.iso.datetime();

export const healthSchema = z
  .object({
    status: z.enum(['healthy', 'unhealthy']),
    version: z.string(),
    timestamp,
    components,
  })
  .meta({ id: 'Health' });

export const healthDetailSchema = healthSchema
  .extend({ details: details.optional() })
  .meta({ id: 'HealthDetail' });

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    timestamp,
    components,
    reason: z.string().optional(),
  })
  .meta({ id: 'Readiness' });

export const livenessSchema = z
  .object({ status: z.literal('alive'), timestamp })
  .meta({ id: 'Liveness' });

export const systemSchema = z
  .object({
    timestamp,
    version: z.string(),
    environment: z.string(),
    health: z.object({
      status: z.enum(['healthy', 'degraded']),
      components,
      details: details.optional(),
    }),
    circuit_breakers: z.record(z.string(), circuitBreakerStatusSchema),
    configuration: z.object({
      rate_limit_per_minute: z.number().int(),
      rate_limit_per_hour: z.number().int(),
      request_timeout: z.string(),
      cache_enabled: z.boolean(),
      performance_logging: z.boolean(),
    }),
    cache: z.record(z.string(), z.unknown()),
    jobs: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'SystemStatus' });

export const rootSchema = z
  .object({ name: z.string(), version: z.string(), docs: z.string(), health: z.string() })
  .meta({ id: 'Root' });

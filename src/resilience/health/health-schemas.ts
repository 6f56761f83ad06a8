import { z } from 'zod';
import { circuitBreakerStatusSchema } from '../circuit-breaker/status-schema.ts';
import { componentStatuses } from './health.ts';

const statusSchema = z
  .enum(componentStatuses)
  .describe('`starting` until it was asked for the first time; `disabled` when none is configured');

const details = z
  .record(
    z.string(),
    z.object({
      status: statusSchema,
      since: z.iso.datetime().describe('When it became so'),
      duration_ms: z.number().nullable().describe('Milliseconds that the last probe took'),
      reason: z.string().nullable().describe('Why it is so'),
      hint: z.string().nullable().describe('What to do about it'),
    }),
  )
  .meta({ id: 'ComponentDetails', description: 'By component; not shown in production.' });

const timestamp = z.iso.datetime().describe('When this was answered');
const version = z.string().describe('Version of the service');

export const livenessSchema = z
  .object({ status: z.literal('alive').describe('The event loop turns'), timestamp })
  .meta({ id: 'Liveness', description: 'For what restarts processes.' });

export const rootSchema = z
  .object({
    name: z.string().describe('Name of the service'),
    version,
    url: z.string().optional().describe('Where clients reach it, if its operator said so'),
    docs: z.string().describe('Path of the reference'),
    health: z.string().describe('Path of the health'),
  })
  .meta({ id: 'Root', description: 'What answers here.' });

const configuration = z.object({
  rate_limit_per_minute: z.int().describe('Requests of one address in any 60 s'),
  rate_limit_per_hour: z.int().describe('Requests of one address in any hour'),
  request_timeout: z.string().describe('Then 504, in seconds: `30s`'),
  cache_enabled: z.boolean().describe('Whether answers are kept'),
  performance_logging: z.boolean().describe('Whether each request has its line and metrics'),
});

/** @param names of the components, as registered */
export function healthSchemas(names: readonly string[]) {
  const components = z
    .object(Object.fromEntries(names.map((name) => [name, statusSchema])))
    .meta({ id: 'Components', description: 'How each component stands.' });
  const healthSchema = z
    .object({
      status: z.enum(['healthy', 'unhealthy']).describe('Whether requests can be served'),
      version,
      timestamp,
      components,
    })
    .meta({ id: 'Health', description: 'Health of the service.' });
  const healthDetailSchema = healthSchema
    .extend({ details: details.optional() })
    .meta({ id: 'HealthDetail', description: 'Health with reasons and hints.' });
  const readinessSchema = z
    .object({
      status: z.enum(['ready', 'not_ready']).describe('Whether requests may be sent here'),
      timestamp,
      components,
      reason: z.string().optional().describe('Why not'),
    })
    .meta({ id: 'Readiness', description: 'For load balancers.' });
  const systemSchema = z
    .object({
      timestamp,
      version,
      environment: z.string().describe('`APP_ENV`'),
      health: z
        .object({
          status: z.enum(['healthy', 'degraded']).describe('`degraded` when any component is'),
          components,
          details: details.optional(),
        })
        .describe('Health of the components'),
      circuit_breakers: z.record(z.string(), circuitBreakerStatusSchema).describe('By name'),
      configuration: configuration.describe('The values in force'),
      cache: z.record(z.string(), z.unknown()).describe('Statistics of the cache'),
      jobs: z.record(z.string(), z.unknown()).describe('Depth of the queues'),
    })
    .meta({ id: 'SystemStatus', description: 'Everything about the process.' });
  return { healthSchema, healthDetailSchema, readinessSchema, systemSchema };
}

import { problemHeaders } from '../../http/problems.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { route, type Reply, type Route, type RouteTag } from '../../http/routing/route.ts';
import type { ComponentStatus, Health } from './health.ts';
import { healthPaths } from './health-paths.ts';
import { healthSchemas, livenessSchema, rootSchema } from './health-schemas.ts';

export interface SystemInfo {
  version: string;
  environment: string;
  /** Where clients reach it, as its operator says; null: nobody said. */
  publicUrl: string | null;
  configuration: {
    rate_limit_per_minute: number;
    rate_limit_per_hour: number;
    request_timeout: string;
    cache_enabled: boolean;
    performance_logging: boolean;
  };
}

const tag: RouteTag = {
  name: 'Status',
  description: 'How the service stands, for load balancers, orchestrators and people.',
};
const facts = {
  method: 'get',
  tag,
  access: 'public',
  cost: 0,
  body: 'none',
  reply: 'json',
} as const;
const noStore = { 'Cache-Control': 'no-store' };

export function healthRoutes(deps: {
  health: Health;
  info: SystemInfo;
  /** Why the service takes no requests now: starting, draining, pending migrations; null when it does. */
  notReadyReason: () => string | null;
  /** Whether reasons and hints are for who asks. */
  details: (ctx: RequestContext) => boolean | Promise<boolean>;
  /** How each of them stands, by name. */
  circuitBreakers?: () => Record<string, object>;
  /** Its statistics. */
  cache?: () => object;
  /** Depth of each queue, as this process last saw it. */
  jobs?: () => object;
  now: () => Date;
}): Route[] {
  const { health, info } = deps;
  const { healthSchema, healthDetailSchema, readinessSchema, systemSchema } = healthSchemas(
    health.names,
  );
  const timestamp = () => deps.now().toISOString();
  const eachComponent = <T>(of: (name: string) => T): Record<string, T> =>
    Object.fromEntries(health.names.map((name) => [name, of(name)]));
  const components = () => eachComponent((name) => health.component(name).status);
  const details = async (ctx: RequestContext) =>
    (await deps.details(ctx)) ? { details: eachComponent((name) => detail(health, name)) } : {};
  const healthReply = (extra: object): Reply => ({
    status: health.isWorking() ? 200 : 503,
    headers: noStore,
    body: {
      status: health.isWorking() ? 'healthy' : 'unhealthy',
      version: info.version,
      timestamp: timestamp(),
      components: components(),
      ...extra,
    },
  });
  const readiness = (): Reply => {
    const reason = deps.notReadyReason();
    const body = { timestamp: timestamp(), components: components() };
    return reason === null
      ? { status: 200, headers: noStore, body: { status: 'ready', ...body } }
      : {
          status: 503,
          headers: { ...noStore, 'Retry-After': '1' },
          body: { status: 'not_ready', ...body, reason },
        };
  };

  return [
    route({
      ...facts,
      path: '/',
      operationId: 'getService',
      summary: 'Name, version and where to go',
      description: 'What answers here, and the paths of its reference and health.',
      responses: { 200: { description: 'The service', schema: rootSchema } },
      handle: () => ({
        status: 200,
        headers: noStore,
        body: {
          name: 'Sono-Eval',
          version: info.version,
          ...(info.publicUrl === null ? {} : { url: info.publicUrl }),
          docs: '/docs',
          health: '/health',
        },
      }),
    }),
    route({
      ...facts,
      path: healthPaths.health,
      probe: true,
      operationId: 'getHealth',
      summary: 'Health of the components',
      description:
        '503 only when the database, the file system or the engine is unavailable. No request waits for a component: a prober asks them every second.',
      responses: {
        200: { description: 'Healthy', schema: healthSchema },
        503: {
          description: 'The database, the file system or the engine is unavailable',
          schema: healthSchema,
        },
      },
      handle: () => healthReply({}),
    }),
    route({
      ...facts,
      path: healthPaths.detail,
      probe: true,
      operationId: 'getHealthDetail',
      summary: 'Health with reasons and hints',
      description:
        'As /health, with `details` of each component; in production for an authenticated caller only.',
      responses: {
        200: { description: 'Healthy', schema: healthDetailSchema },
        503: { description: 'Unhealthy', schema: healthDetailSchema },
      },
      handle: async ({ ctx }) => healthReply(await details(ctx)),
    }),
    route({
      ...facts,
      path: healthPaths.system,
      probe: true,
      operationId: 'getSystemStatus',
      summary: 'Health, circuit breakers and configuration in force',
      description: 'Always 200: for people and dashboards, not for load balancers.',
      responses: { 200: { description: 'The status', schema: systemSchema } },
      handle: async ({ ctx }) => ({
        status: 200,
        headers: noStore,
        body: {
          timestamp: timestamp(),
          version: info.version,
          environment: info.environment,
          health: {
            status: systemStatus(components()),
            components: components(),
            ...(await details(ctx)),
          },
          circuit_breakers: deps.circuitBreakers?.() ?? {},
          configuration: info.configuration,
          cache: deps.cache?.() ?? {},
          jobs: deps.jobs?.() ?? {},
        },
      }),
    }),
    route({
      ...facts,
      path: healthPaths.readiness,
      probe: true,
      operationId: 'getReadiness',
      summary: 'May requests be sent here?',
      description: '503 with a reason while the service starts, drains or has no database.',
      responses: {
        200: { description: 'Ready', schema: readinessSchema },
        503: {
          description: 'Starting, draining, migrations pending or database down',
          schema: readinessSchema,
          headers: { 'Retry-After': problemHeaders['Retry-After'] },
        },
      },
      handle: readiness,
    }),
    route({
      ...facts,
      path: healthPaths.liveness,
      probe: true,
      operationId: 'getLiveness',
      summary: 'Does the event loop turn?',
      description: 'Asks no dependency: when it does not answer, restart the process.',
      responses: { 200: { description: 'Alive', schema: livenessSchema } },
      handle: () => ({
        status: 200,
        headers: noStore,
        body: { status: 'alive', timestamp: timestamp() },
      }),
    }),
  ];
}

function detail(health: Health, name: string) {
  const { status, since, durationMs, reason, hint } = health.component(name);
  return { status, since, duration_ms: durationMs, reason, hint };
}

function systemStatus(components: Record<string, ComponentStatus>): 'healthy' | 'degraded' {
  const fine = Object.values(components).every((s) => s === 'operational' || s === 'disabled');
  return fine ? 'healthy' : 'degraded';
}

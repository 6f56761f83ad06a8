import { route, type Reply, type Route } from '../../http/routing/route.ts';
import {
  componentNames,
  criticalComponents,
  type ComponentName,
  type ComponentStatus,
  type Health,
} from './health.ts';
import {
  healthDetailSchema,
  healthSchema,
  livenessSchema,
  readinessSchema,
  rootSchema,
  systemSchema,
} from './health-schemas.ts';

export interface SystemInfo {
  version: string;
  environment: string;
  configuration: {
    rate_limit_per_minute: number;
    rate_limit_per_hour: number;
    request_timeout: string;
    cache_enabled: boolean;
    performance_logging: boolean;
  };
}

const tag = 'Status';
const noStore = { 'Cache-Control': 'no-store' };

export function healthRoutes(deps: {
  health: Health;
  info: SystemInfo;
  /** Why the service takes no requests now: starting, draining, pending migrations; null when it does. */
  notReadyReason: () => string | null;
  /** Show reasons and hints to anyone; false in production. */
  details: boolean;
  /** How each of them stands, by name. */
  circuitBreakers?: () => Record<string, object>;
  /** Its statistics. */
  cache?: () => object;
  now: () => Date;
}): Route[] {
  const { health, info } = deps;
  const timestamp = () => deps.now().toISOString();
  const components = () => eachComponent((name) => health.component(name).status);
  const details = () =>
    deps.details ? { details: eachComponent((name) => detail(health, name)) } : {};
  const working = () =>
    criticalComponents.every((name) => health.component(name).status !== 'unavailable');
  const healthReply = (extra: object): Reply => ({
    status: working() ? 200 : 503,
    headers: noStore,
    body: {
      status: working() ? 'healthy' : 'unhealthy',
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
      method: 'get',
      path: '/',
      summary: 'Name, version and where to go',
      tag,
      responses: { 200: { description: 'The service', schema: rootSchema } },
      handle: () => ({
        status: 200,
        headers: noStore,
        body: { name: 'Sono-Eval', version: info.version, docs: '/docs', health: '/health' },
      }),
    }),
    route({
      method: 'get',
      path: '/health',
      summary: 'Health of the components',
      tag,
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
      method: 'get',
      path: '/api/v1/health',
      summary: 'Health with reasons and hints (not shown in production)',
      tag,
      responses: {
        200: { description: 'Healthy', schema: healthDetailSchema },
        503: { description: 'Unhealthy', schema: healthDetailSchema },
      },
      handle: () => healthReply(details()),
    }),
    route({
      method: 'get',
      path: '/api/v1/status/system',
      summary: 'Health, circuit breakers and configuration in force',
      tag,
      responses: { 200: { description: 'The status', schema: systemSchema } },
      handle: () => ({
        status: 200,
        headers: noStore,
        body: {
          timestamp: timestamp(),
          version: info.version,
          environment: info.environment,
          health: { status: systemStatus(components()), components: components(), ...details() },
          circuit_breakers: deps.circuitBreakers?.() ?? {},
          configuration: info.configuration,
          cache: deps.cache?.() ?? {},
          jobs: {},
        },
      }),
    }),
    route({
      method: 'get',
      path: '/api/v1/status/readiness',
      summary: 'May requests be sent here?',
      tag,
      responses: {
        200: { description: 'Ready', schema: readinessSchema },
        503: {
          description: 'Starting, draining, migrations pending or database down',
          schema: readinessSchema,
        },
      },
      handle: readiness,
    }),
    route({
      method: 'get',
      path: '/api/v1/status/liveness',
      summary: 'Does the event loop turn?',
      tag,
      responses: { 200: { description: 'Alive', schema: livenessSchema } },
      handle: () => ({
        status: 200,
        headers: noStore,
        body: { status: 'alive', timestamp: timestamp() },
      }),
    }),
  ];
}

function eachComponent<T>(of: (name: ComponentName) => T): Record<ComponentName, T> {
  return Object.fromEntries(componentNames.map((name) => [name, of(name)])) as Record<
    ComponentName,
    T
  >;
}

function detail(health: Health, name: ComponentName) {
  const { status, since, durationMs, reason, hint } = health.component(name);
  return { status, since, duration_ms: durationMs, reason, hint };
}

function systemStatus(components: Record<ComponentName, ComponentStatus>): 'healthy' | 'degraded' {
  const fine = Object.values(components).every((s) => s === 'operational' || s === 'disabled');
  return fine ? 'healthy' : 'degraded';
}

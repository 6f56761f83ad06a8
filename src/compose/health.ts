import { engineComponents } from '../features/assessments/engine-components.ts';
import { memoryComponent } from '../features/candidates/memory-component.ts';
import { describeTrouble } from '../resilience/circuit-breaker/circuit-breakers.ts';
import { createHealth, type Component, type Health } from '../resilience/health/health.ts';
import { healthEvents, observeReadiness } from '../resilience/health/metrics.ts';
import { checkFolder } from '../storage/check-folder.ts';
import type { Database } from '../storage/postgres/database.ts';
import { isUnavailable } from '../storage/postgres/errors.ts';
import type { RedisConnection } from '../storage/redis/connection.ts';
import type { EnginePool } from '../engine/pool.ts';
import type { Lifecycle } from '../http/server/lifecycle.ts';
import type { Breakers } from './breakers.ts';
import type { OpenDatabase } from './database.ts';
import type { Foundation } from './foundation.ts';
import { connectRedis, watchRedisAccess } from './redis.ts';

interface Asked extends Foundation, OpenDatabase {
  lifecycle: Lifecycle;
  breakers: Breakers;
  engine: EnginePool;
}

export interface ServiceHealth {
  health: Health;
  /** Why the process takes no work now; null when it does. */
  notReadyReason: () => string | null;
}

/** The components, in the order in which they are shown, and how each is asked. */
export function serviceComponents(parts: Asked): Component[] {
  const { clock, database, dataDir, engine, breakers } = parts;
  const { assessment, tagging } = engineComponents({ engine, ...clock });
  return [
    assessment,
    memoryComponent((abort) => database.em(abort)),
    tagging,
    databaseComponent(
      database,
      (error) => breakers.database.foundDown(error),
      () => clock.monotonicMs(),
    ),
    redisComponent(
      connectRedis(parts, 'sono-eval-health'),
      watchRedisAccess(parts.config.redis, () => clock.monotonicMs()),
    ),
    filesystemComponent(dataDir, () => parts.log.trouble()),
    breakersComponent(() => describeTrouble(breakers.breakers.getStatus())),
  ];
}

/** Asks the components; says what readiness depends on. */
export function createServiceHealth(parts: Asked): ServiceHealth {
  const { config, log, clock, cleanup, lifecycle } = parts;
  const health = createHealth({
    components: serviceComponents(parts),
    events: healthEvents({ log, now: clock.now }),
    ...clock,
  });
  const notReadyReason = () => {
    if (lifecycle.phase !== 'serving') return lifecycle.phase;
    return config.database.readinessRequires && !health.isReady('database')
      ? 'the database does not answer'
      : null;
  };
  cleanup.defer(observeReadiness(() => notReadyReason() === null));
  return { health, notReadyReason };
}

/** An answer to `select 1` on the local network; three of them fit between an outage and a lost readiness within 3 s. */
const DATABASE_MS = 600;
const REDIS_MS = 250;
const FILESYSTEM_MS = 1000;

/** As many as cost readiness: a server that is merely busy may be late twice. */
const FAILURES_BEFORE_OPEN = 3;
/** Milliseconds by which a timer may be late; beyond it the process did not run, and learnt nothing. */
const LATE_MS = 250;

/**
 * Its probe has a connection to itself, and finds out on its own that a server went silent: the breaker
 * is told, so that a service with few clients does not have each of them find out by its own timeout.
 */
export function databaseComponent(
  database: Pick<Database, 'ping'>,
  foundDown: (error: unknown) => void,
  monotonicMs: () => number,
): Component {
  let failures = 0;
  return {
    name: 'database',
    critical: true,
    probe: {
      deadlineMs: DATABASE_MS,
      hint: 'Is PostgreSQL reachable at DATABASE_URL, and does it accept connections?',
      async run() {
        const startedAt = monotonicMs();
        try {
          await database.ping(DATABASE_MS);
          failures = 0;
        } catch (error) {
          const isOurs = monotonicMs() - startedAt > DATABASE_MS + LATE_MS;
          if (!isOurs && isUnavailable(error)) failures += 1;
          if (failures >= FAILURES_BEFORE_OPEN) foundDown(error);
          throw error;
        }
      },
    },
  };
}

/**
 * @param redis null where it is not configured
 * @param trouble a sentence while others than we get in: degraded, since it works
 */
function redisComponent(
  redis: Pick<RedisConnection, 'ping'> | null,
  trouble: () => Promise<string | undefined>,
): Component {
  const hint = 'Is Redis reachable (redis-cli ping answers PONG), and is REDIS_PASSWORD right?';
  return {
    name: 'redis',
    critical: false,
    probe: redis && {
      deadlineMs: REDIS_MS,
      hint,
      async run() {
        await redis.ping(REDIS_MS);
        return trouble();
      },
    },
  };
}

/** @param logTrouble a sentence while log lines are lost or late: degraded, since requests are answered */
export function filesystemComponent(dataDir: string, logTrouble: () => string | null): Component {
  return {
    name: 'filesystem',
    critical: true,
    probe: {
      deadlineMs: FILESYSTEM_MS,
      hint: 'Is there space in DATA_DIR and LOG_DIR, and may the service write to them?',
      async run() {
        await checkFolder(dataDir);
        return logTrouble() ?? undefined;
      },
    },
  };
}

/**
 * Its probe also takes the steps that are due, so that a breaker without traffic is not shown open for ever.
 * @param trouble a sentence while one of them lets not all calls through
 */
export function breakersComponent(trouble: () => string | null): Component {
  return {
    name: 'circuit_breakers',
    critical: false,
    probe: {
      deadlineMs: 100,
      hint: 'See circuit_breakers in /api/v1/status/system: what it protects does not answer well.',
      run: () => Promise.resolve(trouble() ?? undefined),
    },
  };
}

import { CandidateEntity } from '../features/candidates/candidate.entity.ts';
import { describeTrouble } from '../resilience/circuit-breaker/circuit-breakers.ts';
import { createHealth, type Health } from '../resilience/health/health.ts';
import { healthEvents, observeReadiness } from '../resilience/health/metrics.ts';
import { createProbes } from '../resilience/health/probes.ts';
import type { EnginePool } from '../engine/pool.ts';
import type { Lifecycle } from '../http/server/lifecycle.ts';
import type { Breakers } from './breakers.ts';
import type { OpenDatabase } from './database.ts';
import type { Foundation } from './foundation.ts';
import { connectRedis } from './redis.ts';

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

/** The components and how each is asked; what readiness depends on. */
export function createServiceHealth(parts: Asked): ServiceHealth {
  const { config, log, clock, cleanup, database, dataDir, engine, breakers, lifecycle } = parts;
  const redis = connectRedis(parts, 'sono-eval-health');
  const health = createHealth({
    probes: createProbes({
      database,
      redis,
      dataDir,
      readMemory: (abort) => database.em(abort).findOne(CandidateEntity, { id: '-' }),
      assessSample: (abort) => engine.sample(abort),
      circuitBreakers: () => describeTrouble(breakers.breakers.getStatus()),
    }),
    events: healthEvents({ log, now: clock.now }),
    ...clock,
  });
  const notReadyReason = () => {
    if (lifecycle.phase !== 'serving') return lifecycle.phase;
    return config.database.readinessRequires && !health.databaseReady()
      ? 'the database does not answer'
      : null;
  };
  cleanup.defer(observeReadiness(() => notReadyReason() === null));
  return { health, notReadyReason };
}

import { access } from './dashboards/access.ts';
import { assessments } from './dashboards/assessments.ts';
import { circuitBreaker } from './dashboards/circuit-breaker.ts';
import { cache } from './dashboards/cache.ts';
import { dependencies } from './dashboards/dependencies.ts';
import { health } from './dashboards/health.ts';
import { http } from './dashboards/http.ts';
import { jobs } from './dashboards/jobs.ts';
import { overview } from './dashboards/overview.ts';
import { postgres } from './dashboards/postgres.ts';
import { rateLimit } from './dashboards/rate-limit.ts';
import { redis } from './dashboards/redis.ts';
import { runtime } from './dashboards/runtime.ts';
import { slo } from './dashboards/slo.ts';
import { telemetry } from './dashboards/telemetry.ts';

/** Every dashboard, in the order an operator meets them. A new layer adds its own here. */
export const catalogue = [
  overview,
  http,
  slo,
  health,
  dependencies,
  postgres,
  redis,
  access,
  rateLimit,
  circuitBreaker,
  cache,
  assessments,
  jobs,
  runtime,
  telemetry,
];

/** The routes of the API as data: never called, so what their handlers would use is not needed. */
import { readFileSync } from 'node:fs';
import { personalData } from '#src/compose/personal-data.ts';
import { serviceComponents } from '#src/compose/health.ts';
import { describeApi } from '#src/compose/api.ts';
import { accessRoutes } from '#src/features/access/access-routes.ts';
import { appealRoutes } from '#src/features/appeals/appeal-routes.ts';
import { assessmentRoutes } from '#src/features/assessments/assessment-routes.ts';
import { similarRoutes } from '#src/features/assessments/similarity/similar-routes.ts';
import { challengeRoutes } from '#src/features/assessments/challenge-routes.ts';
import { canaryRoutes } from '#src/features/canary/canary-routes.ts';
import { rubricRoutes } from '#src/features/rubrics/rubric-routes.ts';
import { tagRoutes } from '#src/features/assessments/tag-routes.ts';
import { validityRoutes } from '#src/features/assessments/validity-routes.ts';
import { candidateRoutes } from '#src/features/candidates/candidate-routes.ts';
import { memoryRoutes } from '#src/features/candidates/memory-routes.ts';
import { personalDataRoutes } from '#src/features/candidates/personal-data-routes.ts';
import { fileRoutes } from '#src/features/files/file-routes.ts';
import { batchRoutes } from '#src/features/jobs/batch-routes.ts';
import { deadJobRoutes } from '#src/features/jobs/dead-routes.ts';
import { reassessChallengeRoute } from '#src/features/jobs/reassess-challenge.ts';
import { jobRoutes } from '#src/features/jobs/job-routes.ts';
import { reportRoutes } from '#src/features/reports/report-routes.ts';
import { webhookRoutes } from '#src/features/webhooks/webhook-routes.ts';
import { docsRoutes } from '#src/http/routing/docs.ts';
import { errorRoutes } from '#src/http/routing/error-routes.ts';
import { cacheAdminRoutes } from '#src/resilience/cache/admin-routes.ts';
import { circuitBreakerAdminRoutes } from '#src/resilience/circuit-breaker/admin-routes.ts';
import { rateLimitAdminRoutes } from '#src/resilience/rate-limit/admin-routes.ts';
import { healthRoutes } from '#src/resilience/health/health-routes.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const unused = {} as never;

const components = serviceComponents({ config: { redis: null } } as never);
const health = { names: components.map(({ name }) => name) };

export const statusRoutes = [...healthRoutes({ health } as never), ...docsRoutes(() => unused)];
export const apiRoutes = [
  ...errorRoutes(),
  ...accessRoutes(unused),
  ...circuitBreakerAdminRoutes(unused),
  ...rateLimitAdminRoutes(unused),
  ...cacheAdminRoutes(unused),
  ...deadJobRoutes(unused),
  ...candidateRoutes(unused),
  ...memoryRoutes(unused),
  ...personalDataRoutes({ personalData } as never),
  ...fileRoutes({ requestTimeoutMs: 30_000 } as never),
  ...jobRoutes(unused),
  ...batchRoutes(unused),
  reassessChallengeRoute(unused),
  ...webhookRoutes({ rules: { allowLoopback: false } } as never),
  ...similarRoutes(unused),
  ...assessmentRoutes(unused),
  ...appealRoutes(unused),
  ...reportRoutes(unused),
  ...tagRoutes(unused),
  ...challengeRoutes(),
  ...validityRoutes(),
  ...canaryRoutes(unused),
  ...rubricRoutes(unused),
];

/** What `/openapi.json` of this version answers; a test compares them. */
export const apiDocument = describeApi(version, statusRoutes, apiRoutes);

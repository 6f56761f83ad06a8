/** What the service does: each feature is given what it needs, and crosses to another by what is handed over here. */
import { randomUUIDv7 } from 'node:crypto';
import { BYTES_PER_SECOND } from '../engine/pool.ts';
import { engineFingerprint } from '../engine/fingerprint.ts';
import { createAssessmentCache } from '../features/assessments/assessment-cache.ts';
import { assessmentRoutes } from '../features/assessments/assessment-routes.ts';
import { challengeRoutes } from '../features/assessments/challenge-routes.ts';
import { createAssessmentService } from '../features/assessments/assessment-service.ts';
import { candidateAssessments } from '../features/assessments/candidate-assessments.ts';
import { assessmentEvents } from '../features/assessments/metrics.ts';
import { createCandidateCache } from '../features/candidates/candidate-cache.ts';
import { candidateRoutes } from '../features/candidates/candidate-routes.ts';
import { personalDataRoutes } from '../features/candidates/personal-data-routes.ts';
import { createAdmission } from '../http/server/admission.ts';
import { errorRoutes } from '../http/routing/error-routes.ts';
import type { RecordAction } from '../http/request/operator-action.ts';
import { inTransaction } from '../storage/postgres/transaction.ts';
import type { Route } from '../http/routing/route.ts';
import { cacheAdminRoutes } from '../resilience/cache/admin-routes.ts';
import { circuitBreakerAdminRoutes } from '../resilience/circuit-breaker/admin-routes.ts';
import { rateLimitAdminRoutes } from '../resilience/rate-limit/admin-routes.ts';
import type { Access } from './access.ts';
import { createFiles } from './files.ts';
import { personalData } from './personal-data.ts';
import { createPrivacy } from './privacy.ts';
import type { Platform } from './platform.ts';

/**
 * Of the time for a request, what a submission may wait and be worked on by threads with a processor each: half.
 * The rest is to read and to store it, and for other work on the machine, beside which two admitted submissions
 * of 7 MB were late with 0.8.
 */
const SHARE_OF_TIMEOUT = 0.5;

export interface Features {
  routes: Route[];
  /** What works without being asked; once the tables are there. */
  start: () => void;
}

export function createFeatures(platform: Platform, access: Access): Features {
  const { config, clock, database, engine, cache, erasures, handles, log } = platform;
  const { ttlSeconds } = config.cache;
  const candidateCache = createCandidateCache({ cache, ttlSeconds });
  const assessmentCache = createAssessmentCache({
    cache,
    ttlSeconds,
    fingerprint: engineFingerprint(),
    timeoutMs: config.api.requestTimeoutMs,
  });
  const em = (signal: AbortSignal) => database.em(signal);
  const events = assessmentEvents();
  const admission = createAdmission({
    workers: engine.threads,
    bytesPerSecond: BYTES_PER_SECOND,
    withinMs: SHARE_OF_TIMEOUT * config.api.requestTimeoutMs,
    now: clock.monotonicMs,
    detail: 'More is being assessed than can be answered in time.',
    refused: events.refused,
  });
  const service = createAssessmentService({
    engine,
    cache: assessmentCache,
    policy: config.assessments,
    events,
    newId: randomUUIDv7,
    ...clock,
  });
  const { once } = access;
  const files = createFiles(platform, once);
  const privacy = createPrivacy(platform, access, files.sweepSoon);
  const routes = [
    ...errorRoutes(),
    ...access.routes,
    ...operatorRoutes(platform, access),
    ...candidateRoutes({
      assessments: candidateAssessments,
      once,
      now: clock.now,
      cache: candidateCache,
      em,
    }),
    ...personalDataRoutes({
      assessments: candidateAssessments,
      personalData: personalData.map((each) =>
        each.kind === files.personalFiles.kind ? files.personalFiles : each,
      ),
      erase: privacy.erase,
      now: clock.now,
      stallMs: config.api.requestTimeoutMs,
      em,
      log,
    }),
    ...files.routes,
    ...assessmentRoutes({
      service,
      resolveFiles: files.resolveFiles,
      admission,
      once,
      cache: assessmentCache,
      erasures,
      recordErasure: (tx, { state }, id) =>
        access.audit(tx, state, {
          action: 'assessment.erased',
          target: handles.of('assessment', id),
        }),
      em,
    }),
  ];
  return {
    routes: [...routes, ...challengeRoutes()],
    start() {
      privacy.start();
      files.start();
    },
  };
}

/** What operators see and change. */
function operatorRoutes(
  { breakers, rateLimiting, cache, log }: Platform,
  { quotaOf, audit }: Access,
): Route[] {
  const record: RecordAction = ({ state }, action) =>
    inTransaction(state.em, (tx) => audit(tx, state, action));
  const { subjectOf } = rateLimiting;
  return [
    ...circuitBreakerAdminRoutes({ breakers: breakers.breakers, log, record }),
    ...rateLimitAdminRoutes({
      ...rateLimiting,
      record,
      async ofCaller(id, signal) {
        const caller = await quotaOf(id, signal);
        return caller === null ? null : subjectOf(caller);
      },
    }),
    ...cacheAdminRoutes({ cache, record }),
  ];
}

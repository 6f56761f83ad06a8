/** What the service does: each feature is given what it needs, and crosses to another by what is handed over here. */
import { randomUUIDv7 } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { BYTES_PER_SECOND } from '../engine/pool.ts';
import { appealRoutes } from '../features/appeals/appeal-routes.ts';
import { appealLocations } from '../features/appeals/appeal-store.ts';
import { humanScores } from '../features/appeals/judge-appeals.ts';
import { assessmentRoutes } from '../features/assessments/assessment-routes.ts';
import { similarRoutes } from '../features/assessments/similarity/similar-routes.ts';
import { challengeRoutes } from '../features/assessments/challenge-routes.ts';
import { recordTagging } from '../features/assessments/metrics.ts';
import { tagRoutes } from '../features/assessments/tag-routes.ts';
import { validityRoutes } from '../features/assessments/validity-routes.ts';
import { createReadResult } from '../features/assessments/read-result.ts';
import { candidateAssessments } from '../features/assessments/candidate-assessments.ts';
import { createCandidateCache } from '../features/candidates/candidate-cache.ts';
import { candidateRoutes } from '../features/candidates/candidate-routes.ts';
import { memoryRoutes } from '../features/candidates/memory-routes.ts';
import { personalDataRoutes } from '../features/candidates/personal-data-routes.ts';
import { batchRoutes } from '../features/jobs/batch-routes.ts';
import { deadJobRoutes } from '../features/jobs/dead-routes.ts';
import { jobRoutes } from '../features/jobs/job-routes.ts';
import { reassessChallengeRoute } from '../features/jobs/reassess-challenge.ts';
import { createReportRenderer } from '../features/reports/report-renderer.ts';
import { reportRoutes } from '../features/reports/report-routes.ts';
import { canaryRoutes } from '../features/canary/canary-routes.ts';
import type { Rubrics } from '../features/rubrics/rubric.ts';
import { rubricRoutes } from '../features/rubrics/rubric-routes.ts';
import type { RecordWebhook } from '../features/webhooks/webhook-routes.ts';
import { createIsStillCaller } from '../http/request/authenticate.ts';
import { createAdmission } from '../http/server/admission.ts';
import { errorRoutes } from '../http/routing/error-routes.ts';
import type { RecordAction } from '../http/request/operator-action.ts';
import { inTransaction } from '../storage/postgres/transaction.ts';
import type { Route } from '../http/routing/route.ts';
import { cacheAdminRoutes } from '../resilience/cache/admin-routes.ts';
import {
  circuitBreakerAdminRoutes,
  followForced,
} from '../resilience/circuit-breaker/admin-routes.ts';
import { rateLimitAdminRoutes } from '../resilience/rate-limit/admin-routes.ts';
import { AttemptLost } from '../storage/queue/definition.ts';
import type { Access } from './access.ts';
import { createAssessments } from './assessments.ts';
import { createBackups } from './backups.ts';
import { createFiles } from './files.ts';
import type { ResolveFiles } from '../features/files/resolve-files.ts';
import { createJobs, type Jobs } from './jobs.ts';
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
  jobs: Jobs;
  /** What works without being asked; once the tables are there. */
  start: () => void;
}

export function createFeatures(platform: Platform, access: Access): Features {
  const { config, clock, cleanup, database, engine, cache, erasures, handles, log } = platform;
  const candidateCache = createCandidateCache({ cache, ttlSeconds: config.cache.ttlSeconds });
  const assessments = createAssessments(platform);
  const jobs = createJobs(platform, assessments, { works: config.jobs.inApi });
  const em = (signal: AbortSignal) => database.em(signal);
  const admission = createAdmission({
    workers: engine.threads,
    bytesPerSecond: BYTES_PER_SECOND,
    withinMs: SHARE_OF_TIMEOUT * config.api.requestTimeoutMs,
    now: clock.monotonicMs,
    detail: 'More is being assessed than can be answered in time.',
    refused: assessments.events.refused,
  });
  const { once } = access;
  const { rubrics } = assessments;
  const files = createFiles(platform, once);
  const privacy = createPrivacy(platform, access, files.sweepSoon);
  const readResult = createReadResult({ cache: assessments.cache, em });
  const watchBackups = createBackups(platform);
  const reports = createReportRenderer({
    onEnd: (error) => log.error('The thread that writes reports ended', { error }),
  });
  cleanup.defer(() => reports.close());
  const routes = [
    ...errorRoutes(),
    ...access.routes,
    ...operatorRoutes(platform, access, jobs),
    ...candidateRoutes({
      assessments: candidateAssessments,
      once,
      now: clock.now,
      cache: candidateCache,
      em,
    }),
    ...memoryRoutes({
      once,
      now: clock.now,
      newId: randomUUIDv7,
      recordErasure: (tx, { state }, { candidateId, nodes }) =>
        access.audit(tx, state, {
          action: 'memory.erased',
          target: handles.of('candidate', candidateId),
          details: { nodes },
        }),
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
    ...backgroundRoutes(platform, access, { jobs, rubrics, resolveFiles: files.resolveFiles, em }),
    ...similarRoutes({ engine }),
    ...assessmentRoutes({
      ...assessments,
      resolveFiles: files.resolveFiles,
      admission,
      once,
      erasures,
      recordErasure: (tx, { state }, id) =>
        access.audit(tx, state, {
          action: 'assessment.erased',
          target: handles.of('assessment', id),
        }),
      locationsBelow: appealLocations,
      humanScore: async (em, id) => (await humanScores(rubrics, em, id))?.overall_score ?? null,
      readResult,
    }),
    ...appealRoutes({
      once,
      rubrics,
      recordDecision: (tx, { state }, { appeal, ...details }) =>
        access.audit(tx, state, { action: 'appeal.decided', target: appeal, details }),
      now: clock.now,
      newId: randomUUIDv7,
    }),
    ...reportRoutes({
      readResult,
      humanScores: (session, id) => humanScores(rubrics, session, id),
      render: reports.render,
    }),
  ];
  return {
    routes: [
      ...routes,
      ...tagRoutes({
        engine,
        // No assessments: their refusals are those of their route alone.
        admission: admission.of(() => {}),
        tagged: recordTagging,
      }),
      ...challengeRoutes(),
      ...validityRoutes(),
      ...canaryRoutes({
        ...assessments,
        ...jobs,
        once,
        charge: platform.rateLimiting.charge,
        engineVersion: () => engine.version,
        now: clock.now,
        newId: randomUUIDv7,
      }),
      ...rubricRoutes({
        rubrics,
        once,
        recordRubric: (tx, { state }, what) => access.audit(tx, state, what),
        engineVersion: () => engine.version,
        now: clock.now,
      }),
    ],
    jobs,
    start() {
      privacy.start();
      files.start();
      watchBackups();
    },
  };
}

interface Background {
  jobs: Jobs;
  resolveFiles: ResolveFiles;
  rubrics: Rubrics;
  em: (signal: AbortSignal) => SqlEntityManager;
}

function backgroundRoutes(
  { config, engine, rateLimiting }: Platform,
  { once, identify, audit }: Access,
  background: Background,
): Route[] {
  const { jobs } = background;
  const deps = {
    ...background,
    ...jobs,
    once,
    maxBytes: config.api.maxBodyBytes,
    isStillCaller: createIsStillCaller({ ...config.access, identify }),
    abort: (id: string) => jobs.worker.abort(id, new AttemptLost()),
    charge: rateLimiting.charge,
    checkCallback: jobs.webhooks.checkCallback,
  };
  const recordWebhook: RecordWebhook = (tx, { state }, what) => audit(tx, state, what);
  return [
    ...jobRoutes(deps),
    ...batchRoutes(deps),
    reassessChallengeRoute({
      ...deps,
      engineVersion: () => engine.version,
      recordReassessment: (tx, { state }, { batch, ...details }) =>
        audit(tx, state, { action: 'challenge.reassessed', target: batch, details }),
    }),
    ...jobs.webhooks.routes(once, recordWebhook),
  ];
}

/** What operators see and change. */
function operatorRoutes(
  { breakers: { breakers }, rateLimiting, cache, log, peers }: Platform,
  { quotaOf, audit }: Access,
  { queue }: Jobs,
): Route[] {
  const record: RecordAction = ({ state }, action) =>
    inTransaction(state.em, (tx) => audit(tx, state, action));
  const { subjectOf } = rateLimiting;
  peers?.hear('circuit_breaker.forced', (text) => followForced(breakers, text));
  const tell = peers && ((text: string) => peers.tell('circuit_breaker.forced', text));
  return [
    ...circuitBreakerAdminRoutes({ breakers, log, record, tell }),
    ...rateLimitAdminRoutes({
      ...rateLimiting,
      record,
      async ofCaller(id, signal) {
        const caller = await quotaOf(id, signal);
        return caller === null ? null : subjectOf(caller);
      },
    }),
    ...cacheAdminRoutes({ cache, record }),
    ...deadJobRoutes({
      queue,
      recordRetry: (tx, { state }, target) => audit(tx, state, { action: 'job.retried', target }),
    }),
  ];
}

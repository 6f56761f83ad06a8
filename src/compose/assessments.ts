/** How submissions are judged, for a request or for a job. */
import { randomUUIDv7 } from 'node:crypto';
import { engineFingerprint } from '../engine/fingerprint.ts';
import {
  createAssessmentCache,
  type AssessmentCache,
} from '../features/assessments/assessment-cache.ts';
import {
  createAssessmentService,
  type AssessmentEvents,
  type AssessmentService,
} from '../features/assessments/assessment-service.ts';
import { assessmentEvents } from '../features/assessments/metrics.ts';
import { createRubrics } from '../features/rubrics/known-rubrics.ts';
import type { Rubrics } from '../features/rubrics/rubric.ts';
import type { Platform } from './platform.ts';

export interface Assessments {
  service: AssessmentService;
  cache: AssessmentCache;
  rubrics: Rubrics;
  events: AssessmentEvents;
}

export function createAssessments(platform: Platform): Assessments {
  const { config, cache, database, engine, clock } = platform;
  const rubrics = createRubrics();
  const assessmentCache = createAssessmentCache({
    cache,
    ttlSeconds: config.cache.ttlSeconds,
    fingerprint: engineFingerprint(),
    timeoutMs: config.api.requestTimeoutMs,
  });
  const events = assessmentEvents();
  const service = createAssessmentService({
    engine,
    cache: assessmentCache,
    policy: config.assessments,
    rubrics,
    em: (signal) => database.em(signal),
    events,
    newId: randomUUIDv7,
    ...clock,
  });
  return { service, cache: assessmentCache, rubrics, events };
}

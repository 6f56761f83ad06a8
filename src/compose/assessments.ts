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
import type { Platform } from './platform.ts';

export interface Assessments {
  service: AssessmentService;
  cache: AssessmentCache;
  events: AssessmentEvents;
}

export function createAssessments({ config, cache, engine, clock }: Platform): Assessments {
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
    events,
    newId: randomUUIDv7,
    ...clock,
  });
  return { service, cache: assessmentCache, events };
}

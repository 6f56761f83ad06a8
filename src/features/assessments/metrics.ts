import { counter, gauge, histogram, observableGauge } from '#telemetry/metrics.ts';
import { addTime } from '#telemetry/request-times.ts';
import { recordSpan } from '#telemetry/tracing.ts';
import { pathNames, stageNames } from '../../engine/contract.ts';
import type { AssessmentEvents } from './assessment-service.ts';
import { goldenSubmissions } from '../../engine/golden.ts';
import type { EnginePool } from '../../engine/pool.ts';
import type { GoldenChecks, GoldenEvents } from './golden-checks.ts';
import type { TagOutcome } from '../../engine/worker.ts';
import { fullLanguages } from '../../engine/facts.ts';
import { sizeClasses } from './submission-size.ts';

export const assessmentsTotal = counter({
  name: 'assessments_total',
  help: 'Assessments by how they ended; refused: there was no room',
  labels: { outcome: ['completed', 'failed', 'cancelled', 'refused'] },
});

export const assessmentDuration = histogram({
  name: 'assessment_duration_seconds',
  help: 'Time of each stage of the engine, by size of the submission; total includes waiting and storage',
  labels: { stage: [...stageNames, 'total'], size_class: sizeClasses },
  buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});

export const assessmentScore = histogram({
  name: 'assessment_score',
  help: 'Scores of evaluated paths, 0 to 100',
  labels: { path: pathNames },
  buckets: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
});

export const assessmentConfidence = histogram({
  name: 'assessment_confidence_ratio',
  help: 'Confidence of evaluated paths, 0 to 1; 0 where there was nothing to judge',
  labels: { path: pathNames },
  buckets: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
});

export const assessmentLanguages = counter({
  name: 'assessment_languages_total',
  help: 'Completed assessments by the language with the largest share',
  labels: { language: [...fullLanguages, 'other', 'none'] },
});

export const assessmentInFlight = observableGauge({
  name: 'assessment_in_flight',
  help: 'Assessments that an engine thread works on',
  initial: 0,
});

export const assessmentQueueSize = observableGauge({
  name: 'assessment_queue_size',
  help: 'Assessments that wait for an engine thread',
  initial: 0,
});

export const engineGoldenChecks = counter({
  name: 'engine_golden_checks_total',
  help: 'Golden submissions judged again, by what came of it; skipped: somebody waited for the engine',
  labels: { outcome: ['same', 'changed', 'failed', 'skipped'] },
});

export const engineGoldenChanged = observableGauge({
  name: 'engine_golden_changed',
  combine: 'max',
  help: 'Golden submissions whose result was not the released one, to the byte, at their last check',
});

export const engineGoldenScore = gauge({
  name: 'engine_golden_score',
  combine: 'max',
  help: 'Scores of golden submissions at their last check, 0 to 100',
  labels: { submission: goldenSubmissions.map(({ name }) => name), path: pathNames },
});

/** Metrics of what the golden checks find. */
export const goldenEvents: GoldenEvents = {
  checked: (outcome) => engineGoldenChecks.inc({ outcome }),
  scored(submission, scores) {
    for (const path of pathNames) {
      const score = scores[path];
      if (score !== null) engineGoldenScore.set({ submission, path }, score);
    }
  },
};

/** @returns ends it */
export function observeGoldenChecks({ changed }: Pick<GoldenChecks, 'changed'>): () => void {
  return engineGoldenChanged.addCallback((observe) => {
    const count = changed();
    if (count !== undefined) observe({}, count);
  });
}

/** Shows the load of a pool at each scrape. @returns ends it */
export function observeEnginePool(pool: Pick<EnginePool, 'running' | 'waiting'>): () => void {
  const stops = [
    assessmentInFlight.addCallback((observe) => observe({}, pool.running)),
    assessmentQueueSize.addCallback((observe) => observe({}, pool.waiting)),
  ];
  return () => stops.forEach((stop) => stop());
}

const known: ReadonlySet<string> = new Set(fullLanguages);

/** Metrics and spans of the service's work. Stages were timed in a thread and become spans here. */
export function assessmentEvents(): AssessmentEvents {
  return {
    refused: () => assessmentsTotal.inc({ outcome: 'refused' }),
    stages(stages, size_class) {
      for (const { stage, startMs, endMs } of stages) {
        recordSpan(`assessment.${stage}`, startMs, endMs);
        assessmentDuration.observe({ stage, size_class }, (endMs - startMs) / 1000);
        addTime('engine', endMs - startMs);
      }
    },
    finished(outcome, seconds, size_class, result) {
      assessmentsTotal.inc({ outcome });
      if (result === undefined) return;
      assessmentDuration.observe({ stage: 'total', size_class }, seconds);
      for (const { path, overall_score, confidence } of result.path_scores) {
        if (overall_score !== null) assessmentScore.observe({ path }, overall_score);
        assessmentConfidence.observe({ path }, confidence);
      }
      const language = result.languages[0]?.language ?? 'none';
      assessmentLanguages.inc({
        language: known.has(language) || language === 'none' ? language : 'other',
      });
    },
  };
}

/** The work of tagging a text, timed in a thread. */
export function recordTagging({ timing: { startMs, endMs } }: TagOutcome): void {
  recordSpan('assessment.tags', startMs, endMs);
  addTime('engine', endMs - startMs);
}

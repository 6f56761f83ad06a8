import { counter, observableGauge } from '#telemetry/metrics.ts';

export const candidatesErased = counter({
  name: 'candidates_erased_total',
  help: 'Persons that were erased with everything stored of them, by why',
  labels: { reason: ['request', 'retention'] },
});

export const candidatesRetentionOverdue = observableGauge({
  name: 'candidates_retention_overdue',
  help: 'Persons that are kept longer than CANDIDATE_RETENTION_DAYS, found in the last run and not erased yet',
  initial: 0,
  // Each instance looks at all persons.
  combine: 'max',
});

/** Shows what is left at each scrape. @returns ends it */
export function observeRetention({ overdue }: { overdue: () => number }): () => void {
  return candidatesRetentionOverdue.addCallback((observe) => observe({}, overdue()));
}

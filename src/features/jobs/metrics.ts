import { bounded, observableGauge } from '#telemetry/metrics.ts';
import type { QueueDepth } from './upkeep.ts';

/** Queues are declared in code. */
const queue = bounded(20);

export const jobsQueued = observableGauge({
  name: 'jobs_queued',
  help: 'Jobs that have not ended, as each process sees them in the database; held: items of batches that wait for others of their batch',
  labels: { queue, state: ['waiting', 'processing', 'held'] },
  // Each sees all of them.
  combine: 'max',
});

export const jobsOldestAge = observableGauge({
  name: 'jobs_oldest_age_seconds',
  help: 'Since when the oldest job that waits has been there; 0 when none does',
  labels: { queue },
  combine: 'max',
});

export const jobsDead = observableGauge({
  name: 'jobs_dead',
  help: 'Jobs that failed at every attempt and wait for an operator',
  labels: { queue },
  combine: 'max',
});

export const jobPlaces = observableGauge({
  name: 'job_worker_places',
  help: 'Jobs that this process works for at a time; 0 where it takes none',
  initial: 0,
});

/** @returns ends it */
export function observeJobs(source: {
  depths: () => readonly QueueDepth[];
  places: () => number;
}): () => void {
  const { depths, places } = source;
  const stops = [
    jobsQueued.addCallback((observe) => {
      for (const { queue: name, waiting, processing, held } of depths()) {
        observe({ queue: name, state: 'waiting' }, waiting);
        observe({ queue: name, state: 'processing' }, processing);
        observe({ queue: name, state: 'held' }, held);
      }
    }),
    jobsOldestAge.addCallback((observe) => {
      for (const { queue: name, oldestSeconds } of depths())
        observe({ queue: name }, oldestSeconds);
    }),
    jobsDead.addCallback((observe) => {
      for (const { queue: name, dead } of depths()) observe({ queue: name }, dead);
    }),
    jobPlaces.addCallback((observe) => observe({}, places())),
  ];
  return () => stops.forEach((stop) => stop());
}

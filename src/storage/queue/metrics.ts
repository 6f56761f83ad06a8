import { bounded, counter, histogram } from '#telemetry/metrics.ts';
import type { WorkerEvents } from './worker.ts';

/** Queues are declared in code. */
const queue = bounded(20);
const outcomes = ['completed', 'retried', 'dead', 'lost', 'handed_back'] as const;

export const jobsTotal = counter({
  name: 'jobs_total',
  help: 'Attempts at jobs by how they ended; lost: cancelled, taken over by another process, or its end was not stored',
  labels: { queue, outcome: outcomes },
});

export const jobDuration = histogram({
  name: 'job_duration_seconds',
  help: 'Time of an attempt at a job, storage included',
  labels: { queue },
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
});

export const jobWait = histogram({
  name: 'job_wait_seconds',
  help: 'Time from when a job could be worked for to the start of the attempt',
  labels: { queue },
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
});

/** @param queues their series exist from the start on */
export function workerEvents(queues: readonly string[]): WorkerEvents {
  for (const name of queues)
    for (const outcome of outcomes) jobsTotal.init({ queue: name, outcome });
  return {
    started: (name, seconds) => jobWait.observe({ queue: name }, seconds),
    ended(name, outcome, seconds) {
      jobsTotal.inc({ queue: name, outcome });
      jobDuration.observe({ queue: name }, seconds);
    },
  };
}

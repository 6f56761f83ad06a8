/** Work that outlives requests: the queue, what is sent to it, and the worker of this process. */
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createJobService,
  CANCELLED_CHANNEL,
  type JobService,
} from '../features/jobs/job-service.ts';
import { createJobWatch, wakingAtEnds, type JobWatch } from '../features/jobs/job-watch.ts';
import { items, singles } from '../features/jobs/job.ts';
import { observeJobs } from '../features/jobs/metrics.ts';
import { jobDefinitions } from '../features/jobs/run-job.ts';
import { createUpkeep, type QueueDepth } from '../features/jobs/upkeep.ts';
import { upheldEvidence } from '../features/appeals/judge-appeals.ts';
import { canaryDefinition } from '../features/canary/run-canary.ts';
import { canaryQueue } from '../features/rubrics/canary-queue.ts';
import { workerEvents } from '../storage/queue/metrics.ts';
import { createQueue, type JobQueue } from '../storage/queue/queue.ts';
import { AttemptLost } from '../storage/queue/definition.ts';
import { createWorker, type QueueWorker } from '../storage/queue/worker.ts';
import { deliveryQueue } from '../features/webhooks/webhook.ts';
import { after } from '../time/clock.ts';
import type { Assessments } from './assessments.ts';
import type { Platform } from './platform.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

/** Event streams of one process, and of one caller in it: each holds a connection and asks its rows once a second. */
const LISTENERS = { all: 500, caller: 20 };

/** Those of assessments. */
const names = [singles, items].map(({ name }) => name);
const queues = [singles, items, canaryQueue, deliveryQueue];

export interface Jobs {
  queue: JobQueue;
  jobs: JobService;
  watch: JobWatch;
  worker: QueueWorker;
  webhooks: Webhooks;
  depths: () => readonly QueueDepth[];
  /** Once the tables are there, before the first request. @throws the signal's reason */
  open: (signal: AbortSignal) => Promise<void>;
}

/** @param options.works whether this process works jobs off */
export function createJobs(
  platform: Platform,
  { service, rubrics }: Assessments,
  options: { works: boolean },
): Jobs {
  const { config, clock, database, session, engine, lifecycle, cleanup, log } = platform;
  const { works } = options;
  const em = (signal?: AbortSignal) => database.em(signal);
  const queue = createQueue({
    database,
    queues,
    log,
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
  });
  const webhooks = createWebhooks(platform, queue);
  const jobs = createJobService({
    queue,
    batchSize: config.jobs.batchSize,
    onFinished: webhooks.finished,
    newId: randomUUIDv7,
    now: clock.now,
  });
  const watch = createJobWatch({ after, monotonicMs: clock.monotonicMs, most: LISTENERS });
  const events = workerEvents(queues.map(({ name }) => name));
  const worker = createWorker({
    queue,
    lanes: [
      {
        queues: [
          ...jobDefinitions({ service, jobs, em, changed: watch.wake, now: clock.now }),
          canaryDefinition({ engine, rubrics, upheldEvidence, em, now: clock.now }),
        ],
        places: engine.threads,
        // Requests use the same threads.
        hasRoom: () => engine.running < engine.threads,
      },
      webhooks.lane,
    ],
    em: () => database.em(),
    session,
    events: wakingAtEnds(events, names, watch.wake),
    log,
    clock: { ...clock, after },
  });
  // The thread of a job that was cancelled is free a moment after the job is.
  engine.whenFree(worker.roomFreed);
  const upkeep = createUpkeep({
    em: () => database.em(),
    session,
    jobs,
    retentionDays: config.jobs.retentionDays,
    queues: names,
    after,
    now: clock.now,
    log,
  });

  let closing: Promise<void> | undefined;
  const close = () => (closing ??= worker.close(config.shutdown.graceMs));
  lifecycle.whenDraining.push(() => {
    watch.close();
    void close();
  });
  cleanup.defer(async () => {
    watch.close();
    await Promise.all([close(), upkeep.close()]);
    await queue.close();
  });
  cleanup.defer(observeJobs({ depths: upkeep.depths, places: () => (works ? engine.threads : 0) }));
  session.listen(CANCELLED_CHANNEL, (id) => {
    if (id !== null) worker.abort(id, new AttemptLost());
  });
  return {
    queue,
    jobs,
    watch,
    worker,
    webhooks,
    depths: upkeep.depths,
    async open(signal) {
      await queue.start(signal);
      upkeep.start();
      webhooks.start();
      if (works) worker.start();
    },
  };
}

/** Who is told of finished work: what is stored with it, and what a worker sends. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { deriveKeys } from '../features/access/secrets.ts';
import type { OnFinished } from '../features/jobs/job.ts';
import { createDeliver } from '../features/webhooks/deliver.ts';
import {
  createDeliveries,
  deliveryJobs,
  type Deliveries,
} from '../features/webhooks/deliveries.ts';
import { tellOf } from '../features/webhooks/finished-work.ts';
import { webhookEvents } from '../features/webhooks/metrics.ts';
import { createReceivers } from '../features/webhooks/receivers.ts';
import { createUpkeep } from '../features/webhooks/upkeep.ts';
import { createWebhookSecrets } from '../features/webhooks/webhook-secret.ts';
import { webhookRoutes, type RecordWebhook } from '../features/webhooks/webhook-routes.ts';
import type { Once } from '../http/idempotency.ts';
import type { Route } from '../http/routing/route.ts';
import { createPost } from '../outbound/post.ts';
import type { JobQueue } from '../storage/queue/queue.ts';
import type { Lane } from '../storage/queue/lane.ts';
import { after } from '../time/clock.ts';
import { secretsOf } from './access.ts';
import type { Platform } from './platform.ts';

/** Attempts of a process at a time: they wait, and compute nothing. */
const PLACES = 16;

export interface Webhooks {
  routes: (once: Once, record: RecordWebhook) => Route[];
  checkCallback: Deliveries['checkCallback'];
  finished: OnFinished;
  lane: Lane;
  /** Once the tables are there. */
  start: () => void;
}

export function createWebhooks(platform: Platform, queue: Pick<JobQueue, 'send'>): Webhooks {
  const { config, clock, database, breakers, version, cleanup, log } = platform;
  const { now } = clock;
  const em = () => database.em();
  const rules = { allowLoopback: config.webhooks.allowLoopback };
  const secrets = createWebhookSecrets({ keys: deriveKeys(secretsOf(platform)), randomBytes });
  const deliveries = createDeliveries({ rules, queue, now, newId: randomUUIDv7 });
  const deliver = createDeliver({
    em,
    post: createPost({ rules, after }),
    receivers: createReceivers({ clock: breakers.clock, now, random: Math.random }),
    secrets,
    clock,
    random: Math.random,
    version,
    ...webhookEvents(),
    log,
  });
  const upkeep = createUpkeep({ em, deliveries, secrets, now, after, log });
  cleanup.defer(() => upkeep.close());
  return {
    routes: (once, record) =>
      webhookRoutes({ rules, secrets, deliveries, once, record, now, newId: randomUUIDv7 }),
    checkCallback: deliveries.checkCallback,
    finished: tellOf(deliveries),
    lane: { queues: [deliveryJobs({ queue, deliver, em, now })], places: PLACES },
    start: upkeep.start,
  };
}

import type { QueueOptions } from '../../storage/queue/queue.ts';

/** Of canaries. An attempt goes on where the one before ended. */
export const canaryQueue: QueueOptions = {
  name: 'rubric-canary',
  retries: 5,
  backoff: { firstSeconds: 1, maxSeconds: 60 },
  timeoutSeconds: 3600,
};

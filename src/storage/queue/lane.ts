/** Fetches for a number of places: the queues of a lane are asked in turn, and only while a place is free. */
import type { Logger } from '#telemetry/logger.ts';
import { untraced } from '#telemetry/tracing.ts';
import { isUnavailable } from '../postgres/errors.ts';
import type { QueueDefinition } from './definition.ts';
import type { FetchedJob, JobQueue } from './queue.ts';

/** Milliseconds; for what no notification tells. */
export const POLL_MS = 1000;

export interface Lane {
  readonly queues: readonly QueueDefinition[];
  /** Jobs at a time. */
  readonly places: number;
  /** Whether there is room for one more besides what others do; default: always. Asked again at `roomFreed`. */
  readonly hasRoom?: () => boolean;
}

/**
 * @param deps.run works for a job; `free` is called once its place is free again
 * @param deps.handBack what a fetch brought that was in flight when the worker was paused
 * @returns stop: waits for the fetch in flight; nothing is run after it
 */
export function createFetcher(deps: {
  lane: Lane;
  queue: Pick<JobQueue, 'fetch'>;
  isPaused: () => boolean;
  run: (definition: QueueDefinition, job: FetchedJob, free: () => void) => void;
  handBack: (definition: QueueDefinition, job: FetchedJob) => Promise<unknown>;
  log: Logger;
  after: (ms: number, run: () => void) => () => void;
}): { look: () => void; roomFreed: () => void; stop: () => Promise<void> } {
  const { lane, queue, isPaused, log } = deps;
  const queues = [...lane.queues];
  let taken = 0;
  let isFetching = false;
  let isAsked = false;
  let fetching = Promise.resolve();
  let stopPoll = () => {};
  /** Only room was missing at the last look. */
  let isCrowded = false;
  const isFree = () => {
    if (isPaused() || taken >= lane.places) return false;
    isCrowded = lane.hasRoom?.() === false;
    return !isCrowded;
  };
  /** @returns whether there was a job */
  const fetchInTurn = async (): Promise<boolean> => {
    for (let asked = 0; asked < lane.queues.length; asked += 1) {
      const definition = queues.shift();
      if (definition === undefined) return false;
      queues.push(definition);
      const job = await queue.fetch(definition.name);
      if (job === undefined) continue;
      if (isPaused()) {
        await deps.handBack(definition, job);
        return false;
      }
      taken += 1;
      deps.run(definition, job, () => {
        taken -= 1;
        look();
      });
      return true;
    }
    return false;
  };
  const poll = () => {
    stopPoll();
    if (!isPaused()) stopPoll = deps.after(POLL_MS, look);
  };
  function look(): void {
    isAsked = true;
    if (isFetching) return;
    isFetching = true;
    fetching = untraced(fetchAll);
  }
  async function fetchAll(): Promise<void> {
    try {
      do {
        isAsked = false;
        while (isFree() && (await fetchInTurn()));
      } while (isAsked && isFree());
    } catch (error) {
      // What it may have brought is given to another process: this one gives no sign of life for it.
      if (!isUnavailable(error)) log.error('No job could be fetched', { error });
    } finally {
      isFetching = false;
      poll();
    }
  }
  return {
    look,
    roomFreed() {
      if (isCrowded) look();
    },
    stop() {
      stopPoll();
      return fetching;
    },
  };
}

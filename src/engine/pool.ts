import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { createSlots } from './slots.ts';
import { warmUp } from './warm-up.ts';
import type { SharedPassage } from './submission/shared-passages.ts';
import type {
  EngineMessage,
  EngineOutcome,
  EngineTask,
  PairTask,
  TagOutcome,
  TagTask,
} from './worker.ts';

/** Assessments that may wait for each one that may run. */
const QUEUE_FACTOR = 8;

/**
 * Bytes of a submission that a thread with a processor to itself gets through in a second: half a megabyte. Sound
 * code in files of 2 kB and more took 0.9 to 2.1 s of its time a megabyte (TypeScript, Python, Java), files of
 * 200 bytes 2.2 s, since each costs as much as 250 bytes more; only torn code takes longer (2 to 4 s).
 */
export const BYTES_PER_SECOND = 500_000;

/**
 * Milliseconds for which a thread may go on with what nobody waits for any more. To load another one takes
 * longer: clients that hang up in the middle of short assessments would keep all threads loading.
 */
const LINGER_MS = 200;

/** No more assessments are taken for the moment. */
export class EngineBusyError extends Error {
  override readonly name = 'EngineBusyError';
  readonly dependency = 'engine';
  /** Seconds until a retry may succeed. */
  readonly retryAfter = 2;
  constructor() {
    super('Too many assessments are waiting.');
  }
}

/** The engine failed at a task, or its thread ended; `cause` says how. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly dependency = 'engine';
  constructor(cause: unknown) {
    super('The engine failed.', { cause });
  }
}

export interface EnginePool {
  /**
   * @param progress is told what percentage of its stages is over: more each time, less than 100, and nothing after
   *   the end
   * @throws {EngineBusyError} when the queue is full
   * @throws {EngineError} when the engine or its thread fails
   * @throws the signal's reason once it aborts; a thread that is not done soon is then ended and replaced
   */
  run: (
    task: EngineTask,
    signal: AbortSignal,
    progress?: (percent: number) => void,
  ) => Promise<EngineOutcome>;
  /** Where two submissions have the same shape. @throws as `run` */
  compare: (pair: PairTask, signal: AbortSignal) => Promise<SharedPassage[]>;
  /** Tags a text. @throws as `run` */
  tag: (task: TagTask, signal: AbortSignal) => Promise<TagOutcome>;
  /** Resolves when every thread has its grammars and has judged once, so that no request waits for that. */
  ready: () => Promise<void>;
  /**
   * Assesses a known sample and gives its tags; null while all threads work, which shows that they
   * do, and a sentence when no more work is taken.
   */
  sample: (signal: AbortSignal) => Promise<{ tags: string[] } | string | null>;
  /** @param listener is told, in place of the one before, each time that a thread is free and no task waits for it */
  whenFree: (listener: () => void) => void;
  /** Tasks that may run at the same time. */
  readonly threads: number;
  /** Tasks that may run or wait. */
  readonly places: number;
  readonly waiting: number;
  readonly running: number;
  /** Tasks at which the engine failed, and threads that ended by themselves, since the start. */
  readonly failures: number;
  /** Of the engine in its threads; empty until the first has loaded. */
  readonly version: string;
  /** Threads that have loaded the grammars, since the start. */
  readonly loaded: number;
  /** The queue takes no more. */
  readonly isFull: boolean;
  close: () => Promise<void>;
}

/**
 * Threads for the engine: as many as assessments are admitted and cores exist, since more threads
 * than cores are slower. The queue is bounded; beyond it callers are told to come back.
 */
export function createEnginePool(options: {
  maxConcurrent: number;
  lingerMs?: number;
}): EnginePool {
  const { lingerMs = LINGER_MS } = options;
  const threads = Math.min(options.maxConcurrent, availableParallelism());
  const maxQueue = options.maxConcurrent * QUEUE_FACTOR;
  let freed = () => {};
  const slots = createSlots(threads, () => freed());
  let failures = 0;
  const pool = new Piscina<EngineTask | PairTask | TagTask, unknown>({
    filename: new URL('worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    maxQueue,
    idleTimeout: 60_000,
    // The preload must not run again in a thread: it would start a second telemetry SDK.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  pool.on('error', () => (failures += 1));
  const listeners = new Map<number, (percent: number) => void>();
  let lastId = 0;
  let loaded = 0;
  let version = '';
  const allLoaded = Promise.withResolvers<void>();
  pool.on('message', (message: EngineMessage) => {
    if ('progressId' in message) return listeners.get(message.progressId)?.(message.percent);
    loaded += 1;
    version = message.engineVersion;
    if (loaded === threads) allLoaded.resolve();
  });
  const listen = (task: EngineTask, progress: (percent: number) => void) => {
    lastId += 1;
    const progressId = lastId;
    listeners.set(progressId, progress);
    return { task: { ...task, progressId }, stop: () => listeners.delete(progressId) };
  };
  const isFull = () => slots.waiting >= maxQueue;
  const assessing = (task: EngineTask, options = {}) =>
    pool.run(task, { ...options, name: 'assessInThread' }) as Promise<EngineOutcome>;
  const comparing = (pair: PairTask, options = {}) =>
    pool.run(pair, { ...options, name: 'compareInThread' }) as Promise<SharedPassage[]>;
  const tagging = (task: TagTask, options = {}) =>
    pool.run(task, { ...options, name: 'tagInThread' }) as Promise<TagOutcome>;
  /** @returns the outcome; its slot is free once the thread is, which may be after its caller has left */
  const work = async <Outcome>(
    inThread: (options: { signal: AbortSignal }) => Promise<Outcome>,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    signal.throwIfAborted();
    if (isFull()) throw new EngineBusyError();
    await slots.take(signal);
    const end = new AbortController();
    const left = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const leave = () => {
      left.reject(signal.reason);
      timer = setTimeout(() => end.abort(signal.reason), lingerMs);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    const done = async () => {
      try {
        return await inThread({ signal: end.signal });
      } catch (error) {
        if (!end.signal.aborted) failures += 1;
        throw new EngineError(error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        slots.give();
      }
    };
    return Promise.race([done(), left.promise]);
  };
  return {
    threads,
    places: threads + maxQueue,
    async run(task, signal, progress = () => {}) {
      const listened = listen(task, progress);
      try {
        return await work((options) => assessing(listened.task, options), signal);
      } finally {
        listened.stop();
      }
    },
    compare: (pair, signal) => work((options) => comparing(pair, options), signal),
    tag: (task, signal) => work((options) => tagging(task, options), signal),
    async ready() {
      const each = (input: EngineTask['input']) =>
        Promise.all(Array.from({ length: threads }, () => assessing({ input, motives: true })));
      // A thread that cannot load fails what waits for it.
      await Promise.all([allLoaded.promise, each(SAMPLE)]);
      // One for each of the idle threads; of the samples, a thread that had loaded early may have judged several.
      await each(warmUp);
    },
    async sample(signal) {
      if (isFull()) return 'The queue of assessments is full.';
      if (slots.taken >= threads) return null;
      const { result } = await assessing({ input: SAMPLE, motives: false }, { signal });
      return { tags: result.tags.map(({ tag }) => tag) };
    },
    whenFree(listener) {
      freed = listener;
    },
    get waiting() {
      return slots.waiting;
    },
    get running() {
      return slots.taken;
    },
    get isFull() {
      return isFull();
    },
    get version() {
      return version;
    },
    get loaded() {
      return loaded;
    },
    get failures() {
      return failures;
    },
    close: () => pool.destroy(),
  };
}

const SAMPLE: EngineTask['input'] = {
  candidate_id: 'sample',
  submission_type: 'code',
  content: { code: 'def sample():\n    return None\n' },
  paths_to_evaluate: ['technical'],
  options: {},
};

import { setInterval } from 'node:timers';

/** What of `process` is used. */
export interface StoppableProcess {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
  readonly ppid: number;
}

export interface StopRequest {
  /** Aborts with the first request. */
  signal: AbortSignal;
  /** Resolves with why: SIGTERM comes from an orchestrator, whose load balancer must notice first. */
  asked: Promise<'SIGINT' | 'SIGTERM' | 'orphaned'>;
}

/** npm passes Ctrl-C on to a process that the terminal has told already: the same again is no haste. */
const ECHO_MS = 500;
const PARENT_POLL_MS = 250;

/**
 * Waits for a signal, or for the end of the parent process. Asked once more, by another signal or
 * later, the process ends at once.
 *
 * @param options.endWithParent what npm starts ends with npm: kill -9 leaves it no signal to pass on
 * @param options.now milliseconds
 */
export function awaitStopRequest(
  target: StoppableProcess,
  options: {
    endWithParent: boolean;
    now: () => number;
    every?: (ms: number, task: () => void) => void;
  },
): StopRequest {
  const { endWithParent, now, every = everyUnref } = options;
  const stopping = new AbortController();
  const { promise: asked, resolve } = Promise.withResolvers<'SIGINT' | 'SIGTERM' | 'orphaned'>();
  let first: { why: string; at: number } | undefined;
  const stop = (why: 'SIGINT' | 'SIGTERM' | 'orphaned') => {
    if (first === undefined) {
      first = { why, at: now() };
      stopping.abort();
      resolve(why);
    } else if (why !== first.why || now() - first.at > ECHO_MS) {
      target.exit(1);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) target.on(name, () => stop(name));
  if (endWithParent) {
    const parent = target.ppid;
    every(PARENT_POLL_MS, () => {
      if (first === undefined && target.ppid !== parent) stop('orphaned');
    });
  }
  return { signal: stopping.signal, asked };
}

function everyUnref(ms: number, task: () => void): void {
  setInterval(task, ms).unref();
}

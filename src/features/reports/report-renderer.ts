import { Piscina } from 'piscina';
import { AppError } from '../../errors.ts';
import type { RenderTask } from './render-thread.ts';

/** Reports that may wait for the one that is written: more than the server works for at once. */
const MAX_QUEUE = 32;
/** Seconds until a caller that found no room may come again. */
const RETRY_AFTER = 1;

export interface ReportRenderer {
  /**
   * @throws {AppError} SERVICE_UNAVAILABLE when too many wait
   * @throws the signal's reason once it aborts; the thread is then ended and replaced
   */
  render: (task: RenderTask, signal: AbortSignal) => Promise<string>;
  close: () => Promise<void>;
}

/**
 * A thread of its own writes reports. To highlight the code of one takes 10 to 60 ms, and the first time 200 ms,
 * for which no other request may wait; and a report must not wait for assessments, each of which may take seconds.
 * The thread starts with the first report.
 *
 * @param options.onEnd is told why a thread ended by itself; whoever waits for it does so until its signal aborts
 */
export function createReportRenderer(options: {
  onEnd: (error: Error) => void;
  thread?: URL;
}): ReportRenderer {
  const { onEnd, thread = new URL('render-thread.ts', import.meta.url) } = options;
  const pool = new Piscina<RenderTask, string>({
    filename: thread.href,
    name: 'renderInThread',
    minThreads: 0,
    maxThreads: 1,
    maxQueue: MAX_QUEUE,
    idleTimeout: Infinity,
    // The preload must not run again in a thread: it would start a second telemetry SDK.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // Without a listener it would be an error that nobody catches, and end the process.
  pool.on('error', onEnd);
  return {
    async render(task, signal) {
      if (pool.queueSize >= MAX_QUEUE) {
        throw new AppError('SERVICE_UNAVAILABLE', 'Too many reports are waiting.', {
          retryAfter: RETRY_AFTER,
        });
      }
      try {
        return await pool.run(task, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}

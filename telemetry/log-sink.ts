/**
 * One place where log lines end up, independent of every other: a bounded queue in front of a target
 * that may fail (a full disk, a folder that is gone, a store that is down) or not take lines for a while
 * (a pipe that nobody reads). Whoever logs never waits and never fails; memory is bounded; a target that failed is tried
 * again until it works.
 *
 * When the queue is full, the newest line is dropped and counted: what waits tells how the trouble
 * began, and the gap is in one place, where the line about it stands once lines are written again.
 */
import { codeOf } from '#src/errors.ts';
import { LinesRefused, type LogTarget } from './log-target.ts';

/** Why lines are not written, since when, and what it cost. */
export interface SinkTrouble {
  /** Code of the error, or `queue_full` where lines come faster than they are taken. */
  reason: string;
  error: unknown;
  /** Epoch milliseconds. */
  since: number;
  /** Lines. */
  dropped: number;
}

export interface LogSink {
  /**
   * @param line ends with a line feed
   * @param always past the bound of the queue: for the last line of a process
   */
  write(line: string, always?: true): void;
  /** Lines dropped since the start. */
  dropped(): number;
  /** Null while lines are written. */
  trouble(): SinkTrouble | null;
  /** Writes what a synchronous target takes within so many milliseconds, without the event loop. */
  flushSync(withinMs: number): void;
  /** Writes what waits, within so many milliseconds and without a second attempt; never rejects. */
  close(withinMs: number): Promise<void>;
}

export interface SinkLimits {
  /** Lines that may wait. */
  maxLines: number;
  /** Bytes, as UTF-8, that may wait. */
  maxBytes: number;
}

/** Lines wait for others so many milliseconds at most, or until there are so many. */
export interface Gather {
  ms: number;
  lines: number;
}

export interface SinkEvents {
  dropped: (lines: number) => void;
  /** Lines are not written any more; once until `recovered`. */
  failed: (trouble: SinkTrouble) => void;
  recovered: (trouble: SinkTrouble) => void;
}

/** Milliseconds until a target that failed is tried again; doubled each time. */
const RETRY_MS = { first: 250, most: 5000 };
/** The same for one that takes nothing at the moment: a pipe of 64 KiB is soon read. */
const BUSY_MS = { first: 1, most: 50 };
/** The queue is emptied to this share before it counts as recovered, or it would do so with each line. */
const RECOVERED_SHARE = 0.25;

/** Runs something later, on a timer that keeps no process alive. @returns cancels it */
type After = (ms: number, run: () => void) => () => void;

const systemAfter: After = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

export function createLogSink(
  deps: SinkLimits & {
    target: LogTarget;
    events: SinkEvents;
    /** Absent: the lines of one turn go together. */
    gather?: Gather | undefined;
    after?: After;
    now?: () => number;
  },
): LogSink {
  const { target, events, maxLines, maxBytes, gather, after = systemAfter, now = Date.now } = deps;
  const waiting: string[] = [];
  let bytes = 0;
  let dropped = 0;
  let trouble: SinkTrouble | null = null;
  let attempts = 0;
  let running: Promise<void> | null = null;
  let wake = () => {};
  let enough = Infinity;
  let ending = false;

  const begin = (reason: string, error?: unknown) => {
    if (trouble !== null) {
      if (error !== undefined) Object.assign(trouble, { reason, error });
      return trouble;
    }
    trouble = { reason, error, since: now(), dropped: 0 };
    if (!ending) events.failed(trouble);
    return trouble;
  };
  const drop = (lines: number) => {
    if (lines === 0) return;
    dropped += lines;
    events.dropped(lines);
    begin('queue_full').dropped += lines;
  };
  const remove = (lines: number) => {
    for (const line of waiting.splice(0, lines)) bytes -= Buffer.byteLength(line);
    return lines;
  };
  const release = (lines: number) => {
    remove(lines);
    if (lines === 0 || trouble === null) return;
    if (waiting.length > maxLines * RECOVERED_SHARE || bytes > maxBytes * RECOVERED_SHARE) return;
    const was = trouble;
    trouble = null;
    if (!ending) events.recovered(was);
  };

  /** @returns milliseconds until the next attempt; null for none */
  const attempt = async (): Promise<number | null> => {
    try {
      const result = target.append(waiting);
      // Without a turn in between, in which the process might exit and write the same lines once more.
      const written = typeof result === 'number' ? result : await result;
      release(written);
      if (written === 0) return pause(BUSY_MS, attempts++);
      attempts = 0;
      return 0;
    } catch (error) {
      begin(codeOf(error) || 'error', error);
      if (error instanceof LinesRefused) drop(remove(error.lines));
      return ending ? null : pause(RETRY_MS, attempts++);
    }
  };
  const run = async () => {
    if (gather === undefined) await new Promise(setImmediate);
    while (waiting.length > 0) {
      if (gather !== undefined && attempts === 0) await gathered(gather);
      const ms = await attempt();
      if (ms === null) break;
      if (ms > 0) await sleep(ms);
    }
    running = null;
  };
  const gathered = async ({ ms, lines }: Gather) => {
    if (ending || waiting.length >= lines) return;
    enough = lines;
    await sleep(ms);
    enough = Infinity;
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  return {
    write(line, always) {
      const size = Buffer.byteLength(line);
      const fits = waiting.length < maxLines && bytes + size <= maxBytes;
      if (ending || (!fits && always === undefined)) return drop(1);
      waiting.push(line);
      bytes += size;
      running ??= run();
      if (waiting.length >= enough) wake();
    },
    dropped: () => dropped,
    trouble: () => trouble,
    flushSync(withinMs) {
      const end = performance.now() + withinMs;
      while (waiting.length > 0) {
        const written = appendSync(target, waiting);
        if (written === null) return;
        release(written);
        if (written > 0) continue;
        if (performance.now() >= end) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS.first);
      }
    },
    async close(withinMs) {
      ending = true;
      const deadline = Promise.withResolvers<void>();
      const timer = setTimeout(deadline.resolve, withinMs);
      wake();
      await Promise.race([running, deadline.promise]);
      drop(waiting.splice(0).length);
      await Promise.race([target.close().catch(() => {}), deadline.promise]);
      clearTimeout(timer);
    },
  };
}

function pause({ first, most }: typeof BUSY_MS, attempts: number): number {
  return Math.min(most, first * 2 ** Math.min(attempts, 16));
}

/** Null when it failed, or is not synchronous. */
function appendSync(target: LogTarget, lines: readonly string[]): number | null {
  try {
    const written = target.append(lines);
    return typeof written === 'number' ? written : null;
  } catch {
    return null;
  }
}

/**
 * Tells listeners how a job or a batch stands, until it is over. Each listener asks for the revision once a second,
 * and for the rest when that is another one: whichever process makes a change, nobody has to tell, and no message
 * can be missed. A change made by this process is looked at without waiting for that, at most every `WAKE_MS`.
 */
import { AppError } from '../../errors.ts';
import { JsonText, writeJson } from '../../json/json-text.ts';
import type { StreamItem } from '../../http/routing/route.ts';
import { isUnavailable } from '../../storage/postgres/errors.ts';
import type { WorkerEvents } from '../../storage/queue/worker.ts';
import type { Standing } from './present-job.ts';

const POLL_MS = 1000;
/** However often this process makes changes. */
const WAKE_MS = 100;
/** A listener that hears nothing for 15 s knows that its connection is gone. */
const HEARTBEAT_MS = 10_000;
/**
 * How often it is asked whether a listener may still listen. With the second until the next look, and the 5 s for
 * which a process that hears of no change keeps what somebody may: a stream ends 15 s after the right to it.
 */
const RIGHTS_MS = 9000;

export interface JobWatch {
  /**
   * @param caller whom the listener counts for
   * @param read how it stands now
   * @param revision of how it stands now; undefined when it is gone, which `read` says then
   * @param isAllowed whether its listener may (still) listen; the stream ends when not
   * @param last revision that the listener knows; -1: none
   * @param signal ends the stream
   * @param whenOver takes what gives the place of the listener back, for one whose events are never asked for (HEAD)
   * @throws {AppError} SERVICE_UNAVAILABLE for a listener too many
   */
  stream: (options: {
    caller: string;
    read: () => Promise<Standing>;
    revision: () => Promise<number | undefined>;
    isAllowed: () => Promise<boolean>;
    first: Standing;
    last: number;
    signal: AbortSignal;
    whenOver: (leave: () => void) => void;
  }) => AsyncIterable<StreamItem>;
  /** Something changed here. */
  wake: () => void;
  readonly listeners: number;
  /** Ends all streams: their clients come back, elsewhere. */
  close: () => void;
}

export function createJobWatch(deps: {
  after: (ms: number, run: () => void) => () => void;
  monotonicMs: () => number;
  /** Listeners of one process, and of one caller in it. */
  most: { all: number; caller: number };
}): JobWatch {
  const { most } = deps;
  const callers = new Map<string, number>();
  const end = new AbortController();
  let all = 0;
  let waiting: (() => void)[] = [];
  let stop: (() => void) | undefined;

  let stopHold: (() => void) | undefined;
  let isAsked = false;

  const look = () => {
    stop?.();
    stop = undefined;
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const wake = () => {
    isAsked = stopHold !== undefined;
    if (isAsked) return;
    stopHold = deps.after(WAKE_MS, () => {
      stopHold = undefined;
      if (isAsked) wake();
    });
    look();
  };
  const nextLook = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      stop ??= deps.after(POLL_MS, look);
    });
  const enter = (caller: string) => {
    const own = callers.get(caller) ?? 0;
    if (all >= most.all || own >= most.caller) {
      throw new AppError('SERVICE_UNAVAILABLE', 'Too many event streams are open.', {
        retryAfter: 5,
        help: { suggestion: 'Close a stream, or ask for the status now and then.' },
      });
    }
    all += 1;
    callers.set(caller, own + 1);
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      all -= 1;
      const left = (callers.get(caller) ?? 1) - 1;
      if (left === 0) callers.delete(caller);
      else callers.set(caller, left);
    };
  };

  return {
    stream({ caller, signal, whenOver, ...rest }) {
      const leave = enter(caller);
      whenOver(leave);
      const over = AbortSignal.any([signal, end.signal]);
      const ended = new Promise<void>((resolve) => {
        if (over.aborted) resolve();
        over.addEventListener('abort', () => resolve(), { once: true });
      });
      return events({
        ...rest,
        over,
        leave,
        monotonicMs: deps.monotonicMs,
        tick: () => Promise.race([nextLook(), ended]),
      });
    },
    wake,
    get listeners() {
      return all;
    },
    close() {
      end.abort();
      stopHold?.();
      look();
    },
  };
}

/** @param queues those whose jobs are listened to: the ends of others change nothing here */
export function wakingAtEnds(
  events: WorkerEvents,
  queues: readonly string[],
  wake: () => void,
): WorkerEvents {
  return {
    ...events,
    ended(queue, outcome, seconds) {
      events.ended(queue, outcome, seconds);
      if (queues.includes(queue)) wake();
    },
  };
}

async function* events(options: {
  read: () => Promise<Standing>;
  revision: () => Promise<number | undefined>;
  isAllowed: () => Promise<boolean>;
  first: Standing;
  last: number;
  over: AbortSignal;
  leave: () => void;
  monotonicMs: () => number;
  tick: () => Promise<void>;
}): AsyncGenerator<StreamItem, void> {
  const { read, revision, over, monotonicMs, tick } = options;
  let { first: standing, last } = options;
  const mayListen = nowAndThen(options.isAllowed, monotonicMs);
  // With nothing new, a comment at once: the headers of the answer go with the first line of its body.
  let saidAt = -Infinity;
  try {
    while (!over.aborted) {
      // Not only higher ones: that of a batch is lower when an item is erased.
      if (standing.revision !== last || standing.isOver) {
        last = standing.revision;
        saidAt = monotonicMs();
        yield toEvent(standing);
      } else if (monotonicMs() - saidAt >= HEARTBEAT_MS) {
        saidAt = monotonicMs();
        yield { comment: 'still there' };
      }
      if (standing.isOver) return;
      await tick();
      if (over.aborted) return;
      try {
        // One that comes back is told why.
        if (!(await mayListen())) return;
        if ((await revision()) !== standing.revision) standing = await read();
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
    }
  } finally {
    options.leave();
  }
}

/** True without being asked until `RIGHTS_MS` after the last time that it was. */
function nowAndThen(isAllowed: () => Promise<boolean>, monotonicMs: () => number) {
  let askedAt = monotonicMs();
  return async () => {
    if (monotonicMs() - askedAt < RIGHTS_MS) return true;
    const answer = await isAllowed();
    askedAt = monotonicMs();
    return answer;
  };
}

const ends = new Set(['completed', 'failed', 'cancelled']);

function toEvent({ revision, status, body }: Standing): StreamItem {
  return {
    id: String(revision),
    event: ends.has(status) ? status : 'progress',
    data: new JsonText(writeJson(body)),
  };
}

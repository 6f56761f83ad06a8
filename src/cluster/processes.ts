/**
 * Keeps so many processes running.
 *
 * The first is started alone, so that what one process does for all (migrations, keys that are made) is done when
 * the others come. One that ends by itself is started again, later each time; when they keep ending, or one ends before
 * the service was ready, the service ends with it. One that serves and stands still is killed: no probe from outside
 * reaches a certain process. A stop is passed on to all, and waits for all.
 */
import type { Logger } from '#telemetry/logger.ts';
import { ProcessFailed } from '../errors.ts';
import { createChannel, type Channel, type Handlers, type Wire } from './channel.ts';
import { recentEnds, restartDelay } from './restarts.ts';

/** What of a process is used. */
export interface Child {
  pid: number;
  wire: Wire;
  kill: (signal: NodeJS.Signals) => void;
  /** How it ended, once all its messages were heard. */
  ended: Promise<{ code: number | null; signal: string | null }>;
}

export interface Member {
  /** From 1 on; one that is started again has the number of the one that ended. */
  readonly number: number;
  readonly pid: number;
  readonly channel: Channel;
  /** It has said so. */
  isServing: boolean;
}

export interface Processes {
  /** Resolves when all are serving. @throws {ProcessFailed} when one ends before */
  start: () => Promise<void>;
  members: () => readonly Member[];
  /** Rejects when they keep ending; all have ended then. */
  failed: Promise<never>;
  stop: (signal: NodeJS.Signals) => Promise<void>;
}

export interface ProcessesDeps {
  count: number;
  fork: (number: number) => Child;
  handlersOf: (member: () => Member) => Handlers;
  began: (member: Member) => void;
  ended: (member: Member) => void;
  /** What has not ended by then is killed. */
  stopMs: number;
  monotonicMs: () => number;
  after: (ms: number, run: () => void) => () => void;
  log: Logger;
}

/** Between questions whether one is alive; so many without an answer are half a minute. */
const BEAT_MS = 5000;
const MOST_UNANSWERED = 6;

export function createProcesses(deps: ProcessesDeps): Processes {
  const { count, log, after, monotonicMs } = deps;
  const running = new Map<Member, Child>();
  const failure = Promise.withResolvers<never>();
  // Whoever waits for it hears of it; until then it is no unhandled rejection.
  failure.promise.catch(() => undefined);
  let ends: number[] = [];
  let isStopping = false;

  /**
   * @param isFirst it was not started before: then its end before it serves is that of the service
   * @returns when it serves
   * @throws {ProcessFailed} when it ends before that
   */
  const run = async (number: number, isFirst: boolean): Promise<void> => {
    const child = deps.fork(number);
    const serving = Promise.withResolvers<void>();
    const member: Member = {
      number,
      pid: child.pid,
      isServing: false,
      channel: createChannel(child.wire, {
        ...deps.handlersOf(() => member),
        serving: () => {
          member.isServing = true;
          serving.resolve();
        },
      }),
    };
    running.set(member, child);
    deps.began(member);
    const stopWatch = watch(member, child);
    const over = child.ended.then((how) => {
      stopWatch();
      running.delete(member);
      member.channel.close();
      deps.ended(member);
      return how;
    });
    void over.then((how) => {
      if (member.isServing || !isFirst) onEnd(member, how);
    });
    await Promise.race([
      serving.promise,
      over.then(({ code, signal }) => {
        const exit = code ?? 1;
        throw new ProcessFailed(
          `Process ${number} ended (${signal ?? exit}) before it served.`,
          exit,
        );
      }),
    ]);
  };

  /** @returns ends it */
  const watch = (member: Member, child: Child): (() => void) => {
    let unanswered = 0;
    let cancel = () => {};
    const beat = () => {
      if (unanswered >= MOST_UNANSWERED) {
        const fields = { 'process.pid': member.pid, number: member.number };
        log.error('A process stands still', { 'event.name': 'process.stuck', ...fields });
        return child.kill('SIGKILL');
      }
      if (member.isServing) {
        unanswered += 1;
        member.channel.ask('alive').then(
          () => (unanswered = 0),
          () => undefined,
        );
      }
      cancel = after(BEAT_MS, beat);
    };
    cancel = after(BEAT_MS, beat);
    return () => cancel();
  };

  const onEnd = ({ number, pid }: Member, how: Awaited<Child['ended']>) => {
    if (isStopping) return;
    ends = [...recentEnds(ends, monotonicMs()), monotonicMs()];
    const delayMs = restartDelay(ends, monotonicMs());
    const fields = { 'process.pid': pid, number, code: how.code, signal: how.signal };
    log.error('A process has ended', {
      'event.name': 'process.ended',
      ...fields,
      restart_ms: delayMs,
    });
    if (delayMs === null) void giveUp();
    else after(delayMs, () => void restart(number));
  };
  const restart = async (number: number) => {
    // That it ends is told above.
    if (!isStopping) await run(number, false).catch(() => undefined);
  };
  const giveUp = async () => {
    await stop('SIGTERM');
    failure.reject(new ProcessFailed('The processes keep ending, so the service ends.', 1));
  };

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    isStopping = true;
    const children = [...running.values()];
    for (const child of children) child.kill(signal);
    const cancel = after(deps.stopMs, () => {
      for (const child of running.values()) child.kill('SIGKILL');
    });
    await Promise.all(children.map(({ ended }) => ended));
    cancel();
  };

  return {
    async start() {
      await run(1, true);
      await Promise.all(Array.from({ length: count - 1 }, (_, i) => run(i + 2, true)));
    },
    members: () => [...running.keys()],
    failed: failure.promise,
    stop,
  };
}

/**
 * Deadlines for answers that come through the event loop.
 *
 * Why not a timer alone: when a process was busy, or not scheduled, its timers are due before it has
 * looked at its sockets, and the answer that waits there would count as missing. So a deadline counts
 * the time in which the loop could read: in turns, each with at most `LONGEST_STEP` times a tenth of the
 * deadline, and it is judged after the poll of a turn, never before. An idle process ends a wait after
 * `ms` milliseconds; a busy one after at least `TURNS / LONGEST_STEP` polls that brought no answer.
 *
 * Answers come in order: while some do in a turn, those that are due are not judged in it, until
 * twice the deadline.
 *
 * All waits of one set of deadlines are equally long, so they end in the order in which they began
 * and one timer serves them all. A wait that has ended leaves the queue when those before it have.
 */

const TURNS = 10;
/** Of a turn, what counts at most, as a multiple of the pause between two looks. */
const LONGEST_STEP = 1.5;
/** Milliseconds between two looks, for deadlines of more than a second. */
const LONGEST_PAUSE_MS = 100;

/** What turns under the process. */
export interface EventLoop {
  /** Milliseconds from any point in time; never goes back. */
  now: () => number;
  after: (ms: number, run: () => void) => void;
  /** Runs when what had come in before has been read. */
  afterPoll: (run: () => void) => void;
}

const nobody = () => {};

const nodeLoop: EventLoop = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, ms),
  afterPoll: (run) => void setImmediate(run),
};

export interface Wait {
  /** Of the time that was counted. */
  readonly begunAt: number;
  ended: boolean;
  giveUp: () => void;
}

export interface Deadlines {
  /** @param giveUp called once, unless the wait ends before */
  begin(giveUp: () => void): Wait;
  end(wait: Wait): void;
  /** Milliseconds of the wait in which the loop could read. */
  waited(wait: Wait): number;
}

/** @param ms of every wait */
export function createDeadlines(ms: number, loop: EventLoop = nodeLoop): Deadlines {
  const pauseMs = Math.min(ms / TURNS, LONGEST_PAUSE_MS);
  const mostMs = LONGEST_STEP * pauseMs;
  const queue: Wait[] = [];
  let head = 0;
  let isArmed = false;
  let counted = 0;
  let lookedAt = 0;
  let hasAnswers = false;

  const time = () => counted + Math.min(loop.now() - lookedAt, mostMs);

  const arm = () => {
    while (head < queue.length && queue[head]?.ended === true) head += 1;
    isArmed = head < queue.length;
    // What has ended goes in one move, not one by one.
    if (!isArmed || head > 1000) {
      queue.splice(0, head);
      head = 0;
    }
    const first = queue[head];
    if (first === undefined) return;
    const left = first.begunAt + ms - counted;
    loop.after(Math.max(1, Math.min(pauseMs, left)), look);
  };
  const look = () => {
    counted = time();
    lookedAt = loop.now();
    loop.afterPoll(judge);
  };
  const judge = () => {
    const patience = hasAnswers ? 2 * ms : ms;
    hasAnswers = false;
    for (let wait = queue[head]; wait !== undefined; wait = queue[head]) {
      if (!wait.ended && counted - wait.begunAt < patience) break;
      head += 1;
      if (wait.ended) continue;
      wait.ended = true;
      wait.giveUp();
    }
    arm();
  };

  return {
    begin(giveUp) {
      if (!isArmed) lookedAt = loop.now();
      const wait = { begunAt: time(), ended: false, giveUp };
      queue.push(wait);
      if (!isArmed) arm();
      return wait;
    },
    end(wait) {
      wait.ended = true;
      // In the queue it stays; whoever waited is not to be kept with it.
      wait.giveUp = nobody;
      hasAnswers = true;
    },
    waited: (wait) => time() - wait.begunAt,
  };
}

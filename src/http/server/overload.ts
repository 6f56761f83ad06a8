/**
 * How many requests are worked for at once, how many wait, and who is refused: below Koa, so that what is refused
 * costs next to nothing, and what waits holds neither a body nor a connection to the database.
 *
 * A request gets a slot, waits in line for one, or is refused. It gives the slot back when it is answered, and
 * while it waits for something that is not this process's processor: its body, the limiter's Redis, or whatever took
 * longer than `HOLD_MS`. A slot is handed on in a later turn of the event loop: Node accepts one new connection a turn,
 * and a probe on a new connection must not wait for those in line. Probes need no slot.
 *
 * It fails open: a slot that is not given back is handed on after `HOLD_MS`.
 */
import type { IncomingMessage } from 'node:http';
import { after as timer } from '../../time/clock.ts';

/** Worked for at once: enough to have the next one's queries on their way while one computes. */
const SLOTS = 8;
/**
 * Without a slot while the limiter asks Redis about them, and until they have one again. They count as in line, and
 * further ones keep their slots meanwhile: a slow Redis makes no crowd of those who have begun.
 */
const TOGETHER = 32;
/** In line when many come at once: what is worked through in a quarter of a second where a request takes 2.5 ms. */
const LINE = 100;
/**
 * A line of this length that has not been empty for `STANDING_MS`, and whose first has waited for `STANDING_WAIT_MS`,
 * takes nobody else: more come than are worked through, and a longer line would only make all of them wait.
 */
const STANDING_LINE = 32;
const STANDING_MS = 1000;
const STANDING_WAIT_MS = 200;
/**
 * In line for longer than this, milliseconds, a request is refused: its client would give up on it. It takes that
 * long only where something behind is slow; else the length of the line is the bound.
 */
const WAIT_MS = 5000;
/** Who has had a slot for longer, milliseconds, waits for something else, and somebody else may begin. */
const HOLD_MS = 250;

/**
 * Refused in one turn, two milliseconds of it: those who are refused ask again, and as many as are connected at once
 * would make turns in which nobody else is worked for. Too few, and refusals pile up as soon as turns take longer:
 * with eight, three times the peak on a machine with other work left a tenth of it.
 */
const REFUSALS = 32;

/**
 * Why a request was refused: the line was full, or it stood in it for too long; the engine that it needs takes nobody;
 * or its connection was one too many.
 */
export type ShedReason = 'line_full' | 'waited_too_long' | 'engine_full' | 'connections';

export interface Overload {
  /**
   * @param work is called now, later, or never; its slot is free when what it returns has settled
   * @param isEngineFull asked of what cannot be done without the engine, when it comes and when its turn comes: to be
   *   refused inside would cost ten times as much
   */
  admit: (
    request: IncomingMessage,
    work: () => Promise<unknown>,
    shed: (reason: ShedReason) => void,
    isEngineFull?: () => boolean,
  ) => void;
  /** In a later turn, a few in each. */
  refuse: (shed: () => void) => void;
  /**
   * Waits for what others do, without a slot; then for a slot, before all who have not begun.
   *
   * @param request without a slot of its own nothing is given back
   */
  outside: <T>(request: IncomingMessage, wait: () => Promise<T>) => Promise<T>;
  /**
   * As `outside`, for what is asked once for all who come in a turn: who is first in line begins in this one, so that
   * it is asked about in the same call. Who needs the engine keeps its slot, by which its place there is counted.
   */
  together: <T>(request: IncomingMessage, wait: () => Promise<T>) => Promise<T>;
  /** As `now`; undefined for a request that needed no slot. */
  arrivedAt: (request: IncomingMessage) => number | undefined;
  readonly busy: number;
  readonly waiting: number;
}

interface Slot {
  readonly arrivedAt: number;
  since: number;
  /** Its request is answered. */
  over: boolean;
  readonly needsEngine: boolean;
}

interface InLine {
  since: number;
  begin: () => void;
  shed: (reason: ShedReason) => void;
  isEngineFull: (() => boolean) | undefined;
}

/** @param deps.now milliseconds from any point in time; never goes back */
export function createOverload(deps: {
  now: () => number;
  /** Runs once what came in meanwhile has been read. */
  later?: (run: () => void) => void;
  after?: (ms: number, run: () => void) => void;
}): Overload {
  const { now, later = setImmediate, after = timer } = deps;
  const slots = new WeakMap<IncomingMessage, Slot>();
  const held = new Set<Slot>();
  /** Those who have begun go before those who have not. */
  const begun: (() => void)[] = [];
  const line: InLine[] = [];
  let refused: (() => void)[] = [];
  /** Slots that are on their way to somebody. */
  let handed = 0;
  /** Without a slot, in `together`. */
  let asking = 0;
  let watched = false;
  /** Since when somebody has been in line. */
  let lineSince = 0;

  const take = (slot: Slot) => {
    if (slot.over) return;
    slot.since = now();
    held.add(slot);
  };
  const give = (slot: Slot, when = later) => {
    if (held.delete(slot)) handOn(when);
  };
  const handOn = (when = later) => {
    const wanted = Math.min(SLOTS - held.size - handed, begun.length + line.length - handed);
    for (let n = 0; n < wanted; n += 1) {
      handed += 1;
      when(next);
    }
  };
  const next = () => {
    handed -= 1;
    const back = begun.shift();
    if (back !== undefined) return back();
    for (;;) {
      const first = line.shift();
      if (first === undefined) return;
      if (now() - first.since > WAIT_MS) first.shed('waited_too_long');
      else if (first.isEngineFull?.() === true) refuse(() => first.shed('engine_full'));
      else return first.begin();
    }
  };
  /** Only while somebody waits. */
  const watch = () => {
    if (watched) return;
    watched = true;
    after(HOLD_MS, () => {
      watched = false;
      for (const slot of held) {
        // In the order in which they were taken.
        if (now() - slot.since < HOLD_MS) break;
        held.delete(slot);
      }
      handOn();
      if (line.length + begun.length > 0) watch();
    });
  };
  const refuseSome = () => {
    const some = refused.slice(0, REFUSALS);
    refused = refused.slice(REFUSALS);
    if (refused.length > 0) later(refuseSome);
    for (const shed of some) shed();
  };
  const refuse = (shed: () => void) => {
    if (refused.push(shed) === 1) later(refuseSome);
  };
  const isFull = (at: number) => {
    const waiting = line.length + asking;
    if (waiting < STANDING_LINE) return false;
    const stands = at - lineSince >= STANDING_MS;
    const isSlow = at - (line[0]?.since ?? at) >= STANDING_WAIT_MS;
    return waiting >= LINE || (stands && isSlow);
  };
  const isFree = () => held.size + handed < SLOTS && begun.length + line.length === 0;

  const outside = async <T>(
    slot: Slot | undefined,
    wait: () => Promise<T>,
    when: (run: () => void) => void,
  ): Promise<T> => {
    if (slot === undefined || slot.over) return wait();
    give(slot, when);
    try {
      return await wait();
    } finally {
      if (slot.over || isFree()) take(slot);
      else {
        await new Promise<void>((resolve) => {
          begun.push(() => {
            take(slot);
            resolve();
          });
          watch();
          handOn();
        });
      }
    }
  };

  return {
    admit(request, work, shed, isEngineFull) {
      const arrivedAt = now();
      if (isEngineFull?.() === true) return refuse(() => shed('engine_full'));
      const begin = () => {
        const needsEngine = isEngineFull !== undefined;
        const slot: Slot = { arrivedAt, since: 0, over: false, needsEngine };
        slots.set(request, slot);
        take(slot);
        const done = () => {
          slot.over = true;
          give(slot);
        };
        void work().finally(done);
      };
      if (isFree()) return begin();
      if (line.length === 0) lineSince = arrivedAt;
      if (isFull(arrivedAt)) return refuse(() => shed('line_full'));
      line.push({ since: arrivedAt, begin, shed, isEngineFull });
      watch();
      handOn();
    },
    refuse,
    outside: (request, wait) => outside(slots.get(request), wait, later),
    async together(request, wait) {
      const slot = slots.get(request);
      if (slot === undefined || slot.over || slot.needsEngine || asking === TOGETHER) return wait();
      asking += 1;
      try {
        // A microtask is of this turn.
        return await outside(slot, wait, queueMicrotask);
      } finally {
        asking -= 1;
      }
    },
    arrivedAt: (request) => slots.get(request)?.arrivedAt,
    get busy() {
      return held.size;
    },
    get waiting() {
      return line.length + begun.length;
    },
  };
}

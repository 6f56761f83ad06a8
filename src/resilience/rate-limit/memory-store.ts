/**
 * The limiter inside this process: the only one where no Redis is configured, else the fallback limiter,
 * which has seen every request of this process and so is warm when Redis goes.
 *
 * Memory is fixed. When there is no room for another subject, newcomers share a fixed number of
 * overflow windows: stricter for them, and nobody who is counted is forgotten.
 */
import { chargeOf, fits, withoutStore } from './decision.ts';
import { CELLS, type Policy, type PolicySet } from './policy.ts';
import { setReading, waitOf, type Readings } from './readings.ts';
import { WindowTable, windowTableBytes, type WindowTableSize } from './window-table.ts';

/** 64 MiB: half a million addresses within an hour, each with its own windows. */
export const defaultTable: WindowTableSize = { windows: 2 ** 20, cells: 2 ** 21 };

/** Overflow windows of each policy (a power of two): how far newcomers are spread. */
const SHARED = 1024;
const sharedTable: WindowTableSize = { windows: 2 ** 14, cells: 2 ** 15 };

/** Bytes of the windows, whatever happens. */
export function memoryBudget(size: WindowTableSize = defaultTable): number {
  return windowTableBytes(size) + windowTableBytes(sharedTable);
}

/** What of a subject is counted by. */
export interface Counted {
  lows: readonly number[];
  highs: readonly number[];
  set: CountedSet;
}

interface CountedSet extends Pick<PolicySet, 'quotas' | 'enforced' | 'charged' | 'salts'> {
  policies: readonly Pick<Policy, 'windowMs' | 'onStoreError'>[];
}

/** So much was admitted, the last of it so long ago. */
export interface Counting {
  ageMs: number;
  count: number;
}

export interface MemoryStore {
  /** What `take` would say. */
  look: (subject: Counted, cost: number, quotas: readonly number[], now: number) => Readings;
  /** Decides, and counts what it admits. */
  take: (subject: Counted, cost: number, quotas: readonly number[], now: number) => Readings;
  /** Counts without deciding: what Redis is being asked about. @returns whether it would have fitted */
  reserve: (subject: Counted, cost: number, now: number) => boolean;
  /** Decides about what was reserved at `then`; takes it back when it does not fit. */
  settle: (subject: Counted, cost: number, then: number, now: number) => Readings;
  /** For each policy: what every other store must hold as well, whatever grid its cells lie on. */
  held: (subject: Counted, now: number) => number[];
  /** Of one policy: when the newest of what is counted was admitted, so much of it. */
  newest: (subject: Counted, policy: number, amount: number, now: number) => Counting[];
  /** Lets go of what was counted before `then`. */
  forget: (subject: Counted, then: number, now: number) => void;
  /** Takes back what was reserved: of every policy, or of those that the readings say were not written. */
  undo: (subject: Counted, cost: number, then: number, now: number, readings?: Readings) => void;
  reset: (subject: Counted, now: number) => void;
  /** Windows and cells in use. */
  size: () => { windows: number; cells: number };
}

export function createMemoryStore(deps: {
  size?: WindowTableSize;
  /** A subject found no room and shares a window. */
  onOverflow: () => void;
}): MemoryStore {
  const own = new WindowTable(deps.size ?? defaultTable);
  const shared = new WindowTable(sharedTable);
  /** Where the windows of the subject at hand were found; reused, since decisions never interleave. */
  const found: number[] = [];
  const tables: WindowTable[] = [];

  /** A subject that shares a window is judged by it until that is empty. */
  const find = (subject: Counted, i: number, now: number) => {
    const low = subject.lows[i] as number;
    const high = subject.highs[i] as number;
    let table = own;
    let window = own.find(low, high, now);
    if (window === 0 && shared.windows > 0) {
      const slot = high & (SHARED - 1);
      const overflow = shared.find(sharedLow(subject, i, slot), slot, now);
      if (overflow !== 0 && shared.used(overflow) > 0) {
        window = overflow;
        table = shared;
      }
    }
    found[i] = window;
    tables[i] = table;
  };

  /** For a subject without a window of its own: one, with what the shared one holds, if there is room. */
  const open = (subject: Counted, i: number, policy: Pick<Policy, 'windowMs'>, now: number) => {
    const high = subject.highs[i] as number;
    const window = own.open(subject.lows[i] as number, high, policy.windowMs, now);
    if (window !== 0) {
      if (tables[i] === shared) shared.copy(found[i] as number, own, window);
      tables[i] = own;
      found[i] = window;
      return;
    }
    deps.onOverflow();
    if (tables[i] === shared) return;
    const slot = high & (SHARED - 1);
    const low = sharedLow(subject, i, slot);
    tables[i] = shared;
    found[i] = shared.find(low, slot, now) || shared.open(low, slot, policy.windowMs, now);
  };

  /** Leaves `found` and `tables` filled. @returns whether all windows exist */
  const findAll = (subject: Counted, now: number): boolean => {
    let complete = true;
    for (let i = 0; i < subject.set.policies.length; i += 1) {
      find(subject, i, now);
      if (found[i] === 0) complete = false;
    }
    return complete;
  };

  const add = (subject: Counted, i: number, cost: number, now: number) => {
    const policy = subject.set.policies[i] as Pick<Policy, 'windowMs'>;
    // Opening one sweeps others, so what was found before may be gone.
    if (found[i] === 0) find(subject, i, now);
    const amount = chargeOf(subject.set, i, cost);
    if (amount === 0) return;
    if (found[i] === 0 || tables[i] === shared) open(subject, i, policy, now);
    (tables[i] as WindowTable).add(found[i] as number, amount, now);
  };

  /** @param extra what each policy is asked for on top of what it holds */
  const read = (subject: Counted, quotas: readonly number[], extra: number, now: number) => {
    const { policies } = subject.set;
    const readings: Readings = [];
    for (let i = 0; i < policies.length; i += 1) {
      const window = found[i] as number;
      const table = tables[i] as WindowTable;
      const quota = quotas[i] as number;
      if (window === 0) setReading(readings, i, 0, 0, 0);
      else {
        const wait = table.waitUntil(window, quota - chargeOf(subject.set, i, extra, quota), now);
        setReading(readings, i, table.used(window), wait, table.resetMs(window, now));
      }
    }
    return readings;
  };

  /** The usual case: everything found has room. */
  const roomy = (set: CountedSet, quotas: readonly number[], cost: number): boolean => {
    for (let i = 0; i < set.policies.length; i += 1) {
      const window = found[i] as number;
      const held = window === 0 ? 0 : (tables[i] as WindowTable).used(window);
      const quota = quotas[i] as number;
      if (held + chargeOf(set, i, cost, quota) > quota) return false;
    }
    return true;
  };

  const undo: MemoryStore['undo'] = (subject, cost, then, now, readings) => {
    const { set } = subject;
    if (readings !== undefined && fits(readings, set, true)) return;
    const enforced = readings !== undefined && fits(readings, set, false);
    findAll(subject, now);
    for (let i = 0; i < set.policies.length; i += 1) {
      const written = set.enforced[i] === true && enforced;
      const window = found[i] as number;
      const amount = chargeOf(set, i, cost);
      if (!written && window !== 0 && amount > 0)
        (tables[i] as WindowTable).remove(window, amount, then);
    }
  };

  return {
    look(subject, cost, quotas, now) {
      findAll(subject, now);
      return read(subject, quotas, cost, now);
    },
    take(subject, cost, quotas, now) {
      const { set } = subject;
      const complete = findAll(subject, now);
      const free = roomy(set, quotas, cost);
      const readings: Readings = free ? [] : read(subject, quotas, cost, now);
      const enforced = free || fits(readings, set, false);
      const all = free || (enforced && fits(readings, set, true));
      if (!complete) found.fill(0);
      for (let i = 0; i < set.policies.length; i += 1) {
        if (!(set.enforced[i] ? enforced : all)) continue;
        add(subject, i, cost, now);
        const table = tables[i] as WindowTable;
        const window = found[i] as number;
        const wait = free ? 0 : waitOf(readings, i);
        if (window === 0) setReading(readings, i, 0, 0, 0);
        else setReading(readings, i, table.used(window), wait, table.resetMs(window, now));
      }
      return readings;
    },
    reserve(subject, cost, now) {
      const { set } = subject;
      const complete = findAll(subject, now);
      const hasRoom = roomy(set, set.quotas, cost);
      if (!complete) found.fill(0);
      for (let i = 0; i < set.policies.length; i += 1) add(subject, i, cost, now);
      return hasRoom;
    },
    settle(subject, cost, then, now) {
      findAll(subject, now);
      const { set } = subject;
      const readings = withoutStore(read(subject, set.quotas, 0, now), set);
      undo(subject, cost, then, now, readings);
      return readings;
    },
    held(subject, now) {
      findAll(subject, now);
      return subject.set.policies.map(({ windowMs }, i) => {
        const window = found[i] as number;
        const since = now - windowMs * (1 - 2 / CELLS);
        return window === 0 ? 0 : (tables[i] as WindowTable).usedSince(window, since);
      });
    },
    newest(subject, policy, amount, now) {
      findAll(subject, now);
      const window = found[policy] as number;
      if (window === 0) return [];
      const cells = (tables[policy] as WindowTable).newest(window, amount);
      return cells.map(({ at, count }) => ({ ageMs: now - at, count }));
    },
    forget(subject, then, now) {
      findAll(subject, now);
      for (let i = 0; i < subject.set.policies.length; i += 1) {
        if (found[i] !== 0) (tables[i] as WindowTable).forget(found[i] as number, then);
      }
    },
    undo,
    reset(subject, now) {
      findAll(subject, now);
      found.forEach((window, i) => {
        if (window !== 0 && i < subject.set.policies.length)
          (tables[i] as WindowTable).delete(window);
      });
    },
    size: () => ({ windows: own.windows + shared.windows, cells: own.cells + shared.cells }),
  };
}

/** Overflow windows belong to a policy, not to a subject. */
function sharedLow(subject: Counted, i: number, slot: number): number {
  return ((subject.set.salts[i] as number) ^ slot) >>> 0;
}

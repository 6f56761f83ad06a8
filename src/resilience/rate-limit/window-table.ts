/**
 * Sliding windows of many subjects in a fixed piece of memory.
 *
 * A window is a list of cells, oldest first: how much was admitted, and when last. Cells lie on a
 * grid of a twentieth of the window, so a window has at most 21. A cell counts in full until its
 * *last* admission is a window old, so in any window no more than the quota is admitted, and the
 * moment at which room appears is known to the millisecond.
 *
 * Guarantees: memory is what `windowTableBytes` says, allocated once. A window that holds anything
 * is never dropped. When the cells run out a window grows its newest cell instead, which only makes
 * it stricter; when there is no room for a new window, `open` says so (0).
 */
import { CELLS } from './policy.ts';

const HEADER_BYTES = 8 * 4;
const CELL_BYTES = 16;

/** Windows looked at, when one is opened, for others that have run out. */
const SWEEP = 4;

export interface WindowTableSize {
  /** A power of two. */
  windows: number;
  /** At least as many as windows. */
  cells: number;
}

/** What a table of this size takes, for good. */
export function windowTableBytes({ windows, cells }: WindowTableSize): number {
  return windows * HEADER_BYTES + cells * CELL_BYTES;
}

/** Times are milliseconds of any clock that never runs backwards, fractions allowed. A window is named by 64 bits. */
export class WindowTable {
  // Index 0 means none, in every list.
  readonly #mask: number;
  readonly #chains: Uint32Array;
  readonly #keyLow: Uint32Array;
  readonly #keyHigh: Uint32Array;
  readonly #windowMs: Uint32Array;
  readonly #oldest: Uint32Array;
  readonly #newest: Uint32Array;
  readonly #sum: Uint32Array;
  /** Next in its chain, or in the list of free windows. */
  readonly #next: Uint32Array;
  readonly #cellTime: Float64Array;
  readonly #cellCount: Uint32Array;
  readonly #cellNext: Uint32Array;

  #freeWindow = 0;
  #unusedWindow = 1;
  #freeCell = 0;
  #unusedCell = 1;
  #hand = 1;
  #windows = 0;
  #cells = 0;

  constructor({ windows, cells }: WindowTableSize) {
    this.#mask = windows - 1;
    const perWindow = () => new Uint32Array(windows);
    this.#chains = perWindow();
    this.#keyLow = perWindow();
    this.#keyHigh = perWindow();
    this.#windowMs = perWindow();
    this.#oldest = perWindow();
    this.#newest = perWindow();
    this.#sum = perWindow();
    this.#next = perWindow();
    this.#cellTime = new Float64Array(cells);
    this.#cellCount = new Uint32Array(cells);
    this.#cellNext = new Uint32Array(cells);
  }

  get windows(): number {
    return this.#windows;
  }

  get cells(): number {
    return this.#cells;
  }

  /** @returns the window of that name with what is out of date dropped, or 0 */
  find(low: number, high: number, now: number): number {
    let window = this.#at(this.#chains, low & this.#mask);
    while (window !== 0) {
      if (this.#at(this.#keyLow, window) === low && this.#at(this.#keyHigh, window) === high) {
        this.#drop(window, now);
        return window;
      }
      window = this.#at(this.#next, window);
    }
    return 0;
  }

  /** @returns a new window, or 0 when there is no room; the next call must `add` to it */
  open(low: number, high: number, windowMs: number, now: number): number {
    this.#sweep(now);
    const cell = this.#takeCell();
    if (cell === 0) return 0;
    const window = this.#takeWindow();
    if (window === 0) {
      this.#giveCell(cell);
      return 0;
    }
    const chain = low & this.#mask;
    this.#keyLow[window] = low;
    this.#keyHigh[window] = high;
    this.#windowMs[window] = windowMs;
    this.#sum[window] = 0;
    this.#oldest[window] = cell;
    this.#newest[window] = cell;
    this.#next[window] = this.#at(this.#chains, chain);
    this.#chains[chain] = window;
    this.#fill(cell, 0, 0);
    return window;
  }

  /** What the window holds; call `find` first. */
  used(window: number): number {
    return this.#at(this.#sum, window);
  }

  /** @returns whole milliseconds until no more than `most` is held; 0 when that is so now */
  waitUntil(window: number, most: number, now: number): number {
    let surplus = this.used(window) - most;
    if (surplus <= 0) return 0;
    let cell = this.#at(this.#oldest, window);
    for (;;) {
      surplus -= this.#at(this.#cellCount, cell);
      const next = this.#at(this.#cellNext, cell);
      if (surplus <= 0 || next === 0) break;
      cell = next;
    }
    // In this order: (time + window) - now can round up to more than the window.
    return Math.ceil(this.#at(this.#windowMs, window) - (now - this.#at(this.#cellTime, cell)));
  }

  /** @returns whole milliseconds until some of what is held is let go; 0 when nothing is */
  resetMs(window: number, now: number): number {
    return this.used(window) === 0 ? 0 : this.waitUntil(window, this.used(window) - 1, now);
  }

  add(window: number, amount: number, now: number): void {
    const newest = this.#at(this.#newest, window);
    const last = this.#at(this.#cellTime, newest);
    const width = this.#at(this.#windowMs, window) / CELLS;
    const empty = this.#at(this.#cellCount, newest) === 0;
    const same = empty || Math.floor(last / width) === Math.floor(now / width);
    const cell = same ? 0 : this.#takeCell();
    this.#sum[window] = this.used(window) + amount;
    if (cell === 0) {
      this.#cellTime[newest] = Math.max(last, now);
      this.#cellCount[newest] = this.#at(this.#cellCount, newest) + amount;
      return;
    }
    this.#fill(cell, amount, now);
    this.#cellNext[newest] = cell;
    this.#newest[window] = cell;
  }

  /** Gives back what was added at `then`. */
  remove(window: number, amount: number, then: number): void {
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0 && this.#at(this.#cellTime, cell) < then)
      cell = this.#at(this.#cellNext, cell);
    const removed = Math.min(amount, this.#at(this.#cellCount, cell));
    this.#cellCount[cell] = this.#at(this.#cellCount, cell) - removed;
    this.#sum[window] = this.used(window) - removed;
  }

  /** What the cells hold whose last admission was not before `then`. */
  usedSince(window: number, then: number): number {
    let sum = this.used(window);
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0 && this.#at(this.#cellTime, cell) < then) {
      sum -= this.#at(this.#cellCount, cell);
      cell = this.#at(this.#cellNext, cell);
    }
    return sum;
  }

  /** The newest cells that hold so much together, oldest first: when each was admitted last, and how much. */
  newest(window: number, amount: number): { at: number; count: number }[] {
    let others = this.used(window) - amount;
    const cells: { at: number; count: number }[] = [];
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0) {
      const count = this.#at(this.#cellCount, cell);
      const wanted = count - Math.max(0, Math.min(others, count));
      others -= count;
      if (wanted > 0) cells.push({ at: this.#at(this.#cellTime, cell), count: wanted });
      cell = this.#at(this.#cellNext, cell);
    }
    return cells;
  }

  /** Lets go of the cells whose last admission was not after `then`. */
  forget(window: number, then: number): void {
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0 && this.#at(this.#cellTime, cell) <= then) {
      this.#sum[window] = this.used(window) - this.#at(this.#cellCount, cell);
      this.#cellCount[cell] = 0;
      cell = this.#at(this.#cellNext, cell);
    }
  }

  /** Adds all that the window holds to an empty one of another table. */
  copy(window: number, to: WindowTable, target: number): void {
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0) {
      to.add(target, this.#at(this.#cellCount, cell), this.#at(this.#cellTime, cell));
      cell = this.#at(this.#cellNext, cell);
    }
  }

  delete(window: number): void {
    const chain = this.#at(this.#keyLow, window) & this.#mask;
    let before = this.#at(this.#chains, chain);
    if (before === window) this.#chains[chain] = this.#at(this.#next, window);
    else {
      while (this.#at(this.#next, before) !== window) before = this.#at(this.#next, before);
      this.#next[before] = this.#at(this.#next, window);
    }
    let cell = this.#at(this.#oldest, window);
    while (cell !== 0) {
      const next = this.#at(this.#cellNext, cell);
      this.#giveCell(cell);
      cell = next;
    }
    // Marks it as free for the sweep.
    this.#oldest[window] = 0;
    this.#next[window] = this.#freeWindow;
    this.#freeWindow = window;
    this.#windows -= 1;
  }

  /** The arrays are as long as their indices reach; the compiler cannot know. */
  #at(array: Uint32Array | Float64Array, index: number): number {
    return array[index] as number;
  }

  /** Lets go of the cells that are a window old. The last one stays, empty: `add` must never need a cell. */
  #drop(window: number, now: number): void {
    const limit = now - this.#at(this.#windowMs, window);
    let cell = this.#at(this.#oldest, window);
    while (this.#at(this.#cellTime, cell) <= limit) {
      this.#sum[window] = this.used(window) - this.#at(this.#cellCount, cell);
      const next = this.#at(this.#cellNext, cell);
      if (next === 0) {
        this.#cellCount[cell] = 0;
        break;
      }
      this.#giveCell(cell);
      cell = next;
    }
    this.#oldest[window] = cell;
  }

  #sweep(now: number): void {
    for (let step = 0; step < SWEEP && this.#unusedWindow > 1; step += 1) {
      const window = this.#hand;
      this.#hand = window + 1 < this.#unusedWindow ? window + 1 : 1;
      if (this.#at(this.#oldest, window) === 0) continue;
      const last = this.#at(this.#cellTime, this.#at(this.#newest, window));
      if (last + this.#at(this.#windowMs, window) <= now) this.delete(window);
    }
  }

  #takeWindow(): number {
    const free = this.#freeWindow;
    if (free !== 0) this.#freeWindow = this.#at(this.#next, free);
    else if (this.#unusedWindow >= this.#next.length) return 0;
    this.#windows += 1;
    return free === 0 ? this.#unusedWindow++ : free;
  }

  #takeCell(): number {
    const free = this.#freeCell;
    if (free !== 0) this.#freeCell = this.#at(this.#cellNext, free);
    else if (this.#unusedCell >= this.#cellNext.length) return 0;
    this.#cells += 1;
    return free === 0 ? this.#unusedCell++ : free;
  }

  #giveCell(cell: number): void {
    this.#cellNext[cell] = this.#freeCell;
    this.#freeCell = cell;
    this.#cells -= 1;
  }

  #fill(cell: number, count: number, now: number): void {
    this.#cellTime[cell] = now;
    this.#cellCount[cell] = count;
    this.#cellNext[cell] = 0;
  }
}

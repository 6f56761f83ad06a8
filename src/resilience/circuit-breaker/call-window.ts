const SLOTS = 20;

/**
 * Counts of the calls of the last `spanMs`, in 20 slots: constant memory, whatever the traffic. A
 * call is forgotten between 19/20 of the span and the span.
 */
export class CallWindow {
  readonly #slotMs: number;
  readonly #calls = new Uint32Array(SLOTS);
  readonly #failures = new Uint32Array(SLOTS);
  /** Number of the slot, counted from the clock's zero, that is filled now. */
  #slot = 0;
  calls = 0;
  failures = 0;

  constructor(spanMs: number) {
    this.#slotMs = spanMs / SLOTS;
  }

  add(now: number, failed: boolean): void {
    const slot = this.advance(now) % SLOTS;
    this.calls += 1;
    this.#calls[slot] = (this.#calls[slot] ?? 0) + 1;
    if (!failed) return;
    this.failures += 1;
    this.#failures[slot] = (this.#failures[slot] ?? 0) + 1;
  }

  /** Forgets what is too old. */
  advance(now: number): number {
    const slot = Math.floor(now / this.#slotMs);
    const passed = slot - this.#slot;
    if (passed <= 0) return this.#slot;
    if (passed >= SLOTS) this.clear();
    else for (let next = this.#slot + 1; next <= slot; next += 1) this.#empty(next % SLOTS);
    this.#slot = slot;
    return slot;
  }

  #empty(slot: number): void {
    this.calls -= this.#calls[slot] ?? 0;
    this.failures -= this.#failures[slot] ?? 0;
    this.#calls[slot] = 0;
    this.#failures[slot] = 0;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.calls = 0;
    this.failures = 0;
  }

  /** 0 while there are no calls. */
  get failureRatio(): number {
    return this.calls === 0 ? 0 : this.failures / this.calls;
  }
}

/** Of the breaker's options. */
export interface FailureRowOptions {
  failuresInRow: number;
  silencesInRow: number | null;
  stableMs: number;
}

/** Failures one after another, without a success or a stable time between them. */
export class FailureRow {
  readonly #options: FailureRowOptions;
  #failures = 0;
  /** Times without an answer, each of calls that began after the one before was found. */
  #silences = 0;
  #silentAt = 0;
  #lastAt: number;

  constructor(options: FailureRowOptions, now: number) {
    this.#options = options;
    this.#lastAt = now;
  }

  /** @param isSilence there was no answer @returns false for a call that waited in vain while another did that is counted */
  add(startedAt: number, isSilence: boolean, now: number): boolean {
    const { silencesInRow, stableMs } = this.#options;
    if (now - this.#lastAt > stableMs) this.clear();
    if (silencesInRow !== null && isSilence) {
      if (this.#silences > 0 && startedAt <= this.#silentAt) return false;
      this.#silences += 1;
      this.#silentAt = now;
    } else this.#failures += 1;
    this.#lastAt = now;
    return true;
  }

  clear(): void {
    this.#failures = 0;
    this.#silences = 0;
  }

  get length(): number {
    return this.#failures + this.#silences;
  }

  /** It is long enough to open the breaker. */
  get isFull(): boolean {
    const { failuresInRow, silencesInRow } = this.#options;
    const isSilent = silencesInRow !== null && this.#silences >= silencesInRow;
    return isSilent || this.#failures >= failuresInRow;
  }
}

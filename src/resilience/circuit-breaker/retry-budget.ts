/** A retry costs what ten calls pay in, so that retries are at most a tenth of the calls, and one. */
const COST = 10;
/** Calls long ago pay for no more than ten retries at once. */
const MAX_SAVED = 10 * COST;

export class RetryBudget {
  #saved = COST;

  /** For each call, not for its retries. */
  payIn(): void {
    this.#saved = Math.min(MAX_SAVED, this.#saved + 1);
  }

  /** @returns whether there is enough for one more retry */
  take(): boolean {
    if (this.#saved < COST) return false;
    this.#saved -= COST;
    return true;
  }
}

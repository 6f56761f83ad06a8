/** A call that runs; the links are of the list it is in, so that to join and to leave cost the same always. */
export interface Running {
  startedAt: number;
  /** Counted while it ran. */
  isSlow: boolean;
  list: RunningCalls | null;
  older: Running | null;
  younger: Running | null;
}

/** The calls that run, oldest first: they join in the order in which they start. */
export class RunningCalls {
  oldest: Running | null = null;
  #youngest: Running | null = null;

  add(call: Running): void {
    call.list = this;
    call.older = this.#youngest;
    if (this.#youngest === null) this.oldest = call;
    else this.#youngest.younger = call;
    this.#youngest = call;
  }

  remove(call: Running): void {
    const { older, younger } = call;
    if (older === null) this.oldest = younger;
    else older.younger = younger;
    if (younger === null) this.#youngest = older;
    else younger.older = older;
    call.list = null;
    call.older = null;
    call.younger = null;
  }
}

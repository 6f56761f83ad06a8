/** A call that runs; the links are of the list it is in, so that to join and to leave cost the same always. */
export interface Running {
  startedAt: number;
  list: RunningCalls<Running> | null;
  older: Running | null;
  younger: Running | null;
}

/** The calls that run, oldest first: they join in the order in which they start. */
export class RunningCalls<T extends Running> {
  oldest: T | null = null;
  #youngest: T | null = null;

  add(call: T): void {
    call.list = this as unknown as RunningCalls<Running>;
    call.older = this.#youngest;
    if (this.#youngest === null) this.oldest = call;
    else this.#youngest.younger = call;
    this.#youngest = call;
  }

  remove(call: T): void {
    const older = call.older as T | null;
    const younger = call.younger as T | null;
    if (older === null) this.oldest = younger;
    else older.younger = younger;
    if (younger === null) this.#youngest = older;
    else younger.older = older;
    call.list = null;
    call.older = null;
    call.younger = null;
  }
}

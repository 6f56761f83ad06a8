/** When work must end, and why it did. Its signal is made when first asked for: most never do, and it is dear. */
export class Deadline {
  /** Why the work is to stop, once it is. */
  reason: Error | undefined;
  #settled = false;
  #controller: AbortController | undefined;
  readonly #end = Promise.withResolvers<never>();

  /** Rejects with the reason, once the work is to stop. */
  get over(): Promise<never> {
    return this.#end.promise;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.reason !== undefined) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    if (this.#settled || this.reason !== undefined) return;
    this.reason = reason;
    this.#end.reject(reason);
    this.#controller?.abort(reason);
  }

  /** The work is done; what happens to the connection now is no reason to stop anything. */
  settle(): void {
    this.#settled = true;
  }
}

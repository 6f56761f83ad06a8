/** A call was refused without being made. Whoever has a stand-in uses it; else the client gets 503 and `Retry-After`. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly breaker: string;
  /** Milliseconds, at least 1. */
  readonly retryAfterMs: number;

  constructor(breaker: string, retryAfterMs: number) {
    // A rejection is no fault of the code that called: its stack costs most of it and tells nothing.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(`The circuit breaker ${breaker} lets no call through.`);
    Error.stackTraceLimit = limit;
    this.breaker = breaker;
    this.retryAfterMs = Math.max(1, Math.ceil(retryAfterMs));
  }
}

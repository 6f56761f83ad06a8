import { ServerResponse } from 'node:http';

/** Says in its headers how long the answer took: that is known only when they are written. */
export class TimedResponse extends ServerResponse {
  /** `Server-Timing` up to the milliseconds; empty until somebody has told it. */
  timing = '';
  /** Monotonic milliseconds (`performance.now()`). */
  startedAt = 0;

  override writeHead(...args: unknown[]): this {
    if (this.timing !== '') {
      const ms = performance.now() - this.startedAt;
      this.setHeader('Server-Timing', `${this.timing}${ms.toFixed(3)}`);
    }
    return super.writeHead(...(args as [number]));
  }
}

import { GatheredResponse } from '../server/gathered-response.ts';

/** Says in its headers how long the answer took: that is known only when they are written. */
export class TimedResponse extends GatheredResponse {
  /** `Server-Timing` up to the milliseconds; empty until somebody has told it. */
  timing = '';
  /** Monotonic milliseconds (`performance.now()`); negative until somebody has told it. */
  startedAt = -1;

  override writeHead(status: number, ...rest: unknown[]): this {
    if (this.startedAt >= 0) {
      const ms = performance.now() - this.startedAt;
      this.setHeader('X-Process-Time', (ms / 1000).toFixed(6));
      if (this.timing !== '') this.setHeader('Server-Timing', `${this.timing}${ms.toFixed(3)}`);
    }
    return super.writeHead(status, ...rest);
  }
}

import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';

/** How long to stay open: longer each time it is in vain, with full jitter, up to a cap. Milliseconds. */
export class OpenTime {
  readonly #options: Pick<CircuitBreakerOptions, 'openMs' | 'maxOpenMs'>;
  /** 0 ≤ x < 1 */
  readonly #random: () => number;
  /** One after another, without a stable time between them. */
  #openings = 0;

  constructor(options: Pick<CircuitBreakerOptions, 'openMs' | 'maxOpenMs'>, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  next(): number {
    const { openMs, maxOpenMs } = this.#options;
    const ceiling = Math.min(maxOpenMs, openMs * 2 ** this.#openings);
    // A count that no growth needs would end as Infinity.
    this.#openings = Math.min(this.#openings + 1, 50);
    return openMs + this.#random() * (ceiling - openMs);
  }

  reset(): void {
    this.#openings = 0;
  }
}

/** What the benchmark uses of opossum, which brings no types. */
declare module 'opossum' {
  export default class CircuitBreaker {
    constructor(action: (work: () => Promise<number>) => Promise<number>, options?: object);
    fire(work: () => Promise<number>): Promise<number>;
    open(): void;
    shutdown(): void;
  }
}

/** What the benchmark uses of cockatiel, which is installed beside the benchmarks only. */
declare module 'cockatiel' {
  interface Breaker {
    readonly state: unknown;
  }
  export const ConsecutiveBreaker: new (failures: number) => Breaker;
  export const SamplingBreaker: new (options: {
    threshold: number;
    duration: number;
    minimumRps: number;
  }) => Breaker;
  export const handleAll: object;
  export function circuitBreaker(
    failures: object,
    options: { halfOpenAfter: number; breaker: Breaker },
  ): { execute(work: () => Promise<number>): Promise<number> };
}

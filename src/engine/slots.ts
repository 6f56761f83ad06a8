/**
 * So many may be taken at a time; the others wait, in the order in which they asked.
 *
 * @param freed one is free, and nobody waits for it
 */
export function createSlots(count: number, freed: () => void = () => {}) {
  const waiting = new Set<() => void>();
  let taken = 0;

  const give = () => {
    const [next] = waiting;
    if (next === undefined) {
      taken -= 1;
      freed();
    } else {
      waiting.delete(next);
      next();
    }
  };
  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return waiting.size;
    },
    /**
     * Resolves when one is the caller's, until it is given.
     *
     * @throws the signal's reason, at once; then none is taken
     */
    async take(signal: AbortSignal): Promise<void> {
      if (taken < count) {
        taken += 1;
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = () => {
        if (waiting.delete(resolve)) reject(signal.reason);
      };
      waiting.add(resolve);
      signal.addEventListener('abort', leave, { once: true });
      await promise.finally(() => signal.removeEventListener('abort', leave));
      if (!signal.aborted) return;
      give();
      signal.throwIfAborted();
    },
    give,
  };
}

/** What looks after stored things without being asked: round after round, in no trace, and never two at a time. */
import { untraced } from '#telemetry/tracing.ts';

export interface Rounds {
  /** A round now; during one: another one right after it. Nobody has to wait for it. */
  begin: () => void;
  /** A long round looks at it, and ends early. */
  isClosed: () => boolean;
  /** There is no other round. Resolves when none runs any more. */
  close: () => Promise<void>;
}

/** `round` and `failed` give the milliseconds until the next one. */
export function createRounds(deps: {
  round: () => Promise<number>;
  /** It has thrown. */
  failed: (error: unknown) => number;
  /** @returns cancels */
  after: (ms: number, run: () => void) => () => void;
}): Rounds {
  let isClosed = false;
  let isWanted = false;
  let cancel = () => {};
  let running: Promise<void> | undefined;

  const begin = () => {
    if (isClosed) return;
    if (running !== undefined) {
      isWanted = true;
      return;
    }
    cancel();
    isWanted = false;
    // Whoever sets it off does not wait: it is no part of their trace.
    running = untraced(deps.round)
      .catch(deps.failed)
      .then((ms) => {
        running = undefined;
        if (isClosed) return;
        if (isWanted) begin();
        else cancel = deps.after(ms, begin);
      });
  };
  return {
    begin,
    isClosed: () => isClosed,
    async close() {
      isClosed = true;
      cancel();
      await running;
    },
  };
}

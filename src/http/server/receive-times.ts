/** How long a request may take to come, where that is longer than for others (`ServerLimits.receiveMs`). */
import type { IncomingMessage } from 'node:http';

export interface ReceiveTimes {
  /** Milliseconds from its start; of one that has been admitted. */
  allow: (request: IncomingMessage, ms: number) => void;
  /** 0: as long as others. */
  of: (request: IncomingMessage) => number;
}

export function createReceiveTimes(): ReceiveTimes {
  const times = new WeakMap<IncomingMessage, number>();
  return {
    allow: (request, ms) => void times.set(request, ms),
    of: (request) => times.get(request) ?? 0,
  };
}

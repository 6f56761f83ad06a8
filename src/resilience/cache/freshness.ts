/**
 * Trust: how long an entry of this process may be served without asking Redis.
 *
 * Every invalidation has a number. Those of other processes come over the bus; a gap, a new epoch or a new
 * connection make what is held *suspect*. The heartbeat asks Redis for the last number: when the bus has
 * brought everything up to it, what is held was right at the moment the question was sent. So a bus
 * that lost its last message, hangs, or is cut is noticed without anybody having to speak.
 */
import type { Clock } from './cache.ts';
import type { Position } from './shared-tier.ts';

export const HEARTBEAT_MS = 5000;
/** Longest time for which an entry is served on its last confirmation. */
export const STALENESS_MS = 2 * HEARTBEAT_MS;
/** Even on a healthy bus an entry is compared with Redis after this. */
const LONGEST_UNCHECKED_MS = 30_000;

export interface Trust {
  /** @param checkedAt when the question was sent whose answer the entry is */
  trusted: (checkedAt: number, now?: number) => boolean;
  /** Redis cannot be asked: whether what is known is young enough to be served. */
  tolerable: (checkedAt: number, now?: number) => boolean;
  heard: (position: Position) => void;
  connected: (connected: boolean) => void;
  /** @param sentAt when it was asked for */
  polled: (position: Position, sentAt: number) => void;
  readonly busConnected: boolean;
}

export function createTrust(deps: {
  clock: Clock;
  events: { busGap: () => void; busConnected: (connected: boolean) => void };
}): Trust {
  const { clock, events } = deps;
  /** Since when messages arrive; null while they do not. */
  let connectedAt: number | null = null;
  /** Up to here everything was heard, or is older than what is trusted. */
  let heard: (Position & { at: number }) | null = null;
  /** Entries confirmed before are suspect. */
  let since = Number.POSITIVE_INFINITY;
  let verifiedAt = Number.NEGATIVE_INFINITY;
  /** Redis was further than the bus when it was asked. */
  let awaited: { number: number; sentAt: number } | null = null;

  const restart = ({ epoch, number }: Position, at: number) => {
    if (heard !== null) events.busGap();
    heard = { epoch, number, at: clock.nowMs() };
    since = at;
    awaited = null;
  };
  const confirmedAt = (checkedAt: number) =>
    checkedAt >= since ? Math.max(checkedAt, verifiedAt) : checkedAt;
  const tolerable = (checkedAt: number, now = clock.nowMs()) =>
    now - confirmedAt(checkedAt) < STALENESS_MS;
  const verify = (at: number) => {
    verifiedAt = Math.max(verifiedAt, at);
    awaited = null;
  };

  /** Whether what was heard does not lead up to where Redis is. */
  const broken = ({ epoch, number }: Position, sentAt: number): boolean => {
    if (heard === null || epoch !== heard.epoch) return true;
    // Behind what was heard before it was asked: Redis itself has forgotten.
    if (number < heard.number && heard.at < sentAt) return true;
    // A whole heartbeat later the bus has still not brought what Redis had then.
    return awaited !== null && number > heard.number;
  };

  return {
    trusted: (checkedAt, now = clock.nowMs()) =>
      checkedAt >= since && now - checkedAt < LONGEST_UNCHECKED_MS && tolerable(checkedAt, now),
    tolerable,
    heard(position) {
      const { epoch, number } = position;
      const lost = heard === null || epoch !== heard.epoch || number > heard.number + 1;
      if (heard === null || lost) return restart(position, clock.nowMs());
      if (number <= heard.number) return;
      heard = { epoch, number, at: clock.nowMs() };
      if (awaited !== null && number >= awaited.number) verify(awaited.sentAt);
    },
    connected(connected) {
      if (connected !== (connectedAt !== null)) events.busConnected(connected);
      connectedAt = connected ? clock.nowMs() : null;
      // What was said meanwhile is not known: nothing is trusted until Redis was asked.
      heard = null;
      since = Number.POSITIVE_INFINITY;
      awaited = null;
    },
    polled(position, sentAt) {
      if (connectedAt === null || sentAt < connectedAt) return;
      if (broken(position, sentAt)) {
        restart(position, sentAt);
        verify(sentAt);
      } else if (heard !== null && position.number <= heard.number) {
        verify(sentAt);
      } else {
        awaited = { number: position.number, sentAt };
      }
    },
    get busConnected() {
      return connectedAt !== null;
    },
  };
}

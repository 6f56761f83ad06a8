/**
 * Freshness: how long an entry of this process may be served without asking Redis.
 *
 * Every invalidation has a number. Those of other processes come over the bus; a gap, a new epoch or a new
 * connection make what is held *suspect*. The heartbeat asks Redis for the last number: when the bus has
 * brought everything up to it, what is held was right at the moment the question was sent. So a bus
 * that lost its last message, hangs, or is cut is noticed without anybody having to speak.
 */
import type { CacheEvents, Clock } from './cache.ts';
import type { Position } from './remote-tier.ts';

export const HEARTBEAT_MS = 5000;
/** Longest time for which an entry is served on its last confirmation. */
export const STALENESS_MS = 2 * HEARTBEAT_MS;
/** Even on a healthy bus an entry is compared with Redis after this. */
const LONGEST_UNCHECKED_MS = 30_000;

export type Freshness = ReturnType<typeof createFreshness>;

export function createFreshness(deps: {
  clock: Clock;
  events: Pick<CacheEvents, 'busGap' | 'busConnected'>;
}) {
  const { clock, events } = deps;
  /** Since when messages arrive; null while they do not. */
  let connectedAt: number | null = null;
  /** Up to here everything was heard, or is older than what is held to be right. */
  let heard: (Position & { at: number }) | null = null;
  /** Entries confirmed before are suspect. */
  let suspectBefore = Infinity;
  /** When the last question was sent whose answer the bus had brought completely. */
  let verifiedAt = -Infinity;
  /** Redis was further than the bus when it was asked. */
  let awaited: { number: number; sentAt: number } | null = null;

  const restart = ({ epoch, number }: Position, at: number) => {
    if (heard !== null) events.busGap();
    heard = { epoch, number, at: clock.nowMs() };
    suspectBefore = at;
    awaited = null;
  };
  const verify = (at: number) => {
    verifiedAt = Math.max(verifiedAt, at);
    awaited = null;
  };
  /** Whether what was heard does not lead up to where Redis is. */
  const isBroken = ({ epoch, number }: Position, sentAt: number): boolean => {
    if (heard === null || epoch !== heard.epoch) return true;
    // Behind what was heard before it was asked: Redis itself has forgotten.
    if (number < heard.number && heard.at < sentAt) return true;
    // A whole heartbeat later the bus has still not brought what Redis had then.
    return awaited !== null && number > heard.number;
  };
  /** Whether it may be served while Redis cannot be asked. @param checkedAt as below */
  const isTolerable = (checkedAt: number, now = clock.nowMs()): boolean => {
    const isSuspect = checkedAt < suspectBefore;
    return now - (isSuspect ? checkedAt : Math.max(checkedAt, verifiedAt)) < STALENESS_MS;
  };

  return {
    isTolerable,
    /** @param checkedAt when the question was sent whose answer the entry is */
    isFresh: (checkedAt: number, now = clock.nowMs()): boolean =>
      checkedAt >= suspectBefore &&
      now - checkedAt < LONGEST_UNCHECKED_MS &&
      isTolerable(checkedAt, now),
    /** An invalidation came over the bus. */
    heard(position: Position): void {
      const { epoch, number } = position;
      if (heard === null || epoch !== heard.epoch || number > heard.number + 1) {
        return restart(position, clock.nowMs());
      }
      if (number <= heard.number) return;
      heard = { epoch, number, at: clock.nowMs() };
      if (awaited !== null && number >= awaited.number) verify(awaited.sentAt);
    },
    connected(connected: boolean): void {
      if (connected !== (connectedAt !== null)) events.busConnected(connected);
      connectedAt = connected ? clock.nowMs() : null;
      // What was said meanwhile is not known: all is suspect until Redis was asked.
      heard = null;
      suspectBefore = Infinity;
      awaited = null;
    },
    /** Redis said where it is. @param sentAt when it was asked */
    polled(position: Position, sentAt: number): void {
      if (connectedAt === null || sentAt < connectedAt) return;
      const broken = isBroken(position, sentAt);
      if (broken) restart(position, sentAt);
      if (broken || position.number <= (heard?.number ?? 0)) verify(sentAt);
      else awaited = { number: position.number, sentAt };
    },
    get busConnected(): boolean {
      return connectedAt !== null;
    },
  };
}

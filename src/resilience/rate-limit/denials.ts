import { LRUCache } from 'lru-cache';
import { longestWait } from './decision.ts';
import { aged, type Readings } from './readings.ts';
import { nameOf, type Subject } from './subject.ts';

/** So that a reset by an operator reaches every process. Milliseconds. */
const FRESH_MS = 10_000;

interface Denial {
  readings: Readings;
  cost: number;
  /** When Redis was asked, and when its answer came: the truth lies between. */
  askedAt: number;
  answeredAt: number;
}

interface Denied {
  readings: Readings;
  /** Redis need not be asked whether an operator has lifted it. */
  isFresh: boolean;
}

/** What Redis denied, until it runs out; of the subjects that were denied last. */
export interface Denials {
  /** As it stands now; null when a request of that cost was not denied, or that has run out. */
  find: (subject: Subject, cost: number, now: number) => Denied | null;
  remember: (subject: Subject, denial: Denial) => void;
  forget: (subject: Subject) => void;
  /** Forgets what was asked up to that time. */
  forgetUntil: (subject: Subject, time: number) => void;
  count: () => number;
}

export function createDenials({ max, onEvicted }: { max: number; onEvicted: () => void }): Denials {
  const denials = new LRUCache<string, Denial>({
    max,
    dispose: (_denial, _id, reason) => {
      if (reason === 'evict') onEvicted();
    },
  });
  return {
    find(subject, cost, now) {
      const denial = denials.get(nameOf(subject));
      if (denial === undefined || cost < denial.cost) return null;
      const { readings, askedAt, answeredAt } = denial;
      if (now - askedAt >= longestWait(readings, subject)) {
        denials.delete(nameOf(subject));
        return null;
      }
      return { readings: aged(readings, now - answeredAt), isFresh: now - askedAt < FRESH_MS };
    },
    remember: (subject, denial) => void denials.set(nameOf(subject), denial),
    forget: (subject) => void denials.delete(nameOf(subject)),
    forgetUntil(subject, time) {
      const denial = denials.get(nameOf(subject));
      if (denial !== undefined && denial.askedAt <= time) denials.delete(nameOf(subject));
    },
    count: () => denials.size,
  };
}

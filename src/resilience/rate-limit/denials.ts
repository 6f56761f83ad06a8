import { LRUCache } from 'lru-cache';
import { longestWait } from './decision.ts';
import { aged, type Readings } from './readings.ts';
import { nameOf, type Subject } from './subject.ts';

/** So that a reset by an operator reaches every process. Milliseconds. */
const FRESH_MS = 10_000;

/** Costs of which a denial of one subject is remembered: those of routes are few. */
const MOST_COSTS = 4;

interface Denial {
  readings: Readings;
  cost: number;
  /** When Redis was asked, and when its answer came: the truth lies between. */
  askedAt: number;
  answeredAt: number;
}

interface Denied {
  readings: Readings;
  /** Redis need not be asked: this very cost was denied, and whether an operator has lifted it is known soon enough. */
  isFresh: boolean;
}

/** What Redis denied, until it runs out; of the subjects that were denied last. */
export interface Denials {
  /**
   * As it stands now; null when nothing of that cost or less was denied, or that has run out. Of what cost less the
   * wait is too short, so Redis is asked for it.
   */
  find: (subject: Subject, cost: number, now: number) => Denied | null;
  remember: (subject: Subject, denial: Denial) => void;
  forget: (subject: Subject) => void;
  /** Forgets what was asked up to that time. */
  forgetUntil: (subject: Subject, time: number) => void;
  count: () => number;
}

interface Remembered extends Denial {
  /** Of the policies that were charged. */
  mark: string;
}

export function createDenials({ max, onEvicted }: { max: number; onEvicted: () => void }): Denials {
  const denials = new LRUCache<string, Remembered[]>({
    max,
    dispose: (_denial, _id, reason) => {
      if (reason === 'evict') onEvicted();
    },
  });
  const keep = (subject: Subject, list: Remembered[]) => {
    if (list.length === 0) denials.delete(nameOf(subject));
    else denials.set(nameOf(subject), list.slice(0, MOST_COSTS));
  };
  return {
    find(subject, cost, now) {
      const list = denials.get(nameOf(subject));
      if (list === undefined) return null;
      const { mark } = subject.set;
      const hasEnded = (each: Remembered) =>
        each.mark === mark && now - each.askedAt >= longestWait(each.readings, subject);
      if (list.some(hasEnded))
        keep(
          subject,
          list.filter((each) => !hasEnded(each)),
        );
      let nearest: Remembered | undefined;
      for (const each of list) {
        if (each.mark !== mark || each.cost > cost || hasEnded(each)) continue;
        if (nearest === undefined || each.cost > nearest.cost) nearest = each;
      }
      if (nearest === undefined) return null;
      const { readings, askedAt, answeredAt } = nearest;
      const isFresh = nearest.cost === cost && now - askedAt < FRESH_MS;
      return { readings: aged(readings, now - answeredAt), isFresh };
    },
    remember(subject, denial) {
      const { mark } = subject.set;
      const others = (denials.get(nameOf(subject)) ?? []).filter(
        (each) => each.mark !== mark || each.cost !== denial.cost,
      );
      keep(subject, [{ ...denial, mark }, ...others]);
    },
    forget: (subject) => void denials.delete(nameOf(subject)),
    forgetUntil(subject, time) {
      const list = denials.get(nameOf(subject));
      if (list === undefined) return;
      keep(
        subject,
        list.filter(({ askedAt }) => askedAt > time),
      );
    },
    count: () => denials.size,
  };
}

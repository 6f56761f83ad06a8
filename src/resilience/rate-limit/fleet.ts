/**
 * What this process knows of the others: for each subject what Redis said last, and, where several share the quotas,
 * whether Redis knows what was admitted without it.
 */
import { LRUCache } from 'lru-cache';
import { fits, judge, type Decision } from './decision.ts';
import {
  addPending,
  allowedAlone,
  countSpent,
  learn,
  noAnswer,
  type LastAnswer,
} from './fallback.ts';
import type { MemoryStore } from './memory-store.ts';
import { withWaits, type Readings } from './readings.ts';
import { createReconciliation, type Reconciliation, type ReconciliationDeps } from './reconcile.ts';
import { nameOf, type Subject } from './subject.ts';

/** Subjects of which is remembered what Redis last said. */
const MAX_ANSWERS = 10_000;

export interface Fleet {
  lastAnswerOf: (subject: Subject) => LastAnswer;
  /** An operator reset the subject. */
  forget: (subject: Subject) => void;
  /** The same, known later: what was said up to then no longer holds. */
  forgetUntil: (subject: Subject, time: number) => void;
  /** Redis decided what was pending. @param agreed with what this process knows: what became of it */
  decided: (
    last: LastAnswer,
    asked: { subject: Subject; cost: number },
    told: Readings,
    agreed: Readings,
  ) => void;
  /**
   * While Redis may not know what others admitted without it: the denial of what is more than this process's share,
   * though Redis may have room; until that is over at most.
   */
  beyondShare: (subject: Subject, cost: number, now: number) => Decision | null;
  /** Null where no other process shares the quotas. */
  reconciliation: Reconciliation | null;
}

export function createFleet(deps: {
  memory: MemoryStore;
  monotonicMs: () => number;
  reconcile: Pick<ReconciliationDeps, 'store' | 'later'> | undefined;
}): Fleet {
  const { memory, monotonicMs, reconcile } = deps;
  const answers = new LRUCache<string, LastAnswer>({ max: MAX_ANSWERS });
  const known = { memory, monotonicMs, answers: () => answers.values() };
  const reconciliation =
    reconcile === undefined ? null : createReconciliation({ ...reconcile, ...known });
  const leftMs = (now: number) => reconciliation?.leftMs(now) ?? 0;

  const lastAnswerOf = (subject: Subject): LastAnswer => {
    const answer = answers.get(nameOf(subject));
    if (answer !== undefined) return answer;
    const none = noAnswer(subject);
    answers.set(nameOf(subject), none);
    return none;
  };

  return {
    lastAnswerOf,
    forget: (subject) => void answers.delete(nameOf(subject)),
    forgetUntil(subject, time) {
      const last = answers.get(nameOf(subject));
      if (last === undefined || last.at > time) return;
      last.at = Number.NEGATIVE_INFINITY;
    },
    decided(last, asked, told, agreed) {
      const { subject, cost } = asked;
      const now = monotonicMs();
      addPending(last, subject, cost, -1);
      // What Redis says before it knows all would pass for what the others have used.
      if (leftMs(now) > 0) countSpent(last, asked, agreed);
      else learn(last, told, memory.look(subject, 0, subject.set.quotas, now), now);
    },
    beyondShare(subject, cost, now) {
      const left = leftMs(now);
      if (left === 0 || subject.set.needsStore) return null;
      const asked = { subject, cost };
      const { readings, quotas } = allowedAlone(memory, lastAnswerOf(subject), asked, now);
      if (fits(readings, subject.set, false)) return null;
      const waits = withWaits(readings, (wait) => Math.min(wait, Math.ceil(left)));
      return judge(subject, waits, 'insurance', 'memory', quotas);
    },
    reconciliation,
  };
}

/**
 * Rate limiter: may this subject make this request now?
 *
 * Why: one client must not take what belongs to all, and must not get more by asking another
 * process, by standing on a window's edge, or by breaking our Redis.
 *
 * Guarantees: in any window a subject is admitted its quota and no more, over all processes, while Redis
 * answers. While it is silent each process admits at most `floor((quota − used at its last answer) /
 * instances)` more, and the decision's `backend` says so; once it is back that counts (`reconcile.ts`). All
 * policies are decided together; what is denied counts nowhere. `retryAfterMs` is the moment at which a
 * lone retry succeeds. No answer waits longer than the guard's deadline. Memory is fixed.
 *
 * Path: what Redis denied is remembered here until it runs out and denied again, for 10 s without
 * asking (exact, since denials write nothing) → Redis, through the guard, together with what else came for
 * the subject in this turn (`batches.ts`) → when that fails, the local store with this process's share of
 * what was left when Redis answered last (`fallback.ts`). The local store counts every request before Redis
 * is asked, so it is warm, and requests under way when Redis goes are counted once. Without Redis the local
 * store is the limiter.
 *
 * States: `redis` (normal) and `fallback` (the last call failed). After a failure, or when Redis holds
 * less than this process admitted, Redis is unreliable: it may have forgotten, so for the longest window
 * both must agree, with the full quota. What an operator reset is told apart by a mark in Redis.
 *
 * It fails towards limiting by what this process knows; an error alone never denies. A policy that
 * says `deny` refuses as unavailable, one that says `allow` does not count.
 */
import {
  bypassed,
  fits,
  judge,
  unavailable,
  withoutStore,
  type Backend,
  type Decision,
  type Source,
} from './decision.ts';
import { createDenials } from './denials.ts';
import { createBatches, type Guard, type TakeTogether } from './batches.ts';
import { addPending, spend, type LastAnswer } from './fallback.ts';
import { createFleet } from './fleet.ts';
import type { MemoryStore } from './memory-store.ts';
import { stricter, usedOf, type Readings } from './readings.ts';
import type { ReconciliationDeps } from './reconcile.ts';
import type { RedisStore } from './redis-store.ts';
import { isUncounted, storeErrorReason, type StoreErrorReason } from './store-error.ts';
import type { Subject } from './subject.ts';

export interface RateLimiterEvents {
  /** @param asked whether Redis was, with or without an answer; @param seconds what it took */
  decided: (decision: Decision, asked: Backend, seconds: number) => void;
  storeFailed: (reason: StoreErrorReason) => void;
  /** The first failure after a success, and the first success after a failure. */
  degraded: (reason: StoreErrorReason, error: unknown) => void;
  recovered: () => void;
}

export interface RateLimiter {
  /** Never rejects. At once where no Redis is asked. @param cost units the request takes; 0 is not limited */
  decide: (subject: Subject, cost: number) => Decision | Promise<Decision>;
  /** What is counted now; changes nothing. */
  inspect: (subject: Subject) => Promise<{ readings: Readings; backend: Backend }>;
  /** Forgets what was counted. Other processes forget what they deny within 10 s. @throws when Redis fails */
  reset: (subject: Subject) => Promise<void>;
  /** The connection was lost: Redis may have lost what it held. */
  connectionLost: () => void;
  /** There is a connection, the first or another one. */
  connected: () => void;
  /** The connection was given up for good. */
  disconnected: () => void;
  /** Denials remembered. */
  denials: () => number;
}

interface Question {
  subject: Subject;
  cost: number;
  at: number;
  /** Why the local store denies what Redis is asked about; then nothing is counted. */
  contradicts: Readings | null;
  last: LastAnswer;
  /** What Redis must hold at least, this one included; null where the local store had room. */
  held: number[] | null;
}

export function createRateLimiter(deps: {
  memory: MemoryStore;
  /** What all processes share: Redis, or the process that started them. Null: the local store is the limiter. */
  redis: RedisStore | null;
  /** Who counts, as clients are told: `redis` unless that is another process's memory. */
  backend?: Backend;
  /** Where several processes share the quotas: tells Redis what was admitted without it. */
  reconcile?: Pick<ReconciliationDeps, 'store' | 'later'>;
  /** Deadline and breaker around every call of Redis. */
  guard: Guard;
  events: RateLimiterEvents;
  monotonicMs: () => number;
  maxDenials?: number;
  onDenialEvicted?: () => void;
}): RateLimiter {
  const { memory, redis, guard, events, monotonicMs, maxDenials = 10_000 } = deps;
  const denials = createDenials({
    max: maxDenials,
    onEvicted: () => deps.onDenialEvicted?.(),
  });
  const fleet = createFleet({ memory, monotonicMs, reconcile: deps.reconcile });
  const { reconciliation, beyondShare } = fleet;
  const takeTogether = redis === null ? null : createBatches(redis, guard);
  const backend: Backend = redis === null ? 'memory' : (deps.backend ?? 'redis');
  const source: Source = backend === 'redis' ? 'redis' : 'insurance';
  let fallback = false;
  let unreliableUntil = Number.NEGATIVE_INFINITY;
  let longestWindowMs = 0;

  const markUnreliable = () => {
    unreliableUntil = monotonicMs() + longestWindowMs;
  };
  const connectionLost = () => {
    markUnreliable();
    reconciliation?.begin();
  };
  const finish = (decision: Decision, asked: Backend, startedAt: number) => {
    events.decided(decision, asked, (monotonicMs() - startedAt) / 1000);
    return decision;
  };

  /** What this process knows, where Redis may have forgotten it; null while that allows the request. */
  const contradiction = (subject: Subject, cost: number, now: number): Readings | null => {
    const denied = denials.find(subject, cost, now);
    if (denied !== null) return denied.readings;
    if (now >= unreliableUntil) return null;
    const readings = memory.look(subject, cost, subject.set.quotas, now);
    return fits(readings, subject.set, false) ? null : readings;
  };

  /** Drops here what an operator reset in Redis. @throws when Redis fails */
  const followReset = async (store: RedisStore, subject: Subject): Promise<boolean> => {
    const ageMs = await guard(() => store.resetAgeMs(subject));
    if (ageMs === null) return false;
    const now = monotonicMs();
    memory.forget(subject, now - ageMs, now);
    fleet.forgetUntil(subject, now - ageMs);
    denials.forgetUntil(subject, now - ageMs);
    return true;
  };

  /** Redis admitted what the local store has no room for: does it hold less than was admitted? */
  const forgot = async (store: RedisStore, asked: Question, readings: Readings) => {
    const { subject, held } = asked;
    const less = subject.set.enforced.some(
      (enforced, i) => enforced && usedOf(readings, i) < (held?.[i] ?? 0),
    );
    if (less && !(await followReset(store, subject))) connectionLost();
    return monotonicMs() < unreliableUntil;
  };

  const answered = (asked: Question, readings: Readings, counted: boolean): Decision => {
    const { subject, cost, at, contradicts } = asked;
    const now = monotonicMs();
    // A replica answers who only looks.
    if (fallback && contradicts === null) {
      fallback = false;
      events.recovered();
    }
    let agreed = readings;
    if (contradicts !== null) {
      agreed = stricter(readings, contradicts);
      if (fits(readings, subject.set, false)) markUnreliable();
    }
    if (contradicts === null && counted) memory.undo(subject, cost, at, now, readings);
    if (!counted) agreed = stricter(readings, memory.settle(subject, cost, at, now));
    if (contradicts === null) fleet.decided(asked.last, asked, readings, agreed);
    const decision = judge(subject, agreed, source, backend);
    if (decision.outcome === 'limited') {
      denials.remember(subject, { readings: agreed, cost, askedAt: at, answeredAt: now });
    }
    return decision;
  };

  const reserve = (asked: Question): void => {
    const { subject, cost, at } = asked;
    if (!memory.reserve(subject, cost, at)) asked.held = memory.held(subject, at);
    addPending(asked.last, subject, cost, 1);
  };

  const withdraw = ({ subject, cost, at, contradicts, last }: Question, now: number): void => {
    if (contradicts !== null) return;
    memory.undo(subject, cost, at, now);
    addPending(last, subject, cost, -1);
  };

  const failed = (asked: Question, error: unknown): Decision => {
    const { subject, cost } = asked;
    const { set } = subject;
    const now = monotonicMs();
    const reason = storeErrorReason(error);
    events.storeFailed(reason);
    connectionLost();
    if (!fallback) {
      fallback = true;
      events.degraded(reason, error);
    }
    if (set.needsStore) {
      withdraw(asked, now);
      return unavailable(subject, error);
    }
    const denied = denials.find(subject, cost, now);
    if (denied !== null) {
      withdraw(asked, now);
      const readings = withoutStore(denied.readings, set);
      return judge(subject, readings, 'insurance', 'memory');
    }
    if (asked.contradicts !== null) {
      // Room may have appeared while Redis was waited for.
      asked.at = now;
      reserve(asked);
    }
    const counting = { ...asked, isUncounted: reconciliation !== null && isUncounted(error) };
    const { readings, quotas } = spend(memory, asked.last, counting, now);
    return judge(subject, readings, 'insurance', 'memory', quotas);
  };

  const ask = async (
    store: RedisStore,
    take: TakeTogether,
    subject: Subject,
    cost: number,
    at: number,
  ) => {
    const last = fleet.lastAnswerOf(subject);
    const asked: Question = { subject, cost, at, contradicts: null, last, held: null };
    try {
      asked.contradicts = contradiction(subject, cost, at);
      if (asked.contradicts !== null && (await followReset(store, subject))) {
        asked.at = monotonicMs();
        asked.contradicts = contradiction(subject, cost, asked.at);
      }
      const write = asked.contradicts === null;
      if (write) reserve(asked);
      const readings = await take(subject, cost, write);
      const doubtful = write && asked.held !== null && fits(readings, subject.set, false);
      const counted = !doubtful || !(await forgot(store, asked, readings));
      return finish(answered(asked, readings, counted), backend, at);
    } catch (error) {
      return finish(failed(asked, error), backend, at);
    }
  };

  return {
    decide(subject, cost) {
      const now = monotonicMs();
      const units = wholeCost(cost);
      if (units === 0) return finish(bypassed(subject, backend), 'memory', now);
      if (redis === null || takeTogether === null) {
        const readings = memory.take(subject, units, subject.set.quotas, now);
        return finish(judge(subject, readings, 'insurance', 'memory'), 'memory', now);
      }
      longestWindowMs = Math.max(longestWindowMs, subject.set.longestWindowMs);
      const denied = denials.find(subject, units, now);
      if (denied?.isFresh === true)
        return finish(judge(subject, denied.readings, 'local_block', backend), 'memory', now);
      const refused = beyondShare(subject, units, now);
      if (refused !== null) return finish(refused, 'memory', now);
      return ask(redis, takeTogether, subject, units, now);
    },
    async inspect(subject) {
      const local = () => ({
        readings: memory.look(subject, 0, subject.set.quotas, monotonicMs()),
        backend: 'memory' as const,
      });
      if (redis === null) return local();
      const look = guard(() => redis.take(subject, 0, 1, false));
      return look.then(([readings = []]) => ({ readings, backend }), local);
    },
    async reset(subject) {
      // First where it may fail: then nothing is forgotten anywhere.
      if (redis !== null) await guard(() => redis.reset(subject));
      denials.forget(subject);
      fleet.forget(subject);
      memory.reset(subject, monotonicMs());
    },
    connectionLost,
    connected: () => reconciliation?.connected(),
    disconnected: () => reconciliation?.end(),
    denials: denials.count,
  };
}

/** Only whole, positive units count; what is no number counts as one. */
function wholeCost(cost: number): number {
  if (cost === 1) return 1;
  return Number.isFinite(cost) ? Math.max(0, Math.ceil(cost)) : 1;
}

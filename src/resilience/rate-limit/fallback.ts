/**
 * What one process may admit while Redis is silent: of each policy's window its share of what was left
 * when Redis answered last, `floor((quota − used) / instances)`. What Redis said ages out with the window:
 * what this process was admitted leaves it as it was counted, what others were when the whole window has
 * passed, since nobody knows it better. For a subject of which Redis said nothing within the window it is
 * `floor(quota / instances)`.
 *
 * A request that costs more than the share takes all of it.
 */
import { chargeOf, fits, withoutStore } from './decision.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Policy, PolicySet } from './policy.ts';
import { roomOf, setReading, usedOf, waitOf, type Readings } from './readings.ts';
import type { Subject } from './subject.ts';

/** What Redis last said of a subject, and what this process has done since; numbers are of each policy. */
export interface LastAnswer {
  readonly subject: Subject;
  /** -Infinity: there was none. */
  at: number;
  /** Admitted to others by then. */
  readonly others: number[];
  /** Admitted here since, without Redis. */
  readonly spent: number[];
  /** Admitted here at any time without Redis, which does not know of it; until when it is in the window. */
  readonly alone: number[];
  readonly aloneUntil: number[];
  /** Of that: what is to be told to Redis (`reconcile.ts`). It may have counted the rest, whose answers were lost. */
  readonly owed: number[];
  /** Counted in the local store, and not decided yet. */
  readonly pending: number[];
}

export function noAnswer(subject: Subject): LastAnswer {
  const zeros = () => subject.set.policies.map(() => 0);
  return {
    subject,
    at: Number.NEGATIVE_INFINITY,
    others: zeros(),
    spent: zeros(),
    alone: zeros(),
    aloneUntil: zeros(),
    owed: zeros(),
    pending: zeros(),
  };
}

/** @param by 1 when a request is counted in the local store, -1 when it is decided */
export function addPending(last: LastAnswer, subject: Subject, cost: number, by: 1 | -1): void {
  const { set } = subject;
  for (let i = 0; i < set.quotas.length; i += 1) {
    last.pending[i] = (last.pending[i] as number) + by * chargeOf(set, i, cost);
  }
}

/** Redis answered; what was decided is no longer pending. @param held what the local store holds */
export function learn(last: LastAnswer, told: Readings, held: Readings, now: number): void {
  last.at = now;
  for (let i = 0; i < last.others.length; i += 1) {
    const alone = now < (last.aloneUntil[i] as number) ? (last.alone[i] as number) : 0;
    last.alone[i] = alone;
    const known = usedOf(held, i) - (last.pending[i] as number) - alone;
    last.others[i] = Math.max(0, usedOf(told, i) - Math.max(0, known));
    last.spent[i] = 0;
  }
}

/** One policy's window without Redis. */
interface Allowance {
  /** Counted in what Redis said. */
  others: number;
  old: number;
  /** Admitted here since. */
  spent: number;
  /** Of which so many may be. */
  budget: number;
  charge: number;
}

export interface Allowed {
  readings: Readings;
  /** Of each policy: what may be used by all that this process knows of. */
  quotas: number[];
}

/**
 * Decides about what is pending; takes it back from the local store when it is denied.
 *
 * @param asked.isUncounted Redis has certainly not counted it
 */
export function spend(
  memory: MemoryStore,
  last: LastAnswer,
  asked: { subject: Subject; cost: number; at: number; isUncounted: boolean },
  now: number,
): Allowed {
  const { subject, cost, at } = asked;
  const { set } = subject;
  addPending(last, subject, cost, -1);
  const undecided = set.policies.map(
    (_, i) => (last.pending[i] as number) + chargeOf(set, i, cost),
  );
  const allowed = allow(memory, last, { subject, cost, undecided }, now);
  memory.undo(subject, cost, at, now, allowed.readings);
  count(last, subject, cost, allowed.readings, now);
  if (asked.isUncounted) addCharge(last.owed, asked, allowed.readings);
  return allowed;
}

/** What `spend` would say of a request that is not counted yet; those that are pending count as admitted. */
export function allowedAlone(
  memory: MemoryStore,
  last: LastAnswer,
  { subject, cost }: { subject: Subject; cost: number },
  now: number,
): Allowed {
  const undecided = subject.set.policies.map(() => 0);
  return allow(memory, last, { subject, cost, undecided }, now);
}

/** Redis admitted what this process might have admitted by itself: it is a part of its share. */
export function countSpent(
  last: LastAnswer,
  asked: { subject: Subject; cost: number },
  readings: Readings,
): void {
  addCharge(last.spent, asked, readings);
}

/** @param asked.undecided of what the local store holds: not admitted yet, of each policy */
function allow(
  memory: MemoryStore,
  last: LastAnswer,
  asked: { subject: Subject; cost: number; undecided: readonly number[] },
  now: number,
): Allowed {
  const { subject, cost, undecided } = asked;
  const { set } = subject;
  const held = memory.look(subject, 0, set.quotas, now);
  const own = undecided.map((most, i) => Math.max(0, usedOf(held, i) - most));
  const parts = set.policies.map((policy, i) => {
    const most = chargeOf(set, i, cost, shareOf(policy, set.instances));
    return allowance(policy, set.instances, last, i, own[i] as number, most, now);
  });
  const enough = parts.map(
    (part, i) => set.charged[i] === false || fitsBudget(part.spent, part.charge, part.budget),
  );
  const waits = enough.every(Boolean)
    ? []
    : waitsOf(memory, last, subject, parts, { held, own }, now);
  let readings: Readings = [];
  const quotas = parts.map(({ others, old, spent, budget, charge }, i) => {
    const taken = others + old + spent;
    const amount = enough[i] === true ? charge : 0;
    const leaves = Math.ceil(last.at + (set.policies[i] as Policy).windowMs - now);
    const room = roomOf(held, i) || (others > 0 ? Math.max(1, leaves) : 0);
    setReading(readings, i, taken + amount, enough[i] === true ? 0 : (waits[i] as number), room);
    return others + old + budget;
  });
  readings = withoutStore(readings, set);
  return { readings, quotas };
}

/** A share of nothing admits nothing. */
const fitsBudget = (spent: number, charge: number, budget: number) =>
  charge > 0 && spent + charge <= budget;

function allowance(
  policy: Policy,
  instances: number,
  last: LastAnswer,
  i: number,
  own: number,
  most: number,
  now: number,
): Allowance {
  const { quota, windowMs } = policy;
  const isFresh = now < last.at + windowMs;
  const others = isFresh ? (last.others[i] as number) : 0;
  const old = isFresh ? Math.max(0, own - (last.spent[i] as number)) : 0;
  const budget = Math.max(0, Math.floor((quota - others - old) / instances));
  return { others, old, spent: own - old, budget, charge: most };
}

/** Milliseconds until each would fit: when enough of what was admitted here has left, or all that Redis told of. */
function waitsOf(
  memory: MemoryStore,
  last: LastAnswer,
  subject: Subject,
  parts: readonly Allowance[],
  counted: { held: Readings; own: readonly number[] },
  now: number,
): number[] {
  const { policies, instances } = subject.set;
  const undecided = parts.map((_, i) => usedOf(counted.held, i) - (counted.own[i] as number));
  const until = (most: readonly number[]) => {
    const limits = most.map((limit, i) => Math.max(0, limit + (undecided[i] as number)));
    return memory.look(subject, 0, limits, now);
  };
  const sooner = until(
    parts.map(({ others, spent, charge }, i) => {
      const quota = (policies[i] as Policy).quota;
      return quota - others - instances * (spent + charge) + spent;
    }),
  );
  const later = until(
    parts.map(({ charge }, i) => shareOf(policies[i] as Policy, instances) - charge),
  );
  return parts.map((part, i) => {
    const { quota, windowMs } = policies[i] as Policy;
    if (part.charge === 0) return windowMs;
    const leaves = Math.max(0, Math.ceil(last.at + windowMs - now));
    const early = waitOf(sooner, i);
    const canBeEarly = quota - part.others >= instances * (part.spent + part.charge);
    if (canBeEarly && early < leaves) return Math.max(1, early);
    return Math.max(1, leaves, waitOf(later, i));
  });
}

function shareOf({ quota }: Policy, instances: number): number {
  return Math.floor(quota / instances);
}

function count(
  last: LastAnswer,
  { set }: Subject,
  cost: number,
  readings: Readings,
  now: number,
): void {
  for (const i of countedBy(set, readings)) {
    const { windowMs } = set.policies[i] as Policy;
    const amount = chargeOf(set, i, cost);
    const before = now < (last.aloneUntil[i] as number) ? (last.alone[i] as number) : 0;
    last.spent[i] = (last.spent[i] as number) + amount;
    last.alone[i] = before + amount;
    last.aloneUntil[i] = now + windowMs;
  }
}

/** @param counts of each policy, to which the request is added where it was admitted */
function addCharge(
  counts: number[],
  { subject: { set }, cost }: { subject: Subject; cost: number },
  readings: Readings,
): void {
  for (const i of countedBy(set, readings)) {
    counts[i] = (counts[i] as number) + chargeOf(set, i, cost);
  }
}

/** The policies that count what was decided like this. */
function countedBy(set: PolicySet, readings: Readings): number[] {
  if (!fits(readings, set, false)) return [];
  const all = fits(readings, set, true);
  const indices = set.policies.map((_, i) => i);
  return all ? indices : indices.filter((i) => set.enforced[i]);
}

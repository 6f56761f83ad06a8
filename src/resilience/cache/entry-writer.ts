/** Makes entries of loads and of what Redis gave, and keeps them in both tiers, unless somebody objects. */
import type { CacheEvents, Clock, LookupResult, Tier } from './cache.ts';
import type { LocalEntry, LocalTier } from './local-tier.ts';
import {
  ABSENT,
  decodePayload,
  encodePayload,
  LARGEST_PAYLOAD,
  NotCacheable,
  toImmutable,
  type Immutable,
} from './payload.ts';
import type { Answer, Query } from './query.ts';
import type { Lease, SharedEntry, SharedTier } from './shared-tier.ts';
import type { Flight } from './single-flight.ts';

type Rejection = Parameters<CacheEvents['writeRejected']>[1];

/** Due for renewal at 90 % of the TTL, give or take a tenth: entries made together do not end together. */
const DUE_SHARE = 0.9;
const JITTER = 0.1;

/** @param now monotonic milliseconds */
export function answerOf(
  entry: LocalEntry,
  tier: Tier,
  now: number,
  result: LookupResult = entry.value === undefined ? 'negative' : 'hit',
): Answer {
  const { value, bornAt, dueAt, expiresAt } = entry;
  const ageMs = Math.max(0, now - bornAt);
  const due = now >= dueAt && result !== 'stale' && result !== 'miss';
  return {
    value,
    result,
    tier,
    ageMs,
    ttlMs: expiresAt - now,
    stored: true,
    handedThrough: false,
    due,
  };
}

export type EntryWriter = ReturnType<typeof createEntryWriter>;

export function createEntryWriter(deps: {
  tier: SharedTier | null;
  local: LocalTier;
  events: Pick<CacheEvents, 'evicted' | 'writeRejected'>;
  clock: Clock;
  random: () => number;
  newToken: () => string;
}) {
  const { tier, local, events, clock } = deps;

  /** @param since monotonic milliseconds; `checkedAt`: when the question was sent whose answer it is */
  const toEntry = (
    { cache, owner, tags, policy }: Query,
    { value, bytes }: Immutable,
    since: { bornAt: number; checkedAt: number; version: string },
  ): LocalEntry => {
    const isAbsent = value === undefined;
    const ttlMs = isAbsent ? policy.negativeMs : policy.ttlMs;
    const dueShare = isAbsent ? 1 : DUE_SHARE * (1 + JITTER * (2 * deps.random() - 1));
    const dueAt = since.bornAt + ttlMs * dueShare;
    const expiresAt = since.bornAt + ttlMs;
    const keptUntil = expiresAt + (isAbsent ? 0 : policy.staleIfErrorMs);
    return { cache, owner, tags, value, bytes, ...since, dueAt, expiresAt, keptUntil };
  };

  /** @returns why Redis must not have it */
  const storeShared = async (
    query: Query,
    lease: Lease,
    entry: LocalEntry,
  ): Promise<Rejection | null> => {
    const payload = encodePayload(entry.value);
    if (payload.length > LARGEST_PAYLOAD) return 'too_large';
    const version = deps.newToken();
    const ageMs = clock.nowMs() - entry.bornAt;
    const keepMs = entry.keptUntil - entry.bornAt;
    try {
      const outcome = await tier?.store(query, lease, { payload, version, ageMs, keepMs });
      if (outcome === 'lease' || outcome === 'generation') return outcome;
      entry.version = version;
    } catch {
      // Whether it was stored is not known; this process may keep it as if there were no Redis.
    }
    return null;
  };

  return {
    /**
     * Keeps what was loaded, unless it must not be kept.
     *
     * @param lease null when Redis has no part in it
     * @param bornAt when the load began
     */
    async write(
      flight: Flight,
      lease: Lease | null,
      value: unknown,
      bornAt: number,
    ): Promise<Answer> {
      const { query } = flight;
      const image = imageOf(value);
      const rejected = async (reason: Rejection | null): Promise<Answer> => {
        if (reason !== null) events.writeRejected(query.cache, reason);
        if (lease !== null) await tier?.release(query, lease).catch(() => undefined);
        const handedThrough = image === null;
        const about = { result: 'miss', tier: 'origin', ttlMs: 0, stored: false } as const;
        const ageMs = clock.nowMs() - bornAt;
        return { ...about, value: image?.value ?? value, ageMs, handedThrough, due: false };
      };
      if (image === null) return rejected('not_json');
      const entry = toEntry(query, image, { bornAt, checkedAt: bornAt, version: '' });
      if (entry.expiresAt <= bornAt) return rejected(null);
      if (flight.invalidated) return rejected('invalidated');
      const refused = lease === null ? null : await storeShared(query, lease, entry);
      if (refused !== null) return rejected(refused);
      // It may have happened meanwhile.
      if (flight.invalidated) return rejected('invalidated');
      const isKept = local.set(query.id, entry);
      if (!isKept) events.writeRejected(query.cache, 'too_large');
      const answer = answerOf(entry, 'origin', clock.nowMs(), 'miss');
      return { ...answer, stored: isKept || entry.version !== '' };
    },

    /**
     * Takes over what Redis has.
     *
     * @param checkedAt when Redis was asked
     * @returns null when it has ended, or cannot be believed; that is removed
     */
    async adopt(
      flight: Flight,
      read: SharedEntry,
      checkedAt: number,
      result?: 'stale',
    ): Promise<Answer | null> {
      const { query } = flight;
      const { schema } = query.policy;
      const { version, payload, ageMs } = read;
      const known = local.get(query.id);
      const image = known?.version === version ? known : schema && decodePayload(payload, schema);
      if (image === null) {
        events.evicted(query.cache, 'corrupt');
        await tier?.remove(query).catch(() => undefined);
        return null;
      }
      const entry = toEntry(query, image, { bornAt: checkedAt - ageMs, checkedAt, version });
      const now = clock.nowMs();
      if (now >= (result === 'stale' ? entry.keptUntil : entry.expiresAt)) return null;
      if (!flight.invalidated) local.set(query.id, entry);
      return answerOf(entry, 'l2', now, result);
    },
  };
}

/** Whether what Redis has may be served as fresh. */
export function isCurrent({ policy }: Query, { payload, ageMs }: SharedEntry): boolean {
  return ageMs < (payload === ABSENT ? policy.negativeMs : policy.ttlMs);
}

function imageOf(value: unknown): Immutable | null {
  try {
    return toImmutable(value);
  } catch (error) {
    if (error instanceof NotCacheable) return null;
    throw error;
  }
}

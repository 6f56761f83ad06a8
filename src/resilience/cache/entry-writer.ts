/** Makes entries of loads and of what Redis gave, and keeps them in both tiers, unless they must not be kept. */
import type { CacheEvents, Clock, LookupResult, Tier } from './cache.ts';
import type { LocalEntry, LocalTier } from './local-tier.ts';
import {
  decodePayload,
  encodePayload,
  isAbsent,
  LARGEST_PAYLOAD,
  toImmutable,
  type Immutable,
} from './payload.ts';
import type { Answer, Query } from './query.ts';
import type { Lease, RemoteEntry, RemoteTier } from './remote-tier.ts';
import type { Flight } from './single-flight.ts';

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
  const ttlMs = expiresAt - now;
  const due = now >= dueAt && result !== 'stale' && result !== 'miss';
  return { value, result, tier, ageMs, ttlMs, stored: true, handedThrough: false, due };
}

/** Whether what Redis has may be served as fresh. */
export function isCurrent({ policy }: Query, { payload, ageMs }: RemoteEntry): boolean {
  return ageMs < (isAbsent(payload) ? policy.negativeMs : policy.ttlMs);
}

export type EntryWriter = ReturnType<typeof createEntryWriter>;

export function createEntryWriter(deps: {
  tier: RemoteTier | null;
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
    const isNegative = value === undefined;
    const ttlMs = isNegative ? policy.negativeMs : policy.ttlMs;
    const dueShare = isNegative ? 1 : DUE_SHARE * (1 + JITTER * (2 * deps.random() - 1));
    const dueAt = since.bornAt + ttlMs * dueShare;
    const expiresAt = since.bornAt + ttlMs;
    const keptUntil = expiresAt + (isNegative ? 0 : policy.staleIfErrorMs);
    return { cache, owner, tags, value, bytes, ...since, dueAt, expiresAt, keptUntil };
  };

  /** @returns why Redis must not have it */
  const storeShared = async (query: Query, lease: Lease, entry: LocalEntry) => {
    const payload = encodePayload(entry.value);
    if (payload.length > LARGEST_PAYLOAD) return 'too_large';
    const version = deps.newToken();
    const ageMs = clock.nowMs() - entry.bornAt;
    const keepMs = entry.keptUntil - entry.bornAt;
    try {
      const outcome = await tier?.store(query, lease, { payload, version, ageMs, keepMs });
      if (outcome !== 'stored') return outcome;
      entry.version = version;
    } catch {
      // Whether it was stored is not known; this process may keep it as if there were no Redis.
    }
    return undefined;
  };

  /** @returns why it is not kept */
  const keep = async (flight: Flight, lease: Lease | null, entry: LocalEntry) => {
    if (entry.expiresAt <= entry.bornAt) return 'short';
    if (flight.invalidated) return 'invalidated';
    const refused = lease === null ? undefined : await storeShared(flight.query, lease, entry);
    if (refused !== undefined) return refused;
    // It may have happened meanwhile.
    if (flight.invalidated) return 'invalidated';
    return local.set(flight.query.id, entry) ? undefined : 'too_large';
  };

  return {
    /**
     * Keeps what was loaded, if it may be kept.
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
      const image = toImmutable(value);
      const since = { bornAt, checkedAt: bornAt, version: '' };
      const entry = toEntry(query, image ?? { value, bytes: 0 }, since);
      const rejection = image === null ? 'not_json' : await keep(flight, lease, entry);
      // What is too large for this process may still be in Redis.
      const isShared = rejection === 'too_large' && entry.version !== '';
      const stored = rejection === undefined || isShared;
      if (rejection !== undefined && rejection !== 'short') {
        events.writeRejected(query.cache, rejection);
      }
      if (!stored && lease !== null) await tier?.release(query, lease).catch(() => undefined);
      const answer = answerOf(entry, 'origin', clock.nowMs(), 'miss');
      return { ...answer, stored, handedThrough: image === null };
    },

    /**
     * Takes over what Redis has.
     *
     * @param checkedAt when Redis was asked
     * @returns null when it has ended, or cannot be believed; that is removed
     */
    async adopt(
      flight: Flight,
      { version, payload, ageMs }: RemoteEntry,
      checkedAt: number,
      result?: 'stale',
    ): Promise<Answer | null> {
      const { query } = flight;
      const { schema } = query.policy;
      const known = local.get(query);
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

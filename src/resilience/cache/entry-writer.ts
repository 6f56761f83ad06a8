/** What is kept: entries made of loads and of what Redis gave, in both tiers, unless somebody objects. */
import type { z } from 'zod';
import type { CacheEvents, Clock, Found, LookupResult, Tier } from './cache.ts';
import type { Flight } from './flights.ts';
import { toImmutable, type Immutable } from './immutable.ts';
import type { LocalEntry, LocalTier } from './local-tier.ts';
import { fromPayload, LARGEST_PAYLOAD, toPayload } from './payload.ts';
import type { Address, Lease, SharedEntry, SharedTier } from './shared-tier.ts';

/** A defined cache, in milliseconds. */
export interface Definition {
  name: string;
  version: number;
  schema: z.ZodType | null;
  ttlMs: number;
  staleIfErrorMs: number;
  negativeMs: number;
  loadTimeoutMs: number;
}

export interface Asked {
  of: Definition;
  id: string;
  tags: readonly string[];
  load: (signal: AbortSignal) => Promise<unknown>;
}

/** On its way to those who wait for it. */
export interface Answer extends Found<unknown> {
  /** Not JSON: each who asked gets a copy of its own. */
  handedThrough: boolean;
  /** It should be renewed. */
  due: boolean;
}

export interface Keeper {
  /** @returns null when it cannot be believed; it is then removed */
  adopt: (
    asked: Asked,
    flight: Flight<Answer>,
    read: SharedEntry & { payload?: string },
    how: { known: LocalEntry | undefined; sentAt: number; stale: boolean },
  ) => Promise<Answer | null>;
  /** @param lease null when Redis has no part in it */
  keep: (
    asked: Asked,
    flight: Flight<Answer>,
    loaded: { value: unknown; startedAt: number; lease: Lease | null },
  ) => Promise<Answer>;
  answer: (entry: LocalEntry, tier: Tier, now: number, result?: LookupResult) => Answer;
}

/** Due for renewal at 90 % of the TTL, give or take a tenth: entries made together do not end together. */
const DUE_SHARE = 0.9;
const JITTER = 0.1;

export function createKeeper(deps: {
  tier: SharedTier | null;
  local: LocalTier;
  events: CacheEvents;
  clock: Clock;
  random: () => number;
  newToken: () => string;
}): Keeper {
  const { tier, local, events, clock } = deps;

  const answer: Keeper['answer'] = (entry, from, now, result) => ({
    value: entry.value,
    result: result ?? (entry.value === undefined ? 'negative' : 'hit'),
    tier: from,
    ageMs: Math.max(0, now - entry.bornAt),
    ttlMs: entry.expiresAt - now,
    stored: true,
    handedThrough: false,
    due: now >= entry.dueAt,
  });
  const notStored = (value: unknown, startedAt: number, handedThrough = false): Answer => ({
    value,
    result: 'miss',
    tier: 'origin',
    ageMs: clock.nowMs() - startedAt,
    ttlMs: 0,
    stored: false,
    handedThrough,
    due: false,
  });

  /** @returns the reason against it */
  const storeShared = async (
    asked: Asked,
    lease: Lease,
    entry: LocalEntry,
  ): Promise<'lease' | 'generation' | 'too_large' | null> => {
    const payload = toPayload(entry.value);
    if (payload.length > LARGEST_PAYLOAD) return 'too_large';
    entry.version = deps.newToken();
    const since = (at: number) => at - entry.bornAt;
    try {
      const outcome = await tier?.store(addressOf(asked), lease, {
        payload,
        version: entry.version,
        ageMs: since(clock.nowMs()),
        ttlMs: since(entry.expiresAt),
        dueMs: since(entry.dueAt),
        keepMs: since(entry.keptUntil),
      });
      return outcome === 'lease' || outcome === 'generation' ? outcome : null;
    } catch {
      // Whether it was stored is not known; this process may keep it as if there were no Redis.
      entry.version = '';
      return null;
    }
  };

  const release = async (asked: Asked, lease: Lease | null) => {
    if (lease !== null) await tier?.release(addressOf(asked), lease).catch(() => undefined);
  };

  /** @returns null when it cannot be believed */
  const imageOf = (
    { of }: Asked,
    { payload, version }: SharedEntry & { payload?: string },
    known: LocalEntry | undefined,
  ): Immutable | null => {
    if (payload === undefined) return known?.version === version ? known : null;
    return of.schema === null ? null : fromPayload(payload, of.schema);
  };

  /** @returns null when it is no JSON */
  const newEntry = (asked: Asked, value: unknown, startedAt: number): LocalEntry | null => {
    const { name, ttlMs, staleIfErrorMs, negativeMs } = asked.of;
    const absent = value === undefined;
    const freshMs = absent ? negativeMs : ttlMs;
    const jitter = DUE_SHARE * (1 + JITTER * (2 * deps.random() - 1));
    try {
      const image = absent ? { value, bytes: 0 } : toImmutable(value);
      return {
        ...image,
        cache: name,
        tags: asked.tags,
        version: '',
        bornAt: startedAt,
        checkedAt: startedAt,
        dueAt: startedAt + freshMs * (absent ? 1 : jitter),
        expiresAt: startedAt + freshMs,
        keptUntil: startedAt + freshMs + (absent ? 0 : staleIfErrorMs),
      };
    } catch {
      return null;
    }
  };

  return {
    answer,
    async adopt(asked, flight, read, { known, sentAt, stale }) {
      const { name, ttlMs, staleIfErrorMs } = asked.of;
      const image = imageOf(asked, read, known);
      const bornAt = sentAt - read.ageMs;
      // Another release, or a stranger, may have written other times.
      const expiresAt = bornAt + Math.min(read.ttlMs, ttlMs);
      if (image === null || (!stale && clock.nowMs() >= expiresAt)) {
        if (image === null) events.evicted(name, 'corrupt');
        await tier?.remove(addressOf(asked)).catch(() => undefined);
        return null;
      }
      const entry: LocalEntry = {
        cache: name,
        value: image.value,
        bytes: image.bytes,
        tags: asked.tags,
        version: read.version,
        bornAt,
        checkedAt: sentAt,
        dueAt: Math.min(bornAt + read.dueMs, expiresAt),
        expiresAt,
        keptUntil: Math.min(sentAt + read.leftMs, expiresAt + staleIfErrorMs),
      };
      if (!flight.doomed) local.set(asked.id, entry);
      return answer(entry, 'l2', clock.nowMs(), stale ? 'stale' : undefined);
    },

    async keep(asked, flight, { value, startedAt, lease }) {
      const { name } = asked.of;
      const entry = newEntry(asked, value, startedAt);
      const rejected = async (reason: Parameters<CacheEvents['writeRejected']>[1] | null) => {
        if (reason !== null) events.writeRejected(name, reason);
        await release(asked, lease);
        return notStored(entry === null ? value : entry.value, startedAt, entry === null);
      };
      if (entry === null) return rejected('not_json');
      if (entry.expiresAt <= startedAt) return rejected(null);
      if (flight.doomed) return rejected('invalidated');
      const against = lease === null ? null : await storeShared(asked, lease, entry);
      if (against !== null) return rejected(against);
      // It may have happened meanwhile.
      if (flight.doomed) return rejected('invalidated');
      const kept = local.set(asked.id, entry);
      if (!kept) events.writeRejected(name, 'too_large');
      const stored = kept || entry.version !== '';
      return { ...answer(entry, 'origin', clock.nowMs(), 'miss'), stored, due: false };
    },
  };
}

export function addressOf({ of, id, tags }: Asked): Address {
  return { cache: of.name, id, tags };
}

/**
 * What happens on `get`, from top to bottom: what this process holds and may serve → a load that is under way
 * already → what Redis holds, or the right to load → the load → the entry is written.
 */
import { AppError } from '../../errors.ts';
import type { CacheEvents, Clock, Found } from './cache.ts';
import { answerOf, isCurrent, type EntryWriter } from './entry-writer.ts';
import type { Freshness } from './freshness.ts';
import type { Invalidations } from './invalidation.ts';
import { createGate, runLoad, wasGivenUp, type Gate } from './load.ts';
import type { LocalTier } from './local-tier.ts';
import { decodeFailure, encodeFailure } from './payload.ts';
import type { Answer, Query } from './query.ts';
import {
  LEASE_MS,
  type Lease,
  type RemoteEntry,
  type SharedRead,
  type RemoteTier,
} from './remote-tier.ts';
import type { Flight, SingleFlight } from './single-flight.ts';
import { describeLookup } from './spans.ts';

/** Milliseconds, give or take a tenth. */
const ERROR_TTL_MS = 250;
/** A load of another process is looked after this often, at first and at last. */
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;
/** Of each cache, so that slow loads of one do not hold up quick ones of another. */
const LOADS_WITHOUT_REDIS = 16;

type Read = SharedRead & { sentAt: number };

export type Lookup = (query: Query, signal: AbortSignal | undefined) => Promise<Found<unknown>>;

export function createLookup(deps: {
  tier: RemoteTier | null;
  local: LocalTier;
  singleFlight: SingleFlight;
  freshness: Freshness;
  invalidations: Invalidations;
  writer: EntryWriter;
  events: CacheEvents;
  clock: Clock;
  random: () => number;
}): Lookup {
  const { tier, local, singleFlight, freshness, invalidations, writer, events, clock, random } =
    deps;
  const gates = new Map<string, Gate>();

  function lookup(query: Query, signal: AbortSignal | undefined): Promise<Found<unknown>> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const here = fromLocal(query);
    if (here !== null) return Promise.resolve(report(query, here));

    const joined = singleFlight.get(query.id);
    if (joined?.ended === false) events.coalesced(query.cache, 'process');
    const flight = joined ?? singleFlight.start(query, false, fetch);
    return singleFlight.wait(flight, signal).then(
      (answer) => report(query, answer, joined),
      (error: unknown) => {
        if (signal?.aborted !== true) events.lookedUp(query.cache, 'origin', 'error');
        throw error;
      },
    );
  }

  /** What this process holds and may serve. */
  const fromLocal = (query: Query): Answer | null => {
    const entry = local.get(query);
    if (entry === undefined) return null;
    const now = clock.nowMs();
    if (now >= entry.keptUntil) local.delete(query.id, 'expired');
    const isFresh = tier === null || freshness.isFresh(entry.checkedAt, now);
    return isFresh && now < entry.expiresAt ? answerOf(entry, 'l1', now) : null;
  };

  /** What one flight does for all who wait for it. */
  const fetch = async (flight: Flight): Promise<Answer> => {
    const { query, controller } = flight;
    if (tier === null || query.policy.schema === null) return load(flight, null);
    const giveUpAt = clock.nowMs() + query.policy.loadTimeoutMs;
    for (let round = 0; clock.nowMs() < giveUpAt; round++) {
      const read = await readShared(query, (entry) => willDo(flight, entry));
      controller.signal.throwIfAborted();
      if (read === null) return withoutRedis(flight);
      if (read.kind === 'busy' && round === 0) events.coalesced(query.cache, 'fleet');
      const answer = await answerFrom(flight, read);
      if (answer !== null) return answer;
      await pause(round);
      controller.signal.throwIfAborted();
    }
    // Redis was never of one mind for as long as a load may take.
    return load(flight, null);
  };

  /** @returns null when Redis must be asked again */
  const answerFrom = async (flight: Flight, read: Read): Promise<Answer | null> => {
    if (read.kind === 'entry') return writer.adopt(flight, read, read.sentAt);
    if (read.kind === 'failed') return staleOnError(flight, decodeFailure(read.failure));
    if (read.kind === 'corrupt') events.evicted(flight.query.cache, 'corrupt');
    if (read.kind !== 'lease') return null;
    dropSuspect(flight.query);
    return load(flight, read.lease);
  };

  /** @returns null when Redis does not answer */
  const readShared = async (
    query: Query,
    willDo: (entry: RemoteEntry) => boolean,
    lease?: 'no lease',
  ): Promise<Read | null> => {
    try {
      if (invalidations.pending) await invalidations.delivered();
      const sentAt = clock.nowMs();
      const read = await tier?.read(query, willDo, lease);
      return read === undefined ? null : { ...read, sentAt };
    } catch {
      // The tier has told of it (`operated`), and `withoutRedis` will.
      return null;
    }
  };

  /** A renewal that nobody waits for looks for another entry than the one here. */
  const willDo = (flight: Flight, entry: RemoteEntry): boolean =>
    isCurrent(flight.query, entry) &&
    !(isUnwatched(flight) && entry.version === local.get(flight.query)?.version);

  /** Redis does not know it, and what became of it was not heard: it may have been invalidated. */
  const dropSuspect = (query: Query) => {
    const entry = local.get(query);
    if (entry === undefined || freshness.isFresh(entry.checkedAt)) return;
    local.delete(query.id, 'invalidated');
  };

  const pause = (round: number) => {
    const longest = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(round, 5));
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(longest * (0.5 + random() / 2), resolve);
    return promise;
  };

  /** What is here, if it is young enough; else a load, not too many at once. */
  const withoutRedis = (flight: Flight): Promise<Answer> => {
    const { cache } = flight.query;
    events.lookedUp(cache, 'l2', 'error');
    const entry = isUnwatched(flight) ? undefined : local.get(flight.query);
    const now = clock.nowMs();
    if (entry && now < entry.expiresAt && freshness.isTolerable(entry.checkedAt, now)) {
      return Promise.resolve({ ...answerOf(entry, 'l1', now), due: false });
    }
    const gate = gates.get(cache) ?? createGate(LOADS_WITHOUT_REDIS);
    gates.set(cache, gate);
    return load(flight, null, gate);
  };

  /** @param lease null when Redis has no part in it */
  const load = async (flight: Flight, lease: Lease | null, gate?: Gate): Promise<Answer> => {
    const { query } = flight;
    const stopRenewing = lease === null ? () => undefined : renewing(query, lease);
    try {
      const run = () => runLoad(flight, deps);
      const { value, startedAt } = await (gate?.(run, flight.controller.signal) ?? run());
      return await writer.write(flight, lease, value, startedAt);
    } catch (error) {
      const isTold = !wasGivenUp(flight) && !flight.invalidated;
      if (isTold) flight.holdMs = ERROR_TTL_MS * (0.9 + 0.2 * random());
      const failure = isTold ? { text: encodeFailure(error), ms: flight.holdMs } : undefined;
      if (lease !== null) await tier?.release(query, lease, failure).catch(() => undefined);
      return await staleOnError(flight, error);
    } finally {
      stopRenewing();
    }
  };

  /** A load may take longer than its lease; a process that died renews nothing. */
  const renewing = (query: Query, lease: Lease): (() => void) => {
    const renew = () => {
      void tier?.renew(query, lease).catch(() => undefined);
      cancel = clock.after(LEASE_MS / 3, renew);
    };
    let cancel = clock.after(LEASE_MS / 3, renew);
    return () => cancel();
  };

  /** An old answer in place of a failed load, where the cache allows it; else the failure. */
  const staleOnError = async (flight: Flight, error: unknown): Promise<Answer> => {
    const { query } = flight;
    if (wasGivenUp(flight) || !mayBeStale(query, error)) throw error;
    const entry = local.get(query);
    const now = clock.nowMs();
    if (entry?.value !== undefined && now < entry.keptUntil) {
      return answerOf(entry, 'l1', now, 'stale');
    }
    const read = query.policy.schema && (await readShared(query, () => true, 'no lease'));
    if (read?.kind !== 'entry') throw error;
    const answer = await writer.adopt(flight, read, read.sentAt, 'stale');
    if (answer?.value === undefined) throw error;
    return answer;
  };

  /** Tells metrics and trace what came of it, and has what is due renewed in the background. */
  const report = (query: Query, answer: Answer, joined?: Flight): Found<unknown> => {
    const { cache, id } = query;
    const { value, result, tier: from, ageMs, ttlMs, stored, handedThrough, due } = answer;
    if (due && singleFlight.get(id) === undefined) singleFlight.start(query, true, fetch);
    events.lookedUp(cache, from, result);
    describeLookup(cache, answer, joined?.span);
    // What cannot be frozen must not be shared either.
    const own = handedThrough && joined !== undefined ? structuredClone(value) : value;
    return { value: own, result, tier: from, ageMs, ttlMs, stored };
  };

  return lookup;
}

/** A renewal in the background that nobody has joined. */
function isUnwatched({ background, waiters }: Flight): boolean {
  return background && waiters === 0;
}

/** A 4xx is an answer, however unwelcome. */
function mayBeStale({ policy }: Query, error: unknown): boolean {
  return policy.staleIfErrorMs > 0 && !(error instanceof AppError && error.status < 500);
}

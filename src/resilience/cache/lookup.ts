/** From a look-up to its answer: this process, Redis, another process's load, the origin. */
import { AppError } from '../../errors.ts';
import type { CacheEvents, Clock, Found } from './cache.ts';
import type { Flight, Flights } from './flights.ts';
import { createGate, type Gate } from './gate.ts';
import type { Invalidations } from './invalidation.ts';
import { addressOf, createKeeper, type Answer, type Asked } from './keeper.ts';
import { performLoad, wasGivenUp } from './load.ts';
import type { LocalEntry, LocalTier } from './local-tier.ts';
import { fromFailure, toFailure } from './payload.ts';
import {
  LEASE_MS,
  type Lease,
  type ReadMode,
  type SharedRead,
  type SharedTier,
} from './shared-tier.ts';
import { describeLookup } from './spans.ts';
import type { Trust } from './trust.ts';

/** Milliseconds, give or take a tenth. */
const ERROR_TTL_MS = 250;
/** A load of another process is looked after this often, at first and at last. */
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;
const LOADS_WITHOUT_REDIS = 16;
const LONGEST_QUEUE = 1000;

/** What a background flight ends with when another process does its work. */
class RefreshedElsewhere extends Error {
  override readonly name = 'RefreshedElsewhere';
}

export interface ReadThrough {
  get: (asked: Asked, signal: AbortSignal | undefined) => Promise<Found<unknown>>;
}

/** What Redis said, and what was here when it was asked. */
interface Seen {
  read: SharedRead;
  known: LocalEntry | undefined;
  sentAt: number;
}

export function createReadThrough(deps: {
  tier: SharedTier | null;
  local: LocalTier;
  flights: Flights<Answer>;
  trust: Trust;
  invalidations: Pick<Invalidations, 'delivered' | 'pending'>;
  events: CacheEvents;
  clock: Clock;
  random: () => number;
  newToken: () => string;
}): ReadThrough {
  const { tier, local, flights, trust, events, clock } = deps;
  const keeper = createKeeper(deps);
  /** Of each cache, so that slow loads of one do not hold up quick ones of another. */
  const gates = new Map<string, Gate>();
  const gateOf = ({ name }: Asked['of']): Gate => {
    const gate = gates.get(name) ?? createGate(LOADS_WITHOUT_REDIS, LONGEST_QUEUE);
    gates.set(name, gate);
    return gate;
  };
  const sharedBy = (asked: Asked) => (asked.of.schema === null ? null : tier);
  const trusted = (entry: LocalEntry, now: number) =>
    tier === null || trust.trusted(entry.checkedAt, now);

  const fromHere = (asked: Asked): Answer | null => {
    const entry = local.get(asked.id);
    if (entry === undefined) return null;
    const now = clock.nowMs();
    if (now >= entry.keptUntil) local.delete(asked.id, 'expired');
    if (now >= entry.expiresAt || !trusted(entry, now)) return null;
    return keeper.answer(entry, 'l1', now);
  };

  /** @returns null when Redis does not answer */
  const look = async (shared: SharedTier, asked: Asked, mode: ReadMode): Promise<Seen | null> => {
    try {
      if (deps.invalidations.pending) await deps.invalidations.delivered();
      const known = local.get(asked.id);
      const sentAt = clock.nowMs();
      const options = { mode, known: known?.version ?? '' };
      return { read: await shared.read(addressOf(asked), options), known, sentAt };
    } catch {
      return null;
    }
  };

  /** What is here, if it is young enough; else a load, not too many at once. */
  const withoutRedis = (asked: Asked, flight: Flight<Answer>): Promise<Answer> => {
    events.lookedUp(asked.of.name, 'l2', 'error');
    const entry = unwatched(flight) ? undefined : local.get(asked.id);
    const now = clock.nowMs();
    if (entry !== undefined && now < entry.expiresAt && trust.tolerable(entry.checkedAt, now)) {
      return Promise.resolve({ ...keeper.answer(entry, 'l1', now), due: false });
    }
    return load(asked, flight, null, (work) =>
      gateOf(asked.of).run(work, flight.controller.signal),
    );
  };

  const oldFromHere = (asked: Asked, error: unknown): Answer | null => {
    const entry = mayBeOld(asked, error) ? local.get(asked.id) : undefined;
    const now = clock.nowMs();
    if (entry?.value === undefined || now >= entry.keptUntil) return null;
    return { ...keeper.answer(entry, 'l1', now, 'stale'), due: false };
  };

  /** An old answer in place of a failed load, where the cache allows it; else the failure. */
  const standIn = async (asked: Asked, flight: Flight<Answer>, error: unknown): Promise<Answer> => {
    if (wasGivenUp(flight) || unwatched(flight)) throw error;
    const here = oldFromHere(asked, error);
    if (here !== null) return here;
    const shared = mayBeOld(asked, error) ? sharedBy(asked) : null;
    const seen = shared === null ? null : await look(shared, asked, 'stale');
    if (seen?.read.kind !== 'entry') throw error;
    const answer = await keeper.adopt(asked, flight, seen.read, { ...seen, stale: true });
    if (answer?.value === undefined) throw error;
    return { ...answer, due: false };
  };

  const load = async (
    asked: Asked,
    flight: Flight<Answer>,
    lease: Lease | null,
    admit = (work: () => Promise<unknown>) => work(),
  ): Promise<Answer> => {
    const stopRenewing = renewing(asked, lease);
    let startedAt = clock.nowMs();
    try {
      const value = await admit(() => {
        startedAt = clock.nowMs();
        return performLoad(asked, flight, deps);
      });
      stopRenewing();
      return await keeper.keep(asked, flight, { value, startedAt, lease });
    } catch (error) {
      stopRenewing();
      const ms = ERROR_TTL_MS * (0.9 + 0.2 * deps.random());
      const told = !wasGivenUp(flight) && !flight.doomed;
      if (told) flights.holdFailure(flight, error, ms);
      if (lease !== null) {
        const failed = told ? { failure: toFailure(error), ms } : undefined;
        await tier?.release(addressOf(asked), lease, failed).catch(() => undefined);
      }
      return standIn(asked, flight, error);
    }
  };

  /** A load may take longer than its lease; a process that died renews nothing. */
  const renewing = (asked: Asked, lease: Lease | null): (() => void) => {
    if (lease === null || tier === null) return () => undefined;
    let cancel = () => {};
    const renew = () => {
      void tier.renew(addressOf(asked), lease).catch(() => undefined);
      cancel = clock.after(LEASE_MS / 3, renew);
    };
    cancel = clock.after(LEASE_MS / 3, renew);
    return () => cancel();
  };

  const pause = async (round: number, { signal }: AbortController): Promise<void> => {
    const longest = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(round, 5));
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(longest * (0.5 + deps.random() / 2), resolve);
    await promise;
    signal.throwIfAborted();
  };

  const fly = async (asked: Asked, flight: Flight<Answer>): Promise<Answer> => {
    const shared = sharedBy(asked);
    if (shared === null) return load(asked, flight, null);
    const giveUpAt = clock.nowMs() + asked.of.loadTimeoutMs;
    for (let round = 0; clock.nowMs() < giveUpAt; round++) {
      const seen = await look(shared, asked, unwatched(flight) ? 'refresh' : 'read');
      if (flight.abandoned) throw flight.controller.signal.reason;
      if (seen === null) return withoutRedis(asked, flight);
      if (round === 0 && seen.read.kind === 'busy') events.coalesced(asked.of.name, 'fleet');
      const settled = await settle(asked, flight, seen);
      if (settled !== null) return settled;
      await pause(round, flight.controller);
    }
    return load(asked, flight, null);
  };

  /** @returns null when it must be asked again */
  const settle = async (
    asked: Asked,
    flight: Flight<Answer>,
    seen: Seen,
  ): Promise<Answer | null> => {
    const { read, known } = seen;
    switch (read.kind) {
      case 'entry':
      case 'same':
        return keeper.adopt(asked, flight, read, { ...seen, stale: false });
      case 'lease':
        // Redis does not know it, and what became of it was not heard: it may have been invalidated.
        if (known !== undefined && !trusted(known, clock.nowMs())) {
          local.delete(asked.id, 'invalidated');
        }
        return load(asked, flight, read.lease);
      case 'failed':
        return standIn(asked, flight, fromFailure(read.failure));
      case 'corrupt':
        events.evicted(asked.of.name, 'corrupt');
        break;
      case 'busy':
        if (unwatched(flight)) throw new RefreshedElsewhere();
        break;
      case 'none':
        break;
    }
    return null;
  };

  const takeOff = (asked: Asked, background: boolean) =>
    flights.start({ id: asked.id, tags: asked.tags, background }, (flight) => fly(asked, flight));

  const refresh = (asked: Asked): void => {
    if (flights.get(asked.id) !== undefined || flights.failure(asked.id) !== undefined) return;
    takeOff(asked, true);
  };

  /** @throws the failure that is held */
  const heldBack = (asked: Asked): Answer | null => {
    const failed = flights.failure(asked.id);
    if (failed === undefined) return null;
    const old = oldFromHere(asked, failed.error);
    if (old === null) throw failed.error;
    return old;
  };

  const told = (asked: Asked, answer: Answer, joined: Flight<Answer> | null): Found<unknown> => {
    if (answer.due) refresh(asked);
    const { result, tier: from, ageMs, ttlMs, stored } = answer;
    events.lookedUp(asked.of.name, from, result);
    describeLookup(asked.of.name, answer, joined?.span);
    // What cannot be frozen must not be shared either.
    const shared = answer.handedThrough && joined !== null;
    const value = shared ? structuredClone(answer.value) : answer.value;
    return { value, result, tier: from, ageMs, ttlMs, stored };
  };

  const failed = (asked: Asked, signal: AbortSignal | undefined, error: unknown): never => {
    if (signal?.aborted !== true) events.lookedUp(asked.of.name, 'origin', 'error');
    throw error;
  };

  const travel = async (asked: Asked, signal: AbortSignal | undefined): Promise<Found<unknown>> => {
    try {
      signal?.throwIfAborted();
      for (;;) {
        const here = fromHere(asked) ?? heldBack(asked);
        if (here !== null) return told(asked, here, null);
        const joined = flights.get(asked.id) ?? null;
        if (joined !== null) events.coalesced(asked.of.name, 'process');
        const flight = joined ?? takeOff(asked, false);
        try {
          return told(asked, await flights.wait(flight, signal), joined);
        } catch (error) {
          // It was a background flight that was just leaving.
          if (!(error instanceof RefreshedElsewhere)) throw error;
        }
      }
    } catch (error) {
      return failed(asked, signal, error);
    }
  };

  return {
    // The first two are what most look-ups are: they make as few promises and objects as can be.
    get(asked, signal) {
      if (signal?.aborted === true) return travel(asked, signal);
      const here = fromHere(asked);
      if (here !== null) return Promise.resolve(told(asked, here, null));
      const flight = flights.get(asked.id);
      if (flight === undefined || flight.background) return travel(asked, signal);
      events.coalesced(asked.of.name, 'process');
      const whole = flights.wait(flight, signal);
      return whole.then(
        (answer) => told(asked, answer, flight),
        (error: unknown) => failed(asked, signal, error),
      );
    },
  };
}

/** In the background, and nobody has joined. */
function unwatched({ background, waiters }: Flight<Answer>): boolean {
  return background && waiters === 0;
}

/** A 4xx is an answer, however unwelcome. */
function mayBeOld({ of }: Asked, error: unknown): boolean {
  return of.staleIfErrorMs > 0 && !(error instanceof AppError && error.status < 500);
}

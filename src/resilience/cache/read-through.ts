/** From a look-up to its answer: this process, Redis, another process's load, the origin. */
import type { SpanContext } from '@opentelemetry/api';
import { AppError } from '../../errors.ts';
import type { CacheEvents, Clock } from './cache.ts';
import type { Flight, Flights } from './flights.ts';
import { createGate } from './gate.ts';
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

interface Got {
  answer: Answer;
  /** The flight was another caller's, and its load had this span. */
  joined: { span: SpanContext | undefined } | null;
}

export interface ReadThrough {
  get: (asked: Asked, signal: AbortSignal | undefined) => Promise<Got>;
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
  invalidations: Pick<Invalidations, 'delivered'>;
  events: CacheEvents;
  clock: Clock;
  random: () => number;
  newToken: () => string;
}): ReadThrough {
  const { tier, local, flights, trust, events, clock } = deps;
  const keeper = createKeeper(deps);
  const gate = createGate(LOADS_WITHOUT_REDIS, LONGEST_QUEUE);
  const sharedBy = (asked: Asked) => (asked.of.schema === null ? null : tier);
  const trusted = (entry: LocalEntry) => tier === null || trust.trusted(entry.checkedAt);

  const fromHere = (asked: Asked): Answer | null => {
    const entry = local.get(asked.id);
    if (entry === undefined) return null;
    const now = clock.nowMs();
    if (now >= entry.keptUntil) local.delete(asked.id, 'expired');
    if (now >= entry.expiresAt || !trusted(entry)) return null;
    return keeper.answer(entry, 'l1');
  };

  /** @returns null when Redis does not answer */
  const look = async (shared: SharedTier, asked: Asked, mode: ReadMode): Promise<Seen | null> => {
    try {
      await deps.invalidations.delivered();
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
    const usable = entry !== undefined && clock.nowMs() < entry.expiresAt;
    if (usable && trust.tolerable(entry.checkedAt)) {
      return Promise.resolve({ ...keeper.answer(entry, 'l1'), due: false });
    }
    return load(asked, flight, null, (work) => gate.run(work, flight.controller.signal));
  };

  const oldFromHere = (asked: Asked, error: unknown): Answer | null => {
    const entry = mayBeOld(asked, error) ? local.get(asked.id) : undefined;
    if (entry?.value === undefined || clock.nowMs() >= entry.keptUntil) return null;
    return { ...keeper.answer(entry, 'l1', 'stale'), due: false };
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
      flight.controller.signal.throwIfAborted();
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
        if (known !== undefined && !trusted(known)) local.delete(asked.id, 'invalidated');
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
  const atOnce = (asked: Asked): Answer | null => {
    const here = fromHere(asked);
    if (here !== null) return here;
    const failed = flights.failure(asked.id);
    if (failed === undefined) return null;
    const old = oldFromHere(asked, failed.error);
    if (old === null) throw failed.error;
    return old;
  };

  return {
    async get(asked, signal) {
      for (;;) {
        const here = atOnce(asked);
        if (here?.due === true) refresh(asked);
        if (here !== null) return { answer: here, joined: null };
        const flying = flights.get(asked.id);
        if (flying !== undefined) events.coalesced(asked.of.name, 'process');
        const flight = flying ?? takeOff(asked, false);
        try {
          const answer = await flights.wait(flight, signal);
          if (answer.due) refresh(asked);
          return { answer, joined: flying === undefined ? null : { span: flight.span } };
        } catch (error) {
          // It was a background flight that was just leaving.
          if (!(error instanceof RefreshedElsewhere)) throw error;
        }
      }
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

/** A Redis and a bus in virtual time, that are late, lose and reorder as a test says. */
import type { BusListener } from '#src/resilience/cache/bus.ts';
import { LEASE_MS, type Lease, type SharedTier } from '#src/resilience/cache/shared-tier.ts';
import type { Clock } from '#src/resilience/cache/cache.ts';
import type { CacheDeps } from '#src/resilience/cache/cache.ts';

const DEADLINE_MS = 50;
const EVERYTHING = '*';

export interface Faults {
  /** Nothing gets there. */
  down: boolean;
  /** It gets there, but no answer comes back. */
  mute: boolean;
  /** Messages of the bus do not arrive, and nobody says so. */
  deaf: boolean;
}

interface Stored {
  payload: string;
  version: string;
  seal: string;
  ttlMs: number;
  dueMs: number;
  keepMs: number;
  goneAt: number;
}

export interface ModelRedis {
  connect: (faults: Faults) => {
    shared: NonNullable<CacheDeps['shared']>;
    connected: (is: boolean) => void;
  };
  flushAll: () => void;
  evictGenerations: () => void;
  /** What whoever asks now could read. */
  payloads: () => string[];
}

/** @param delay gives the next latency in milliseconds, and so the order of what happens */
export function modelRedis(clock: Clock, newToken: () => string, delay: () => number): ModelRedis {
  const entries = new Map<string, Stored>();
  const leases = new Map<
    string,
    { token: string; seal: string; failure?: string; goneAt: number }
  >();
  const generations = new Map<string, string>();
  let position = { epoch: newToken(), number: 0 };
  const ears = new Set<{ faults: Faults; listener: BusListener; up: boolean }>();

  const live = <T extends { goneAt: number }>(map: Map<string, T>, id: string): T | undefined => {
    const found = map.get(id);
    return found !== undefined && found.goneAt > clock.nowMs() ? found : undefined;
  };
  const sealOf = (tags: readonly string[]) =>
    [EVERYTHING, ...tags].map((tag) => generations.get(tag) ?? '').join(',');
  const holds = (id: string, lease: Lease) => live(leases, id)?.token === lease.token;

  const shape = (stored: Stored) => ({
    version: stored.version,
    ageMs: Math.max(0, stored.keepMs - (stored.goneAt - clock.nowMs())),
    ttlMs: stored.ttlMs,
    dueMs: stored.dueMs,
    leftMs: stored.goneAt - clock.nowMs(),
  });

  const execute: SharedTier = {
    async read({ id, tags }, { mode, known }) {
      const token = newToken();
      for (const tag of [EVERYTHING, ...tags]) {
        if (!generations.has(tag) && mode !== 'stale') generations.set(tag, token);
      }
      const seal = sealOf(tags);
      const stored = live(entries, id);
      if (stored !== undefined && stored.seal === seal) {
        const seen = shape(stored);
        const limit = mode === 'refresh' ? seen.dueMs : seen.ttlMs;
        if (mode === 'stale' || seen.ageMs < limit) {
          return stored.version === known
            ? { kind: 'same', ...seen }
            : { kind: 'entry', ...seen, payload: stored.payload };
        }
      } else entries.delete(id);
      if (mode === 'stale') return { kind: 'none' };
      const lease = live(leases, id);
      if (lease !== undefined && lease.seal === seal) {
        return lease.failure === undefined
          ? { kind: 'busy' }
          : { kind: 'failed', failure: lease.failure };
      }
      leases.set(id, { token, seal, goneAt: clock.nowMs() + LEASE_MS });
      return { kind: 'lease', lease: { token, seal } };
    },
    async store({ id, tags }, lease, { ageMs, keepMs, ...entry }) {
      if (!holds(id, lease)) return 'lease';
      leases.delete(id);
      if (sealOf(tags) !== lease.seal) return 'generation';
      const goneAt = clock.nowMs() + Math.max(1, keepMs - ageMs);
      entries.set(id, { ...entry, keepMs, seal: lease.seal, goneAt });
      return 'stored';
    },
    async renew({ id }, lease) {
      const held = live(leases, id);
      if (held !== undefined && holds(id, lease)) held.goneAt = clock.nowMs() + LEASE_MS;
    },
    async release({ id }, lease, failed) {
      if (!holds(id, lease)) return;
      if (failed === undefined) leases.delete(id);
      else {
        const { failure, ms } = failed;
        leases.set(id, { token: '!', seal: lease.seal, failure, goneAt: clock.nowMs() + ms });
      }
    },
    async remove({ id }) {
      entries.delete(id);
    },
    async invalidate({ keys, tags, all, message }) {
      for (const { id } of keys) {
        entries.delete(id);
        leases.delete(id);
      }
      for (const tag of [...tags, ...(all ? [EVERYTHING] : [])]) generations.delete(tag);
      position = { ...position, number: position.number + 1 };
      const said = { ...position, text: message };
      for (const ear of ears) {
        clock.after(delay(), () => {
          if (ear.up && !ear.faults.deaf) ear.listener.onMessage(said);
        });
      }
      return 0;
    },
    async position() {
      return position;
    },
  };

  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const overNetwork = (faults: Faults): SharedTier => {
    const via =
      <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (faults.down) throw new Error('refused');
        const there = delay();
        await sleep(Math.min(there, DEADLINE_MS));
        // It may still be carried out after its sender has given up.
        if (there > DEADLINE_MS) clock.after(there - DEADLINE_MS, () => void operation(...args));
        if (there > DEADLINE_MS) throw new Error('too late');
        const result = await operation(...args);
        await sleep(delay());
        if (faults.mute) throw new Error('no answer');
        return result;
      };
    return {
      read: via(execute.read),
      store: via(execute.store),
      renew: via(execute.renew),
      release: via(execute.release),
      remove: via(execute.remove),
      invalidate: via(execute.invalidate),
      position: via(execute.position),
    };
  };

  return {
    connect(faults) {
      let ear: { faults: Faults; listener: BusListener; up: boolean } | undefined;
      return {
        shared: {
          tier: overNetwork(faults),
          bus: {
            listen(listener) {
              ear = { faults, listener, up: true };
              ears.add(ear);
              listener.onConnected(true);
            },
            check: () => Promise.resolve(),
            close: () => Promise.resolve(void (ear !== undefined && ears.delete(ear))),
          },
        },
        connected(is) {
          if (ear === undefined || ear.up === is) return;
          ear.up = is;
          ear.listener.onConnected(is);
        },
      };
    },
    flushAll() {
      entries.clear();
      leases.clear();
      generations.clear();
      position = { epoch: newToken(), number: 0 };
    },
    evictGenerations: () => generations.clear(),
    payloads: () =>
      [...entries.keys()]
        .map((id) => live(entries, id))
        .filter((stored) => stored !== undefined && stored.seal === sealOf(['t']))
        .map((stored) => stored?.payload ?? ''),
  };
}

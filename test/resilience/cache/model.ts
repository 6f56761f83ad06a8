/** A Redis and a bus in virtual time, that are late, lose and reorder as a test says. */
import type { CacheDeps, Clock } from '#src/resilience/cache/cache.ts';
import {
  LEASE_MS,
  type BusListener,
  type Lease,
  type RemoteTier,
} from '#src/resilience/cache/remote-tier.ts';

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

  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

  const execute: RemoteTier = {
    async read({ id, tags }, willDo, wanted = 'lease') {
      // The entry first, then in a second command the lease, if the entry is still what was seen.
      const stored = live(entries, id);
      if (stored !== undefined && stored.seal === sealOf(tags)) {
        const { payload, version, keepMs, goneAt } = stored;
        const ageMs = Math.max(0, keepMs - (goneAt - clock.nowMs()));
        const entry = { payload, version, ageMs };
        if (willDo(entry)) return { kind: 'entry', ...entry };
      }
      if (wanted === 'no lease') return { kind: 'none' };
      await sleep(delay());
      const now = live(entries, id);
      if (now !== undefined && now !== stored) return { kind: 'none' };
      const token = newToken();
      for (const tag of [EVERYTHING, ...tags]) {
        if (!generations.has(tag)) generations.set(tag, token);
      }
      const seal = sealOf(tags);
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
    async release({ id }, lease, told) {
      if (!holds(id, lease)) return;
      if (told === undefined) leases.delete(id);
      else {
        const { text: failure, ms } = told;
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
      const said = position;
      for (const ear of ears) {
        clock.after(delay(), () => {
          if (ear.up && !ear.faults.deaf) ear.listener.onMessage(said, message);
        });
      }
      return 0;
    },
    async poll() {
      return position;
    },
  };

  const overNetwork = (faults: Faults): RemoteTier => {
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
      poll: via(execute.poll),
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

/**
 * Cache: answers again what was answered before, from the process (L1) or from Redis (L2), and keeps many
 * who ask for the same at once from being that many loads.
 *
 * Guarantees
 * - One load a key, however many ask and in however many processes; also a failing one, whose error is held
 *   for 250 ms. When the process that loads dies, the others go on after its lease (2 s).
 * - Once `invalidate` has resolved, what was loaded before is never stored again, and not served: by this
 *   process at once; by another that hears the bus, as soon as it hears; by one that does not, for at most
 *   `STALENESS_MS` (10 s: twice the heartbeat, below L1's maximum age of 30 s). No clock is compared with
 *   another: a load is tied to the generations (random words in Redis) of its tags as they were when it
 *   began, and its write is a script that refuses when one of them is another or gone. A lost generation
 *   (FLUSHALL, eviction) is another generation.
 * - When Redis cannot be reached at that moment, `invalidate` still resolves: this process reads nothing from
 *   Redis until the invalidation was delivered (the newest 1000, beyond them everything). Other processes
 *   that do reach Redis may then serve the old entry from there until it is delivered, or, if this process
 *   dies first, until the entry's TTL ends. What must not be readable is not left to that: `erasures.ts`.
 * - Not promised: a process that dies between its commit and its `invalidate` leaves the old entry readable until
 *   its TTL ends (an erasure is delivered by the others), and so does a Redis that fails over to a replica
 *   which had not got the invalidation yet.
 * - An entry of one owner is never served to another: the owner is part of its key, and is compared with the
 *   entry's when it is read.
 * - Values are JSON, validated when they come from Redis, frozen, and never shared with who loaded them.
 *
 * States of an L1 entry: fresh → due (served, renewed in the background) → expired (served only when a load
 * fails, and only as long as its cache allows); beside them *suspect*: the bus missed something, was
 * connected anew or silent, so the entry is compared with Redis before it is served.
 *
 * Fails open: without Redis it is a cache of one process, whose entries live `STALENESS_MS`, and loads run
 * 16 at a time in each cache. Processes behind one port then tell each other what is invalid, before `invalidate`
 * resolves: one that does not hear it within 250 ms hears it when it reads again; a value that cannot be kept is handed through. It fails closed
 * only where the choice is between an old answer and none, and the old one is not allowed.
 */
import type { z } from 'zod';
import type { Bus, RemoteTier } from './remote-tier.ts';

export type Tier = 'l1' | 'l2' | 'origin';
export type LookupResult = 'hit' | 'stale' | 'miss' | 'negative' | 'error' | 'bypass';

/** What the cache tells of its work; metrics and log listen. `cache` is the name of a defined cache. */
export interface CacheEvents {
  /** A cache was defined: from now on its name occurs in the other events. */
  defined: (cache: string) => void;
  lookedUp: (cache: string, tier: Tier, result: LookupResult) => void;
  loaded: (
    cache: string,
    mode: 'foreground' | 'refresh',
    outcome: 'found' | 'absent' | 'failed' | 'cancelled',
    seconds: number,
  ) => void;
  /** A caller joined a load: of this process, or of another's. */
  coalesced: (cache: string, scope: 'process' | 'fleet') => void;
  /** A command to Redis. `cache` is `all` for what concerns every cache. */
  operated: (
    cache: string,
    operation: 'read' | 'store' | 'release' | 'renew' | 'remove' | 'invalidate' | 'poll',
    outcome: 'ok' | 'error',
    seconds: number,
  ) => void;
  evicted: (
    cache: string,
    reason: 'size' | 'expired' | 'invalidated' | 'negative_budget' | 'corrupt',
  ) => void;
  invalidated: (cache: string, kind: 'key' | 'tag' | 'all', origin: 'local' | 'bus') => void;
  writeRejected: (
    cache: string,
    reason: 'generation' | 'lease' | 'invalidated' | 'too_large' | 'not_json',
  ) => void;
  busGap: () => void;
  busConnected: (connected: boolean) => void;
}

/** Monotonic milliseconds and timers that keep no process alive; tests give a virtual one. */
export interface Clock {
  nowMs: () => number;
  /** @returns cancels it */
  after: (ms: number, run: () => void) => () => void;
}

export interface Neighbours {
  /** Resolves once each has heard it, or is late; never rejects. */
  tell: (text: string) => Promise<void>;
  hear: (listener: (text: string) => void) => void;
}

export interface CacheDeps {
  /** false: every lookup is a load. */
  enabled: boolean;
  /** Of the process's tier: values, keys and book-keeping of all caches together. */
  maxBytes: number;
  /** Null: nothing is shared with other processes. */
  shared: { tier: RemoteTier; bus: Bus } | null;
  /** Other processes of this machine, which are told where nothing is shared. */
  neighbours?: Neighbours | null;
  events: CacheEvents;
  clock: Clock;
  /** From 0 to 1. */
  random: () => number;
  /** A word that was never given before, in no process. */
  newToken: () => string;
}

export interface CacheSpec<T> {
  /** Lower case and underscores; also the metric label. */
  name: string;
  /** Another shape of the value is another version; entries of both live side by side during a roll-out. */
  version?: number;
  /** What comes from Redis must fit; without it the cache is of this process only. */
  schema?: z.ZodType<T>;
  /** Never served as fresh beyond this. It is due for renewal from 90 % ± 10 % of it on. */
  ttlSeconds: number;
  /** Further time for which it is served when its load fails (not when the answer is a 4xx). 0 unless told. */
  staleIfErrorSeconds?: number;
  /** How long it is kept that there is nothing (`undefined`). 0 unless told: asked again each time. */
  negativeTtlSeconds?: number;
  /** Longest load; its signal aborts then. 30 s unless told. */
  loadTimeoutMs?: number;
}

export interface Found<T> {
  /** Frozen; undefined when the origin has nothing. */
  value: T | undefined;
  result: LookupResult;
  tier: Tier;
  /** Milliseconds since the load began. */
  ageMs: number;
  /** Milliseconds for which it stays fresh; negative when it is stale. */
  ttlMs: number;
  /** Whether the next one to ask will find it. */
  stored: boolean;
}

export interface LookupOptions {
  /** Whose the entry is: letters, digits, _ and -. It is served to nobody else. `EVERYONE` unless told. */
  owner?: string;
  /** `invalidate({ tags })` with one of them ends the entry. At most 8. */
  tags?: readonly string[];
  /** The caller's; a load goes on while anybody waits for it. */
  signal?: AbortSignal;
}

export interface NamedCache<T> {
  readonly name: string;
  /**
   * @param key parts that tell values apart, the caller included where the value depends on it
   * @param load must not use the caller's signal or database session: others may wait for it too
   * @throws what `load` throws, and the caller's signal's reason
   */
  get: (
    key: readonly unknown[],
    load: (signal: AbortSignal) => Promise<T | undefined>,
    options?: LookupOptions,
  ) => Promise<Found<T>>;
  /** What `invalidate({ keys })` takes. */
  keyOf: (key: readonly unknown[], owner?: string) => string;
}

export interface CacheCounts {
  cached_entries: number;
  /** Bytes. */
  memory_usage_estimate: number;
  hits: number;
  misses: number;
  stale: number;
  loads: number;
  coalesced: number;
  evictions: number;
}

export interface CacheStats extends CacheCounts {
  enabled: boolean;
  /** Whether entries are shared through Redis, and whether invalidations of others are heard. */
  shared: boolean;
  bus_connected: boolean;
  max_bytes: number;
  caches: Record<string, CacheCounts>;
}

export type Invalidation = {
  /** From `keyOf`. */
  keys?: readonly string[];
  tags?: readonly string[];
  all?: boolean;
  /**
   * Also look through everything in Redis for entries of the tags: an index that Redis has evicted no longer tells
   * of them. For what must be gone, not only unreadable; it takes a few milliseconds for 1000 entries.
   */
  erase?: boolean;
};

export interface Cache {
  /** @throws when the name is taken: two caches never share an entry */
  define: <T>(spec: CacheSpec<T>) => NamedCache<T>;
  /** A defined cache. */
  named: (name: string) => NamedCache<unknown> | undefined;
  /**
   * `cached({ ttlSeconds: 300 })(fn)`: the same function, called once for the same arguments, in this process.
   * Its result must be JSON, else it is handed through.
   */
  cached: (spec: {
    ttlSeconds: number;
  }) => <A extends unknown[], R>(fn: (...args: A) => Promise<R> | R) => (...args: A) => Promise<R>;
  /** Resolves with the number of entries removed, once nothing loaded before will be served (see above). */
  invalidate: (what: Invalidation) => Promise<number>;
  /**
   * For `erasures.ts`: ends them in this process, and in Redis wherever they are.
   * Resolves with whether Redis has taken it; where there is none, it has.
   */
  erase: (what: Pick<Invalidation, 'keys' | 'tags'>) => Promise<boolean>;
  /** For `erasures.ts`: another process said so. */
  erasedElsewhere: (text: string) => void;
  /** Whether entries are shared through Redis. */
  readonly isShared: boolean;
  /** Whether Redis has not taken yet what was invalidated here. */
  readonly isBehind: boolean;
  getCacheStats: () => CacheStats;
  /** Connects to the bus and begins the heartbeat. */
  start: () => void;
  /** Stops heartbeat, renewals and background loads; what waits is rejected. */
  close: () => Promise<void>;
}

/** What processes share: entries, leases, generations and the number of the last invalidation. */

/** A breaker's `execute`; the deadline of a command is the connection's own. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** So long the others wait for a process that died while it loaded; one that lives renews. */
export const LEASE_MS = 2000;

/** Where an entry lives; `id` is unique over all caches. */
export interface Address {
  cache: string;
  id: string;
  tags: readonly string[];
}

/** The right to load and to store; void once a generation or the lease itself is another. */
export interface Lease {
  token: string;
  seal: string;
}

export interface SharedEntry {
  /** A word of its own for every write. */
  version: string;
  /** Milliseconds since its load began, by Redis's clock alone. */
  ageMs: number;
  ttlMs: number;
  dueMs: number;
  /** Until it is gone. */
  leftMs: number;
}

export type SharedRead =
  | ({ kind: 'entry'; payload: string } & SharedEntry)
  /** The version that the reader knows already. */
  | ({ kind: 'same' } & SharedEntry)
  | { kind: 'lease'; lease: Lease }
  /** Another process loads. */
  | { kind: 'busy' }
  /** Another process's load failed a moment ago. */
  | { kind: 'failed'; failure: string }
  /** Was no entry, and was removed. */
  | { kind: 'corrupt' }
  | { kind: 'none' };

/**
 * `read`: an entry that is not expired, else a lease. `refresh`: an entry that is not due, else a lease.
 * `stale`: any entry, never a lease.
 */
export type ReadMode = 'read' | 'refresh' | 'stale';

export interface Position {
  /** Changes when Redis lost its data. */
  epoch: string;
  /** Of the last invalidation. */
  number: number;
}

export interface SharedInvalidation {
  keys: readonly { cache: string; id: string }[];
  tags: readonly string[];
  all: boolean;
  /** Look through all entries for those of the tags, too. */
  erase: boolean;
  /** Passed on over the bus as it is. */
  message: string;
}

/** Every method rejects when Redis does not answer in time; none is sent twice. */
export interface SharedTier {
  read: (at: Address, options: { mode: ReadMode; known: string }) => Promise<SharedRead>;
  /** Stores if the lease and all generations are as they were. */
  store: (
    at: Address,
    lease: Lease,
    entry: {
      payload: string;
      version: string;
      ageMs: number;
      ttlMs: number;
      dueMs: number;
      keepMs: number;
    },
  ) => Promise<'stored' | 'lease' | 'generation'>;
  renew: (at: Address, lease: Lease) => Promise<void>;
  /** Gives the lease back; with a failure others are told of it for so long. */
  release: (at: Address, lease: Lease, failed?: { failure: string; ms: number }) => Promise<void>;
  remove: (at: Address) => Promise<void>;
  /** @returns how many entries were removed; what it cannot reach is unreadable all the same */
  invalidate: (what: SharedInvalidation) => Promise<number>;
  position: () => Promise<Position>;
}

/** What processes share: entries, leases, generations, the number of the last invalidation, and the bus. */

/** A breaker's `execute`; the deadline of a command is the connection's own. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** So long the others wait for a process that died while it loaded; one that lives renews. */
export const LEASE_MS = 2000;

/** Where an entry lives; `id` is unique over all caches and owners. */
export interface Address {
  cache: string;
  owner: string;
  id: string;
  tags: readonly string[];
}

/** The right to load and to store; void once a generation or the lease itself is another. */
export interface Lease {
  token: string;
  seal: string;
}

export interface RemoteEntry {
  payload: string;
  /** A word of its own for every write. */
  version: string;
  /** Milliseconds since its load began, by Redis's clock alone. */
  ageMs: number;
}

export type SharedRead =
  | ({ kind: 'entry' } & RemoteEntry)
  | { kind: 'lease'; lease: Lease }
  /** Another process loads. */
  | { kind: 'busy' }
  /** Another process's load failed a moment ago. */
  | { kind: 'failed'; failure: string }
  /** Was no entry, and was removed. */
  | { kind: 'corrupt' }
  /** There is nothing, or it changed meanwhile. */
  | { kind: 'none' };

export interface Position {
  /** Changes when Redis lost its data. */
  epoch: string;
  /** Of the last invalidation. */
  number: number;
}

export interface SharedInvalidation {
  keys: readonly Omit<Address, 'tags'>[];
  tags: readonly string[];
  all: boolean;
  /** Look through all entries for those of the tags where an index was lost. */
  erase: boolean;
  /** Passed on over the bus as it is. */
  message: string;
}

/** Every method rejects when Redis does not answer in time; none is sent twice. */
export interface RemoteTier {
  /** An entry that will do; else the lease, unless it is not wanted. */
  read: (
    at: Address,
    willDo: (entry: RemoteEntry) => boolean,
    lease?: 'lease' | 'no lease',
  ) => Promise<SharedRead>;
  /** Stores if the lease and all generations are as they were. */
  store: (
    at: Address,
    lease: Lease,
    entry: RemoteEntry & { keepMs: number },
  ) => Promise<'stored' | 'lease' | 'generation'>;
  renew: (at: Address, lease: Lease) => Promise<void>;
  /** Gives the lease back; with a failure others are told of it for so long. */
  release: (at: Address, lease: Lease, failure?: { text: string; ms: number }) => Promise<void>;
  remove: (at: Address) => Promise<void>;
  /** @returns how many entries were removed; what it cannot reach is unreadable all the same */
  invalidate: (what: SharedInvalidation) => Promise<number>;
  poll: () => Promise<Position>;
}

export interface BusListener {
  /** @param text as it was given to `invalidate` */
  onMessage: (position: Position, text: string) => void;
  onConnected: (connected: boolean) => void;
}

export interface Bus {
  /** Listens until `close`; reconnects by itself. */
  listen: (listener: BusListener) => void;
  /** Connects anew when the connection is dead without having said so. */
  check: () => Promise<void>;
  close: () => Promise<void>;
}

import { LRUCache } from 'lru-cache';
import type { CacheEvents } from './cache.ts';
import type { Address } from './remote-tier.ts';

export interface LocalEntry {
  cache: string;
  /** Only who asks for this owner is served. */
  owner: string;
  /** Frozen; undefined: known to be absent. */
  value: unknown;
  tags: readonly string[];
  /** Of the entry in Redis; empty when it is not there. */
  version: string;
  /** Estimate, of the value alone. */
  bytes: number;
  /** Monotonic milliseconds: the load's begin. */
  bornAt: number;
  /** When the question was sent whose answer this is. */
  checkedAt: number;
  dueAt: number;
  expiresAt: number;
  /** Until then it may be served when its load fails. */
  keptUntil: number;
}

type Reason = Parameters<CacheEvents['evicted']>[1];

/** Book-keeping of an entry: the entry's object, the slot, its places in the indexes. */
const ENTRY_BYTES = 320;
const MOST_ENTRIES = 100_000;
/** Whoever asks for what does not exist must not push out what does. */
const MOST_NEGATIVES = 1000;
const NEGATIVE_SHARE = 1 / 16;
/** Of the whole; a few giants must not push out everything else. */
const LARGEST_SHARE = 1 / 4;

export type LocalTier = ReturnType<typeof createLocalTier>;

/** The process's tier: the least recently used go first, when the bytes or the negatives are used up. */
export function createLocalTier(deps: { maxBytes: number; events: Pick<CacheEvents, 'evicted'> }) {
  const byTag = new Map<string, Set<string>>();
  const usage = new Map<string, { entries: number; bytes: number }>();
  let reason: Reason = 'size';

  const account = (entry: LocalEntry, id: string, sign: 1 | -1) => {
    const { entries, bytes } = usage.get(entry.cache) ?? { entries: 0, bytes: 0 };
    usage.set(entry.cache, { entries: entries + sign, bytes: bytes + sign * sizeOf(entry, id) });
  };
  const store = (max: number, share: number, whenFull: Reason) =>
    new LRUCache<string, LocalEntry>({
      max,
      maxSize: Math.max(1, Math.floor(deps.maxBytes * share)),
      sizeCalculation: sizeOf,
      dispose(entry, id, why) {
        account(entry, id, -1);
        for (const tag of entry.tags) {
          const ids = byTag.get(tag);
          ids?.delete(id);
          if (ids?.size === 0) byTag.delete(tag);
        }
        if (why !== 'set') deps.events.evicted(entry.cache, why === 'evict' ? whenFull : reason);
      },
    });
  const found = store(MOST_ENTRIES, 1 - NEGATIVE_SHARE, 'size');
  const absent = store(MOST_NEGATIVES, NEGATIVE_SHARE, 'negative_budget');

  const remove = (id: string, because: Reason): boolean => {
    reason = because;
    return found.delete(id) || absent.delete(id);
  };

  return {
    /** @returns nothing that is another owner's, whatever the id says */
    get({ id, owner }: Pick<Address, 'id' | 'owner'>): LocalEntry | undefined {
      const entry = found.get(id) ?? (absent.size === 0 ? undefined : absent.get(id));
      return entry?.owner === owner ? entry : undefined;
    },
    /** @returns false when it is too large to be kept */
    set(id: string, entry: LocalEntry): boolean {
      const [home, other] = entry.value === undefined ? [absent, found] : [found, absent];
      reason = 'expired';
      other.delete(id);
      if (sizeOf(entry, id) > home.maxSize * LARGEST_SHARE) {
        home.delete(id);
        return false;
      }
      // An older one of this id is disposed of within.
      home.set(id, entry);
      account(entry, id, 1);
      for (const tag of entry.tags) byTag.set(tag, (byTag.get(tag) ?? new Set()).add(id));
      return true;
    },
    delete: remove,
    /** @returns how many entries were removed */
    deleteTag(tag: string): number {
      let removed = 0;
      for (const id of byTag.get(tag) ?? []) if (remove(id, 'invalidated')) removed += 1;
      return removed;
    },
    /** @returns how many entries were removed */
    clear(): number {
      const removed = found.size + absent.size;
      reason = 'invalidated';
      found.clear();
      absent.clear();
      return removed;
    },
    /** By cache. */
    usage: (): ReadonlyMap<string, { entries: number; bytes: number }> => usage,
  };
}

/** Bytes, the key and book-keeping included. */
function sizeOf({ bytes, tags }: LocalEntry, id: string): number {
  const tagBytes = tags.reduce((sum, tag) => sum + 64 + 2 * tag.length, 0);
  return bytes + ENTRY_BYTES + 2 * id.length + tagBytes;
}

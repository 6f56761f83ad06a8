import { LRUCache } from 'lru-cache';
import type { CacheEvents } from './cache.ts';

export interface LocalEntry {
  cache: string;
  /** Frozen; undefined: known to be absent. */
  value: unknown;
  tags: readonly string[];
  /** Of the entry in Redis; empty when it is not there. */
  version: string;
  /** Estimate, the key and book-keeping included. */
  bytes: number;
  /** Monotonic milliseconds: the load's begin. */
  bornAt: number;
  /** When the question was sent whose answer this is. */
  checkedAt: number;
  dueAt: number;
  expiresAt: number;
  /** Until then it may stand in for a failing load. */
  keptUntil: number;
}

export interface LocalTier {
  get: (id: string) => LocalEntry | undefined;
  /** @returns false when it is too large to be kept */
  set: (id: string, entry: LocalEntry) => boolean;
  delete: (id: string, reason: Parameters<CacheEvents['evicted']>[1]) => boolean;
  /** @returns how many entries were removed */
  deleteTag: (tag: string) => number;
  clear: () => number;
  readonly entries: number;
  readonly bytes: number;
  usage: () => ReadonlyMap<string, { entries: number; bytes: number }>;
}

/** Book-keeping of an entry: the entry's object, the slot, its places in the indexes. */
const ENTRY_BYTES = 320;
const MOST_ENTRIES = 100_000;
/** Whoever asks for what does not exist must not push out what does. */
const MOST_NEGATIVES = 1000;
const NEGATIVE_SHARE = 1 / 16;
/** Of the whole; a few giants must not push out everything else. */
const LARGEST_SHARE = 1 / 4;

/** The process's tier: the least recently used go first, when the bytes or the negatives are used up. */
export function createLocalTier(deps: {
  maxBytes: number;
  events: Pick<CacheEvents, 'evicted'>;
}): LocalTier {
  const { maxBytes, events } = deps;
  const byTag = new Map<string, Set<string>>();
  const usage = new Map<string, { entries: number; bytes: number }>();
  let reason: Parameters<CacheEvents['evicted']>[1] = 'size';

  const account = (entry: LocalEntry, sign: 1 | -1) => {
    const used = usage.get(entry.cache) ?? { entries: 0, bytes: 0 };
    usage.set(entry.cache, {
      entries: used.entries + sign,
      bytes: used.bytes + sign * entry.bytes,
    });
  };
  const forget = (entry: LocalEntry, id: string) => {
    account(entry, -1);
    for (const tag of entry.tags) {
      const ids = byTag.get(tag);
      ids?.delete(id);
      if (ids?.size === 0) byTag.delete(tag);
    }
  };
  const store = (max: number, share: number, full: 'size' | 'negative_budget') =>
    new LRUCache<string, LocalEntry>({
      max,
      maxSize: Math.max(1, Math.floor(maxBytes * share)),
      dispose(entry, id, why) {
        forget(entry, id);
        if (why !== 'set') events.evicted(entry.cache, why === 'evict' ? full : reason);
      },
    });
  const found = store(MOST_ENTRIES, 1 - NEGATIVE_SHARE, 'size');
  const absent = store(MOST_NEGATIVES, NEGATIVE_SHARE, 'negative_budget');

  const remove: LocalTier['delete'] = (id, because) => {
    reason = because;
    return found.delete(id) || absent.delete(id);
  };

  return {
    get: (id) => found.get(id) ?? (absent.size === 0 ? undefined : absent.get(id)),
    set(id, entry) {
      const bytes =
        entry.bytes +
        ENTRY_BYTES +
        2 * id.length +
        entry.tags.reduce((sum, tag) => sum + 64 + 2 * tag.length, 0);
      const [home, other] = entry.value === undefined ? [absent, found] : [found, absent];
      reason = 'expired';
      other.delete(id);
      if (bytes > home.maxSize * LARGEST_SHARE) {
        home.delete(id);
        return false;
      }
      const kept = { ...entry, bytes };
      // The older one of this id is forgotten within.
      home.set(id, kept, { size: bytes });
      account(kept, 1);
      for (const tag of kept.tags) {
        const ids = byTag.get(tag);
        if (ids === undefined) byTag.set(tag, new Set([id]));
        else ids.add(id);
      }
      return true;
    },
    delete: remove,
    deleteTag(tag) {
      let removed = 0;
      for (const id of byTag.get(tag) ?? []) if (remove(id, 'invalidated')) removed += 1;
      return removed;
    },
    clear() {
      const removed = found.size + absent.size;
      reason = 'invalidated';
      found.clear();
      absent.clear();
      return removed;
    },
    get entries() {
      return found.size + absent.size;
    },
    get bytes() {
      return found.calculatedSize + absent.calculatedSize;
    },
    usage: () => usage,
  };
}

/**
 * Invalidation: first Redis, then this process, then the answer. What Redis does not take is kept and
 * delivered before this process reads anything from it again.
 */
import type { CacheEvents, Invalidation } from './cache.ts';
import type { LocalTier } from './local-tier.ts';
import type { SharedTier } from './shared-tier.ts';

interface Scope {
  keys: Set<string>;
  tags: Set<string>;
  all: boolean;
  erase: boolean;
}

export interface Invalidations {
  /** Resolves when nothing loaded before will be served by this process; see the contract for the others. */
  invalidate: (what: Invalidation) => Promise<number>;
  /**
   * Before Redis is read.
   * @throws when it still does not take what it missed
   */
  delivered: () => Promise<void>;
  /** What another process said over the bus. */
  heard: (text: string) => void;
  readonly pending: boolean;
}

/** Beyond it single names are no longer worth it: everything is invalidated. */
const MOST_NAMES = 1000;

export function createInvalidation(deps: {
  tier: SharedTier | null;
  local: LocalTier;
  /** Loads under way and held failures of these are void. */
  doom: (scope: Scope) => void;
  events: Pick<CacheEvents, 'invalidated'>;
  /** Redis did not take one: `delivered` should be called soon. */
  onMissed: () => void;
  /** Tells this process's messages from those of others. */
  self: string;
}): Invalidations {
  const { tier, local, doom, events, self } = deps;
  let missed = scopeOf({});
  let delivering: Promise<void> | null = null;

  const applyHere = (scope: Scope, origin: 'local' | 'bus'): number => {
    doom(scope);
    let removed = scope.all ? local.clear() : 0;
    if (scope.all) events.invalidated('all', 'all', origin);
    for (const id of scope.keys) {
      if (local.delete(id, 'invalidated')) removed += 1;
      events.invalidated(cacheOf(id), 'key', origin);
    }
    for (const tag of scope.tags) {
      removed += local.deleteTag(tag);
      events.invalidated('all', 'tag', origin);
    }
    return removed;
  };

  const send = (shared: SharedTier, scope: Scope): Promise<number> => {
    const [keys, tags] = [[...scope.keys], [...scope.tags]];
    const message = JSON.stringify({ by: self, keys, tags, all: scope.all });
    const named = keys.map((id) => ({ cache: cacheOf(id), id }));
    const { all, erase } = scope;
    return shared.invalidate({ keys: named, tags, all, erase, message });
  };

  const deliver = async (shared: SharedTier): Promise<void> => {
    const scope = missed;
    missed = scopeOf({});
    try {
      await send(shared, scope);
    } catch (error) {
      missed = united(missed, scope);
      throw error;
    }
  };

  return {
    async invalidate(what) {
      const scope = united(scopeOf({}), scopeOf(what));
      if (isEmpty(scope)) return 0;
      if (tier === null) return applyHere(scope, 'local');
      try {
        const removed = await send(tier, scope);
        return Math.max(removed, applyHere(scope, 'local'));
      } catch {
        missed = united(missed, scope);
        deps.onMissed();
        return applyHere(scope, 'local');
      }
    },
    async delivered() {
      if (tier === null) return;
      while (delivering !== null || !isEmpty(missed)) {
        delivering ??= deliver(tier).finally(() => {
          delivering = null;
        });
        await delivering;
      }
    },
    heard(text) {
      const said = parse(text);
      // It was applied before `invalidate` resolved; what was loaded since is fresh.
      if (said.by !== self) applyHere(said.scope, 'bus');
    },
    get pending() {
      return delivering !== null || !isEmpty(missed);
    },
  };
}

export type InvalidationScope = Scope;

export function touches(
  { keys, tags, all }: Scope,
  of: { id: string; tags: readonly string[] },
): boolean {
  return all || keys.has(of.id) || of.tags.some((tag) => tags.has(tag));
}

/** An id begins with its cache's name and a dot. */
export function cacheOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf('.')));
}

function scopeOf({ keys = [], tags = [], all = false, erase = false }: Invalidation): Scope {
  return { keys: new Set(keys), tags: new Set(tags), all, erase };
}

function united(a: Scope, b: Scope): Scope {
  const keys = a.keys.union(b.keys);
  const tags = a.tags.union(b.tags);
  const all = a.all || b.all || keys.size + tags.size > MOST_NAMES;
  const erase = a.erase || b.erase;
  return all ? scopeOf({ all, tags: [...tags].slice(0, MOST_NAMES) }) : { keys, tags, all, erase };
}

function isEmpty({ keys, tags, all }: Scope): boolean {
  return !all && keys.size === 0 && tags.size === 0;
}

/** A message that cannot be read might mean anything. */
function parse(text: string): { by: string; scope: Scope } {
  const everything = { by: '', scope: scopeOf({ all: true }) };
  try {
    const { by, keys, tags, all } = JSON.parse(text) as Record<string, unknown>;
    const readable = typeof by === 'string' && isTexts(keys) && isTexts(tags);
    return readable ? { by, scope: scopeOf({ keys, tags, all: all === true }) } : everything;
  } catch {
    return everything;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

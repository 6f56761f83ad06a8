/**
 * Invalidation: first Redis, then this process, then the answer. What Redis does not take is kept and
 * delivered before this process reads anything from it again.
 */
import type { CacheEvents, Invalidation, Neighbours } from './cache.ts';
import { addressOf } from './key.ts';
import type { LocalTier } from './local-tier.ts';
import type { RemoteTier } from './remote-tier.ts';
import type { InvalidationScope, SingleFlight } from './single-flight.ts';

/** Beyond it single names are no longer worth it: everything is invalidated. */
const MOST_NAMES = 1000;

interface Scope extends InvalidationScope {
  erase: boolean;
}

export type Invalidations = ReturnType<typeof createInvalidations>;

export function createInvalidations(deps: {
  tier: RemoteTier | null;
  local: LocalTier;
  singleFlight: SingleFlight;
  events: Pick<CacheEvents, 'invalidated'>;
  /** Tells this process's messages from those of others. */
  self: string;
  neighbours?: Neighbours | null;
}) {
  const { tier, local, singleFlight, events, self, neighbours } = deps;
  let missed = scopeOf({});
  let delivering: Promise<number> | null = null;

  const applyHere = (scope: Scope, origin: 'local' | 'bus'): number => {
    singleFlight.invalidate(scope);
    let removed = scope.all ? local.clear() : 0;
    if (scope.all) events.invalidated('all', 'all', origin);
    for (const id of scope.keys) {
      if (local.delete(id, 'invalidated')) removed += 1;
      events.invalidated(addressOf(id).cache, 'key', origin);
    }
    for (const tag of scope.tags) {
      removed += local.deleteTag(tag);
      events.invalidated('all', 'tag', origin);
    }
    return removed;
  };

  /** The one way to Redis. @throws when it was not taken; it is then kept for later */
  const deliver = async (scope: Scope): Promise<number> => {
    const { all, erase } = scope;
    const [keys, tags] = [[...scope.keys], [...scope.tags]];
    const message = JSON.stringify({ by: self, keys, tags, all });
    if (tier === null) {
      await neighbours?.tell(message);
      return 0;
    }
    try {
      const what = { keys: keys.map(addressOf), tags, all, erase, message };
      return await tier.invalidate(what);
    } catch (error) {
      missed = united(missed, scope);
      throw error;
    }
  };
  const deliverMissed = (): Promise<number> => {
    const scope = missed;
    missed = scopeOf({});
    return deliver(scope).finally(() => (delivering = null));
  };

  const heard = (text: string): void => {
    const { by, scope } = parse(text);
    // Its own was applied before `invalidate` resolved; what was loaded since is newer.
    if (by !== self) applyHere(scope, 'bus');
  };
  neighbours?.hear(heard);

  return {
    /** Resolves when nothing loaded before will be served by this process; see the contract for the others. */
    async invalidate(what: Invalidation): Promise<number> {
      const scope = united(scopeOf({}), scopeOf(what));
      if (isEmpty(scope)) return 0;
      // The heartbeat and whoever reads from Redis deliver what it has missed.
      const removed = await deliver(scope).catch(() => 0);
      return Math.max(removed, applyHere(scope, 'local'));
    },
    /**
     * Ends them here, and in Redis also where its index has forgotten them.
     * @returns whether Redis has taken it; else it is kept for later, like any other
     */
    async erase(what: Invalidation): Promise<boolean> {
      const scope = scopeOf({ ...what, erase: true });
      const isDelivered = await deliver(scope).then(
        () => true,
        () => false,
      );
      applyHere(scope, 'local');
      return isDelivered;
    },
    /**
     * Before Redis is read.
     * @throws when it still does not take what it missed
     */
    async delivered(): Promise<void> {
      while (delivering !== null || !isEmpty(missed)) await (delivering ??= deliverMissed());
    },
    get pending(): boolean {
      return delivering !== null || !isEmpty(missed);
    },
    /** Another process erases, and delivers it by itself. @param text its keys and tags, else everything */
    erasedElsewhere(text: string): void {
      applyHere(parse(text).scope, 'bus');
    },
    /** What another process said over the bus. */
    heard,
  };
}

function scopeOf({ keys = [], tags = [], all = false, erase = false }: Invalidation): Scope {
  return { keys: new Set(keys), tags: new Set(tags), all, erase };
}

function united(a: Scope, b: Scope): Scope {
  const keys = a.keys.union(b.keys);
  const tags = a.tags.union(b.tags);
  const erase = a.erase || b.erase;
  const all = a.all || b.all || keys.size + tags.size > MOST_NAMES;
  return all ? scopeOf({ all, tags: [...tags].slice(0, MOST_NAMES) }) : { keys, tags, all, erase };
}

function isEmpty({ keys, tags, all }: Scope): boolean {
  return !all && keys.size === 0 && tags.size === 0;
}

/** A message that cannot be read might mean anything. */
function parse(text: string): { by: unknown; scope: Scope } {
  try {
    const { by, keys, tags, all } = JSON.parse(text) as Record<string, unknown>;
    const scope =
      isTexts(keys) && isTexts(tags) ? scopeOf({ keys, tags, all: all === true }) : null;
    if (scope !== null) return { by, scope };
  } catch {
    // No JSON.
  }
  return { by: undefined, scope: scopeOf({ all: true }) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

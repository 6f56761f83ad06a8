import { EVERYONE } from '../../owner.ts';
import type { Cache, CacheEvents, CacheSpec, Found, NamedCache } from './cache.ts';
import { idOf } from './key.ts';
import type { Lookup } from './lookup.ts';

/** The cache of `cached` functions. */
const FUNCTIONS = 'functions';
const LOAD_TIMEOUT_MS = 30_000;
const MOST_TAGS = 8;
const LONGEST_SECONDS = 31_536_000;
const OWNER = /^[\w-]{1,64}$/;

type Load<T> = (signal: AbortSignal) => Promise<T | undefined>;

/** What users of the cache hold in their hands. */
export function createDefine(deps: {
  lookup: Lookup;
  events: Pick<CacheEvents, 'defined' | 'lookedUp'>;
  isOpen: () => boolean;
}): Pick<Cache, 'define' | 'cached' | 'named'> {
  const { lookup, events, isOpen } = deps;
  const caches = new Map<string, NamedCache<unknown>>();
  let functions = 0;

  const create = <T>(spec: CacheSpec<T>): NamedCache<T> => {
    const { name, schema = null, ttlSeconds } = spec;
    const { staleIfErrorSeconds = 0, negativeTtlSeconds = 0 } = spec;
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw new Error(`${name} is no name for a cache.`);
    const times = [ttlSeconds, staleIfErrorSeconds, negativeTtlSeconds];
    // NaN compares as false: it would never end.
    if (!times.every((seconds) => seconds >= 0 && seconds <= LONGEST_SECONDS)) {
      throw new Error(`The times of ${name} are not between 0 and ${LONGEST_SECONDS} seconds.`);
    }
    const policy = {
      schema,
      ttlMs: ttlSeconds * 1000,
      staleIfErrorMs: staleIfErrorSeconds * 1000,
      negativeMs: negativeTtlSeconds * 1000,
      loadTimeoutMs: spec.loadTimeoutMs ?? LOAD_TIMEOUT_MS,
    };
    const bypass = async (load: Load<T>, signal = new AbortController().signal) => {
      signal.throwIfAborted();
      events.lookedUp(name, 'origin', 'bypass');
      const value = await load(signal);
      return {
        value,
        result: 'bypass',
        tier: 'origin',
        ageMs: 0,
        ttlMs: 0,
        stored: false,
      } as const;
    };
    return {
      name,
      keyOf: (key, owner) => idOf(spec, key, owner) ?? '',
      get(key, load, { owner = EVERYONE, tags = [], signal } = {}) {
        if ((owner !== EVERYONE && !OWNER.test(owner)) || tags.length > MOST_TAGS) {
          return Promise.reject(
            new Error(`The owner is no word, or ${MOST_TAGS} tags are exceeded.`),
          );
        }
        const id = isOpen() ? idOf(spec, key, owner) : null;
        if (id === null) return bypass(load, signal);
        const query = { policy, cache: name, owner, id, tags, load };
        return lookup(query, signal) as Promise<Found<T>>;
      },
    };
  };

  return {
    named: (name) => caches.get(name),
    define<T>(spec: CacheSpec<T>): NamedCache<T> {
      if (caches.has(spec.name) || spec.name === FUNCTIONS) {
        throw new Error(`There is a cache named ${spec.name} already.`);
      }
      const cache = create(spec);
      events.defined(spec.name);
      caches.set(spec.name, cache as NamedCache<unknown>);
      return cache;
    },
    cached:
      ({ ttlSeconds }) =>
      <A extends unknown[], R>(fn: (...args: A) => Promise<R> | R) => {
        if (functions === 0) events.defined(FUNCTIONS);
        // The number keeps functions apart; `undefined` is a result like any other.
        const times = { ttlSeconds, negativeTtlSeconds: ttlSeconds };
        const cache = create<R>({ ...times, name: FUNCTIONS, version: ++functions });
        return async (...args: A): Promise<R> =>
          (await cache.get(args, async () => fn(...args))).value as R;
      },
  };
}

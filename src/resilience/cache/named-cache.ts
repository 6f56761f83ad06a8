import type { Cache, CacheEvents, CacheSpec, Found, NamedCache } from './cache.ts';
import type { Definition } from './keeper.ts';
import { encodeKey } from './key.ts';
import type { ReadThrough } from './read-through.ts';

/** The cache of functions that have no name: of this process only. */
export const FUNCTIONS = 'functions';
const LOAD_TIMEOUT_MS = 30_000;
const MOST_TAGS = 8;
const LONGEST_SECONDS = 31_536_000;

/** What users of the cache hold in their hands. */
export function createDefine(deps: {
  readThrough: ReadThrough;
  events: Pick<CacheEvents, 'defined' | 'lookedUp'>;
  isOpen: () => boolean;
}): Pick<Cache, 'define' | 'cached' | 'named'> & { names: () => string[] } {
  const { readThrough, events, isOpen } = deps;
  const caches = new Map<string, NamedCache<unknown>>();
  let functions = 0;

  const create = <T>(of: Definition): NamedCache<T> => {
    const { name } = of;
    const start = `${name}.${of.version}:`;
    const idOf = (key: readonly unknown[]) => {
      const encoded = encodeKey(key);
      return encoded === null ? null : start + encoded;
    };

    const bypass = async (
      load: (signal: AbortSignal) => Promise<T | undefined>,
      signal = new AbortController().signal,
    ): Promise<Found<T>> => {
      signal.throwIfAborted();
      events.lookedUp(name, 'origin', 'bypass');
      const value = await load(signal);
      return { value, result: 'bypass', tier: 'origin', ageMs: 0, ttlMs: 0, stored: false };
    };

    return {
      name,
      keyOf: (key) => idOf(key) ?? '',
      get(key, load, { tags = [], signal } = {}) {
        const id = isOpen() ? idOf(key) : null;
        if (id === null) return bypass(load, signal);
        if (tags.length > MOST_TAGS) {
          return Promise.reject(new Error(`An entry of ${name} has too many tags.`));
        }
        return readThrough.get({ of, id, tags, load }, signal) as Promise<Found<T>>;
      },
    };
  };

  const register = <T>(spec: CacheSpec<T>, name: string): NamedCache<T> => {
    const { version = 1, schema = null, ttlSeconds } = spec;
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw new Error(`${name} is no name for a cache.`);
    const times = [ttlSeconds, spec.staleIfErrorSeconds ?? 0, spec.negativeTtlSeconds ?? 0];
    // What compares with nothing would never end.
    if (!times.every((seconds) => seconds >= 0 && seconds <= LONGEST_SECONDS)) {
      throw new Error(`The times of ${name} are not between 0 and ${LONGEST_SECONDS} seconds.`);
    }
    events.defined(name);
    return create<T>({
      name,
      version,
      schema,
      ttlMs: ttlSeconds * 1000,
      staleIfErrorMs: (spec.staleIfErrorSeconds ?? 0) * 1000,
      negativeMs: (spec.negativeTtlSeconds ?? 0) * 1000,
      loadTimeoutMs: spec.loadTimeoutMs ?? LOAD_TIMEOUT_MS,
    });
  };

  const define = <T>(spec: CacheSpec<T>): NamedCache<T> => {
    if (caches.has(spec.name) || spec.name === FUNCTIONS) {
      throw new Error(`There is a cache named ${spec.name} already.`);
    }
    const cache = register(spec, spec.name);
    caches.set(spec.name, cache as NamedCache<unknown>);
    return cache;
  };

  return {
    define,
    named: (name) => caches.get(name),
    names: () => [...caches.keys(), ...(functions > 0 ? [FUNCTIONS] : [])],
    cached(spec) {
      const { ttlSeconds, name, version, schema, tags } = spec;
      return <A extends unknown[], R>(fn: (...args: A) => Promise<R> | R) => {
        const settings = {
          ttlSeconds,
          // Nothing is an answer as good as any.
          negativeTtlSeconds: ttlSeconds,
          ...(schema === undefined ? {} : { schema }),
        };
        functions += 1;
        // The number keeps apart functions of the same name, or of none.
        const cache =
          name === undefined
            ? register<unknown>({ ...settings, name: FUNCTIONS, version: functions }, FUNCTIONS)
            : define<unknown>({ ...settings, name, ...(version === undefined ? {} : { version }) });
        return async (...args: A): Promise<R> => {
          const tagged = tags === undefined ? {} : { tags: tags(...args) };
          // Redis is asked before the function runs: its caller may have changed them by then.
          const own = schema === undefined ? args : copyOf(args);
          const found = await cache.get(args, async () => fn(...own), tagged);
          return found.value as R;
        };
      };
    },
  };
}

/** What is no value of its own makes no key, and is handed on at once. */
function copyOf<A extends unknown[]>(args: A): A {
  const flat = args.every((arg) => typeof arg !== 'object' || arg === null);
  return flat || encodeKey(args) === null ? args : structuredClone(args);
}

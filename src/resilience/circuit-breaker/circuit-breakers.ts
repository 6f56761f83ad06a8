/**
 * The breakers of the process by name. Those of hosts that callers name (webhooks) are bounded in
 * number: the one that was used least recently goes, a closed one before one that protects somebody.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts';
import { CircuitBreaker, type CircuitBreakerDeps } from './circuit-breaker.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';

export interface CircuitBreakers {
  /** @throws {Error} when the name is known with other options */
  getOrCreate(name: string, options?: Partial<CircuitBreakerOptions>): CircuitBreaker;
  /** One for each key, named `<name>:<key>`; the metrics know only the name. */
  family(
    name: string,
    options?: Partial<CircuitBreakerOptions>,
    maxKeys?: number,
  ): (key: string) => CircuitBreaker;
  get(name: string): CircuitBreaker | undefined;
  /** Takes the steps that are due, and tells how each breaker stands. */
  getStatus(): Record<string, CircuitBreakerStatus>;
}

const MAX_KEYS = 1000;
/** Of the least recently used, so many are looked at for one that is closed. */
const MAX_LOOKS = 32;

export function createCircuitBreakers(deps: CircuitBreakerDeps): CircuitBreakers {
  const named = new Map<string, { breaker: CircuitBreaker; options: object }>();
  const families = new Map<string, Map<string, CircuitBreaker>>();
  const all = function* (): Generator<CircuitBreaker> {
    for (const { breaker } of named.values()) yield breaker;
    for (const members of families.values()) yield* members.values();
  };
  const get = (name: string) => {
    const known = named.get(name)?.breaker;
    if (known !== undefined) return known;
    const colon = name.indexOf(':');
    return families.get(name.slice(0, colon))?.get(name.slice(colon + 1));
  };

  return {
    get,
    getOrCreate(name, options = {}) {
      const known = named.get(name);
      if (known !== undefined) {
        if (isDeepStrictEqual(known.options, options)) return known.breaker;
        throw new Error(`The circuit breaker ${name} exists with other options.`);
      }
      const breaker = new CircuitBreaker(name, options, deps);
      named.set(name, { breaker, options: { ...options } });
      return breaker;
    },
    family(name, options = {}, maxKeys = MAX_KEYS) {
      if (families.has(name)) throw new Error(`The circuit breakers ${name} exist.`);
      const members = new Map<string, CircuitBreaker>();
      families.set(name, members);
      return (key) => {
        const breaker = members.get(key) ?? new CircuitBreaker(`${name}:${key}`, options, deps);
        // The order of a Map is that of insertion: the first is the least recently used.
        members.delete(key);
        if (members.size >= maxKeys) members.delete(leastNeeded(members));
        members.set(key, breaker);
        return breaker;
      };
    },
    getStatus: () =>
      Object.fromEntries([...all()].map((breaker) => [breaker.name, breaker.status()])),
  };
}

/** For the health of the service: which breakers are not simply closed; null when all are. */
export function describeTrouble(status: Record<string, CircuitBreakerStatus>): string | null {
  const troubled = Object.entries(status).filter(([, { state }]) => state !== 'closed');
  if (troubled.length === 0) return null;
  const named = troubled.slice(0, 5).map(([name, { state }]) => `${name} is ${state}`);
  const more = troubled.length > 5 ? ` and ${troubled.length - 5} more` : '';
  return `${named.join(', ')}${more}`;
}

function leastNeeded(members: Map<string, CircuitBreaker>): string {
  let looks = 0;
  for (const [key, breaker] of members) {
    if (breaker.status().state === 'closed') return key;
    looks += 1;
    if (looks === MAX_LOOKS) break;
  }
  return members.keys().next().value ?? '';
}

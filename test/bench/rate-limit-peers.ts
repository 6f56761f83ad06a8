/** The popular limiters, each with two windows: the store by itself, and what their guides do for a request. */
import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';

export const SUBJECTS = 1000;
export const quota = { perMinute: 1_000_000, perHour: 10_000_000 };
const minute = 60_000;
const hour = 3_600_000;

type Key = (client: number) => string;

/** One request of the client with that number. */
export type Serve = (client: number) => unknown;
export interface Contestant {
  name: string;
  /** Two windows counted, keys at hand. */
  store: Serve;
  /** All that a request costs: whose it is, the decision, what is counted, the headers. */
  request: Serve;
}
const peer = createRequire(import.meta.url) as (name: string) => Record<string, unknown>;

type Class<T> = new (...args: unknown[]) => T;
type Handler = (request: object, response: object, next: (error?: unknown) => void) => unknown;
interface Consumed {
  remainingPoints: number;
  msBeforeNext: number;
}
interface Consumer {
  consume: (key: string) => Promise<Consumed>;
}
interface Increment {
  increment: (key: string) => Promise<unknown>;
  init: (options: object) => void;
}
interface Limit {
  max: number;
  remaining: number;
  ttlInSeconds: number;
  isExceeded: boolean;
}
interface Fastify {
  incr: (key: string, done: (error: unknown) => void, windowMs: number, max: number) => void;
}

/** What all of them ask of a response. */
export function response() {
  const headers = new Map<string, unknown>();
  const set = (name: string, value: unknown) => void headers.set(name, value);
  return {
    headersSent: false,
    setHeader: set,
    append: set,
    getHeader: (name: string) => headers.get(name),
  };
}

function flexible(redis: boolean, theirs: Redis, key: Key): Contestant {
  const library = peer('rate-limiter-flexible');
  const Limiter = library[redis ? 'RateLimiterRedis' : 'RateLimiterMemory'] as Class<Consumer>;
  const of = (points: number, duration: number) =>
    new Limiter({ storeClient: theirs, keyPrefix: `flexible${duration}`, points, duration });
  const [a, b] = [of(quota.perMinute, 60), of(quota.perHour, 3600)];
  return {
    name: 'rate-limiter-flexible',
    store: async (n) => {
      await a.consume(key(n));
      await b.consume(key(n));
    },
    // It writes no headers; these are those of its guide.
    request: async (n) => {
      const { setHeader } = response();
      const minutely = await a.consume(key(n));
      const hourly = await b.consume(key(n));
      const nearest = minutely.remainingPoints < hourly.remainingPoints ? minutely : hourly;
      setHeader('Retry-After', nearest.msBeforeNext / 1000);
      setHeader('X-RateLimit-Limit', quota.perMinute);
      setHeader('X-RateLimit-Remaining', nearest.remainingPoints);
      setHeader('X-RateLimit-Reset', new Date(Date.now() + nearest.msBeforeNext));
    },
  };
}

function express(redis: boolean, theirs: Redis, key: Key): Contestant {
  const { MemoryStore, rateLimit } = peer('express-rate-limit') as {
    MemoryStore: Class<Increment>;
    rateLimit: (options: object) => Handler;
  };
  const RedisStore = peer('rate-limit-redis')['RedisStore'] as Class<Increment>;
  const sendCommand = (command: string, ...args: string[]) => theirs.call(command, ...args);
  const of = (windowMs: number, limit: number) => {
    const prefix = `express${windowMs}:`;
    const store = redis ? new RedisStore({ sendCommand, prefix }) : new MemoryStore();
    const options = { windowMs, limit, store, standardHeaders: 'draft-8', validate: false };
    return { store, handle: rateLimit(options) };
  };
  const [a, b] = [of(minute, quota.perMinute), of(hour, quota.perHour)];
  return {
    name: 'express-rate-limit',
    store: async (n) => {
      await a.store.increment(key(n));
      await b.store.increment(key(n));
    },
    request: async (n) => {
      const request = { ip: key(n), method: 'GET', app: { get: () => false }, headers: {} };
      const answer = response();
      for (const { handle } of [a, b]) {
        await new Promise<void>((resolve, reject) => {
          const next = (error: unknown) => (error === undefined ? resolve() : reject(error));
          void handle(request, answer, next);
        });
      }
    },
  };
}

async function fastify(redis: boolean, theirs: Redis, key: Key): Promise<Contestant> {
  const Store = peer(`@fastify/rate-limit/store/${redis ? 'RedisStore' : 'LocalStore'}.js`);
  const of = (prefix: string) => {
    const Class = Store as unknown as Class<Fastify>;
    return redis ? new Class(false, false, theirs, prefix) : new Class(false, false, SUBJECTS * 2);
  };
  const [a, b] = [of('fastify-minute:'), of('fastify-hour:')];
  const incr = (store: Fastify, n: number, windowMs: number, max: number) =>
    new Promise<void>((resolve, reject) => {
      const done = (error: unknown) => (error === null ? resolve() : reject(error));
      store.incr(key(n), done, windowMs, max);
    });
  // Its hook enforces one window a request, so two are asked as its guide says.
  const plugin = peer('@fastify/rate-limit') as unknown as (
    host: object,
    options: object,
  ) => Promise<void>;
  const limitOf = async (timeWindow: number, max: number, nameSpace: string) => {
    type Create = () => (request: object) => Promise<Limit>;
    let create: Create | undefined;
    const host = {
      decorateRequest: () => {},
      hasDecorator: () => false,
      addHook: () => {},
      decorate: (name: string, value: Create) => {
        if (name === 'createRateLimit') create = value;
      },
    };
    const backend = redis ? { redis: theirs, nameSpace } : { cache: SUBJECTS * 2 };
    await plugin(host, { global: false, timeWindow, max, ...backend });
    return (create as Create)();
  };
  const minutely = await limitOf(minute, quota.perMinute, 'fastify-request-minute:');
  const hourly = await limitOf(hour, quota.perHour, 'fastify-request-hour:');
  return {
    name: '@fastify/rate-limit',
    store: async (n) => {
      await incr(a, n, minute, quota.perMinute);
      await incr(b, n, hour, quota.perHour);
    },
    request: async (n) => {
      const request = { ip: key(n), routeOptions: {} };
      const { setHeader } = response();
      const [one, other] = [await minutely(request), await hourly(request)];
      const nearest = one.remaining < other.remaining ? one : other;
      setHeader('x-ratelimit-limit', nearest.max);
      setHeader('x-ratelimit-remaining', nearest.remaining);
      setHeader('x-ratelimit-reset', nearest.ttlInSeconds);
    },
  };
}

export async function rateLimitPeers(
  redis: boolean,
  client: Redis,
  key: Key,
): Promise<Contestant[]> {
  return [
    flexible(redis, client, key),
    express(redis, client, key),
    await fastify(redis, client, key),
  ];
}

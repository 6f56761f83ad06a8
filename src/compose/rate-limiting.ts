import { DEVELOPMENT_KEY } from '../config.ts';
import { countsFor, type Caller } from '../http/request/caller.ts';
import type { Stack } from '../app.ts';
import type { LoginLimits } from '../features/access/login-limit.ts';
import type { Overload } from '../http/server/overload.ts';
import type { Middleware } from '../http/request/context.ts';
import { withinDeadline } from '../resilience/circuit-breaker/within-deadline.ts';
import { createMemoryStore } from '../resilience/rate-limit/memory-store.ts';
import { observeRateLimiter, rateLimitEvents } from '../resilience/rate-limit/metrics.ts';
import {
  createCharge,
  limitByAddress,
  limitByCaller,
  type Charge,
} from '../resilience/rate-limit/middleware.ts';
import { createRateLimiter, type RateLimiter } from '../resilience/rate-limit/rate-limiter.ts';
import { createRedisStore } from '../resilience/rate-limit/redis-store.ts';
import { createSubjects, type Subject, type Subjects } from '../resilience/rate-limit/subject.ts';
import type { Breakers } from './breakers.ts';
import type { Foundation } from './foundation.ts';
import { addressPolicies, callerPolicies, loginPolicies } from './limit-policies.ts';
import { connectRedis, PING_MS } from './redis.ts';
import type { RedisConnection } from '../storage/redis/connection.ts';

type RateLimiterParts = Parameters<typeof createRateLimiter>[0];

const later = (ms: number, work: () => void) => void setTimeout(work, ms).unref();

const uncharged: Charge = () => Promise.resolve();
const unlimited: Middleware = (_ctx, next) => next();

export interface RateLimiting {
  limiter: RateLimiter;
  subjects: Subjects;
  /** Whom a caller counts for: its account, unless it has numbers of its own. */
  subjectOf: (caller: Pick<Caller, 'id' | 'account' | 'quota'>) => Subject;
  /** @param routes that may be refused */
  middleware: (
    routes: readonly string[],
    overload: Pick<Overload, 'together'>,
  ) => Pick<Stack, 'limitByAddress' | 'limitByCaller'>;
  /** Further units of the hour, for what a body asks for. */
  charge: Charge;
  /** Of passwords; not switched off with the others. */
  logins: LoginLimits;
}

export function startRateLimiting(deps: Foundation, breakers: Breakers): RateLimiting {
  const { config, log, clock, cleanup } = deps;
  const { rateLimit } = config;
  const events = rateLimitEvents({ log, monotonicMs: clock.monotonicMs });
  const policies = addressPolicies(rateLimit);
  events.registered([...policies.v4.policies, ...policies.v6.policies]);
  const memory = createMemoryStore({ onOverflow: () => events.evicted('window') });
  const redis = connectRedis(deps, 'sono-eval-rate-limit');
  const breaker = breakers.rateLimit;
  if (redis !== null) breaker.askWith(() => redis.ping(PING_MS));
  let limiter: RateLimiter | undefined;
  const subjects = createSubjects({
    secret: config.secretKey ?? DEVELOPMENT_KEY,
    policies,
    trustedProxies: rateLimit.trustedProxies,
    onEvicted: () => events.evicted('address'),
  });
  limiter = createRateLimiter({
    memory,
    ...sharedCounts(deps, redis, breaker, () => limiter),
    events,
    monotonicMs: clock.monotonicMs,
    onDenialEvicted: () => events.evicted('denial'),
  });
  cleanup.defer(observeRateLimiter({ limiter, memory, subjects }));
  if (redis !== null && config.secretKey === null) {
    log.warn('SECRET_KEY is not set: whoever reads Redis can tell which address a key belongs to.');
  }
  const policiesOf = callerPolicies(rateLimit);
  const subjectOf = (caller: Pick<Caller, 'id' | 'account' | 'quota'>) =>
    subjects.ofName('caller', countsFor(caller), policiesOf(caller));
  const parts = { limiter, subjects, onRefused: events.refused };
  return {
    limiter,
    subjects,
    subjectOf,
    charge: rateLimit.enabled ? createCharge({ ...parts, subjectOf }) : uncharged,
    logins: {
      limiter,
      subjects,
      policies: loginPolicies(rateLimit.instances),
      onRefused: events.refused,
    },
    middleware(routes, { together }) {
      if (!rateLimit.enabled) return { limitByAddress: unlimited, limitByCaller: unlimited };
      events.refusable(routes);
      return {
        limitByAddress: limitByAddress({
          ...parts,
          together,
          authenticated: config.access.required,
        }),
        limitByCaller: limitByCaller({ ...parts, together, subjectOf }),
      };
    },
  };
}

/** Who counts for all processes: Redis; without it the primary, where there are several. */
function sharedCounts(
  { config, peers }: Foundation,
  redis: RedisConnection | null,
  breaker: Breakers['rateLimit'],
  limiter: () => RateLimiter | undefined,
): Pick<RateLimiterParts, 'redis' | 'backend' | 'reconcile' | 'guard'> {
  const guard = withinDeadline(breaker, config.redis?.timeoutMs ?? 0);
  if (redis !== null) {
    const store = createRedisStore({
      client: redis.client,
      onLost: () => limiter()?.connectionLost(),
      onReady: () => limiter()?.connected(),
      onEnd: () => limiter()?.disconnected(),
    });
    const alone = config.rateLimit.instances === 1;
    return { redis: store, guard, ...(alone ? {} : { reconcile: { store, later } }) };
  }
  if (peers === undefined) return { redis: null, guard };
  // It has a deadline of its own.
  return { redis: peers.limits, backend: 'memory', guard: (work) => work() };
}

/**
 * Metrics and log lines of the limiter. Decisions are tallied and handed to the registry at each
 * scrape: they change several times in every request.
 */
import { attr, buckets } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { bounded, counter, gauge, histogram, observableGauge } from '#telemetry/metrics.ts';
import { activeTrace } from '#telemetry/tracing.ts';
import { LRUCache } from 'lru-cache';
import { UNMATCHED } from '../../http/request/context.ts';
import { failureFields } from '../../storage/failure.ts';
import type { Backend, Decision, Source } from './decision.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Policy } from './policy.ts';
import { usedOf, waitOf } from './readings.ts';
import type { RateLimiter, RateLimiterEvents } from './rate-limiter.ts';
import { storeErrorReasons } from './store-error.ts';
import type { Subjects } from './subject.ts';

const decisions = ['allowed', 'limited', 'shadow_limited', 'bypassed', 'error'] as const;
type Verdict = (typeof decisions)[number];
/** `insurance` is memory of this service: of this process, or of the one that started it and counts for all. */
const sources = ['redis', 'local_block', 'insurance', 'none'] as const satisfies Source[];

/** Policies that a process may have; each is registered by its owner. */
const policy = bounded(32);

export const requestsLimited = counter({
  name: 'http_requests_limited_total',
  help: 'Requests refused before any work, by matched route and the policy that refuses longest',
  labels: {
    route: bounded(200),
    policy,
    reason: ['quota', 'concurrency', 'shed'] as const,
  },
});

export const localEntries = observableGauge({
  name: 'rate_limiter_local_entries',
  help: 'What the limiter remembers in this process',
  labels: { kind: ['window', 'cell', 'denial', 'address'] as const },
});

export const limiterDecisions = counter({
  name: 'rate_limiter_decisions_total',
  help: 'Decisions by policy; a refused request counts for the policies that refused it',
  labels: { policy, decision: decisions, source: sources },
});

export const localEvictions = counter({
  name: 'rate_limiter_local_evictions_total',
  help: 'What found no room in this process; a window without room is shared with others',
  labels: { kind: ['window', 'denial', 'address'] as const },
});

export const checkDuration = histogram({
  name: 'rate_limiter_check_duration_seconds',
  help: 'Time of a decision',
  labels: { backend: ['redis', 'memory'] as const },
  buckets: buckets.fast,
});

export const utilization = histogram({
  name: 'rate_limiter_utilization_ratio',
  help: 'Used share of the quota after a decision',
  labels: { policy },
  buckets: [0.1, 0.25, 0.5, 0.75, 0.9, 1],
});

export const storeErrors = counter({
  name: 'rate_limiter_store_errors_total',
  help: 'Decisions that Redis, or the process that counts for all, could not make',
  labels: { reason: storeErrorReasons },
});

export const fallbackActive = gauge({
  name: 'rate_limiter_fallback_active',
  combine: 'max',
  help: '1 while this process decides alone because what counts for all does not answer',
});

/** Shows what a limiter remembers at each scrape. @returns ends it */
export function observeRateLimiter(parts: {
  limiter: Pick<RateLimiter, 'denials'>;
  memory: Pick<MemoryStore, 'size'>;
  subjects: Pick<Subjects, 'size'>;
}): () => void {
  const stopMemory = observeMemoryStore(parts.memory);
  const stopRest = localEntries.addCallback((observe) => {
    observe({ kind: 'denial' }, parts.limiter.denials());
    observe({ kind: 'address' }, parts.subjects.size());
  });
  return () => {
    stopMemory();
    stopRest();
  };
}

/** The same of windows without a limiter, which another process is. @returns ends it */
export function observeMemoryStore(memory: Pick<MemoryStore, 'size'>): () => void {
  return localEntries.addCallback((observe) => {
    const { windows, cells } = memory.size();
    observe({ kind: 'window' }, windows);
    observe({ kind: 'cell' }, cells);
  });
}

type Count = (by: number) => void;

function recordOf<K extends string, V>(keys: readonly K[], valueOf: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<K, V>;
}

/** Of one policy; looked up once: a decision then costs one addition. */
interface PolicyMetrics {
  decided: Record<Verdict, Record<Source, Count>>;
  /** Used share of the quota. */
  used: (ratio: number) => void;
}

function policyMetrics(policy: string): PolicyMetrics {
  limiterDecisions.init({ policy });
  return {
    decided: recordOf(decisions, (decision) =>
      recordOf(sources, (source) => limiterDecisions.of({ policy, decision, source })),
    ),
    used: utilization.of({ policy }),
  };
}

/** After the first denial of a subject in a window, one in so many is logged. */
const LOG_EVERY = 100;
const MAX_NOTES = 5000;

export interface RateLimitEvents extends RateLimiterEvents {
  /** These policies exist from now on. */
  registered: (policies: readonly Policy[]) => void;
  /** Requests to these routes may be refused, by each of the policies. */
  refusable: (routes: readonly string[]) => void;
  refused: (decision: Decision, route: string) => void;
  evicted: (kind: 'window' | 'denial' | 'address') => void;
}

export function rateLimitEvents(deps: { log: Logger; monotonicMs: () => number }): RateLimitEvents {
  const { log, monotonicMs } = deps;
  fallbackActive.set({}, 0);
  const byPolicy = new Map<string, PolicyMetrics>();
  const metricsOf = (policy: string) => {
    const known = byPolicy.get(policy) ?? policyMetrics(policy);
    byPolicy.set(policy, known);
    return known;
  };
  const notes = new LRUCache<string, { until: number; denied: number }>({ max: MAX_NOTES });

  const note = ({ subject, source, retryAfterMs }: Decision, policy: Policy, fields: object) => {
    const key = `${subject.id} ${policy.name}`;
    const now = monotonicMs();
    const known = notes.get(key);
    if (known !== undefined && now < known.until) {
      known.denied += 1;
      if (known.denied % LOG_EVERY !== 0) return;
    } else notes.set(key, { until: now + policy.windowMs, denied: 1 });
    log.info('A client is over its rate limit.', {
      'event.name': 'rate_limit.limited',
      [attr.subject]: subject.id,
      policy: policy.name,
      mode: policy.mode,
      source,
      retry_after_ms: retryAfterMs,
      denied: notes.peek(key)?.denied,
      ...fields,
    });
  };

  const observeLocal = checkDuration.of({ backend: 'memory' });
  const observeShared = checkDuration.of({ backend: 'redis' });

  return {
    registered: (policies) => policies.forEach(({ name }) => metricsOf(name)),
    refusable(routes) {
      for (const policy of byPolicy.keys()) {
        for (const route of [...routes, UNMATCHED]) {
          requestsLimited.init({ route, policy, reason: 'quota' });
        }
      }
    },
    decided(decision, asked, seconds) {
      if (asked === 'memory') observeLocal(seconds);
      else observeShared(seconds, activeTrace());
      const { policies, charged } = decision.subject.set;
      for (let i = 0; i < policies.length; i += 1) {
        if (charged[i] === false) continue;
        const policy = policies[i] as Policy;
        const verdict = verdictOf(decision, asked, policy, waitOf(decision.readings, i));
        if (verdict === null) continue;
        const { decided, used } = metricsOf(policy.name);
        decided[verdict][verdict === 'error' ? 'none' : decision.source](1);
        if (verdict === 'shadow_limited') note(decision, policy, {});
        if (decision.source === 'none') continue;
        used(usedOf(decision.readings, i) / policy.quota);
      }
    },
    refused(decision, route) {
      const reason = decision.outcome === 'limited' ? 'quota' : 'shed';
      requestsLimited.inc({ route, policy: decision.policy.name, reason });
      if (decision.outcome === 'limited') note(decision, decision.policy, { route });
    },
    storeFailed: (reason) => storeErrors.inc({ reason }),
    degraded(reason, error) {
      fallbackActive.set({}, 1);
      log.warn('Rate limits are decided by each process alone.', {
        'event.name': 'rate_limit.degraded',
        reason,
        ...failureFields(error),
      });
    },
    recovered() {
      fallbackActive.set({}, 0);
      log.info('Rate limits are decided by all processes together again.', {
        'event.name': 'rate_limit.recovered',
      });
    },
    evicted: (kind) => localEvictions.inc({ kind }),
  };
}

/** @returns null for a policy that would have let in what another refused */
function verdictOf(
  { outcome, source }: Decision,
  asked: Backend,
  policy: Policy,
  waitMs: number,
): Verdict | null {
  if (outcome === 'bypassed') return 'bypassed';
  if (outcome === 'unavailable') return policy.onStoreError === 'deny' ? 'error' : null;
  if (waitMs > 0) return policy.mode === 'enforce' ? 'limited' : 'shadow_limited';
  if (outcome === 'limited') return null;
  const uncounted = asked === 'redis' && source === 'insurance' && policy.onStoreError === 'allow';
  return uncounted ? 'error' : 'allowed';
}

import { trace } from '@opentelemetry/api';
import { attr, buckets } from '#telemetry/conventions.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';
import { bounded, counter, gauge, histogram } from '#telemetry/metrics.ts';
import { breakerNames, type BreakerName } from './breaker-policies.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';
import type { CircuitBreakerEvents, StateChange } from './circuit-breaker-events.ts';
import { nameOf, outcomes, stateNames, transitions, type Outcome } from './circuit-state.ts';
import type { Guarded, GuardedEvents } from './guarded.ts';

const name = breakerNames;

/** 0 closed, 1 half-open, 2 open; of several hosts the worst counts. */
export const circuitState = gauge({
  name: 'circuit_breaker_state',
  help: 'State of the circuit breaker: 0 closed, 1 half-open, 2 open',
  labels: { name },
  collect: (self) => setEach(self, (status) => stateNames.indexOf(nameOf(status.state)), 0),
});

export const circuitTransitions = counter({
  name: 'circuit_breaker_transitions_total',
  help: 'Changes of state of the circuit breaker',
  // The reasons are a closed set, too; bounded, because most combinations cannot happen.
  labels: { name, from: stateNames, to: stateNames, reason: bounded(transitions.length) },
});
for (const name of breakerNames) {
  for (const [from, to, reason] of transitions) circuitTransitions.init({ name, from, to, reason });
}

export const circuitCalls = counter({
  name: 'circuit_breaker_calls_total',
  help: 'Calls by what the circuit breaker made of them',
  labels: { name, outcome: outcomes },
});

export const circuitCallDuration = histogram({
  name: 'circuit_breaker_call_duration_seconds',
  help: 'Time of the calls that the circuit breaker let through',
  labels: { name, outcome: outcomes },
  buckets: buckets.db,
});

export const circuitFailureRatio = gauge({
  name: 'circuit_breaker_failure_ratio',
  help: 'Share of failed calls in the last 10 seconds',
  labels: { name },
  collect: (self) => setEach(self, (status) => status.failure_ratio, 0),
});

export const circuitLastTransition = gauge({
  name: 'circuit_breaker_last_transition_timestamp_seconds',
  help: 'When the circuit breaker came into its state',
  labels: { name },
  collect: (self) => setEach(self, (status) => Date.parse(status.since) / 1000),
});

export const bulkheadInFlight = gauge({
  name: 'bulkhead_in_flight',
  help: 'Calls that the bulkhead lets run at the moment',
  labels: { name },
  collect: (self) => setBulkheads(self, ({ inFlight }) => inFlight),
});

export const bulkheadQueue = gauge({
  name: 'bulkhead_queue_size',
  help: 'Calls that wait for the bulkhead',
  labels: { name },
  collect: (self) => setBulkheads(self, ({ queued }) => queued),
});

export const bulkheadRejected = counter({
  name: 'bulkhead_rejected_total',
  help: 'Calls that the bulkhead refused because its queue was full',
  labels: { name },
});

export const retryAttempts = counter({
  name: 'retry_attempts_total',
  help: 'Second and further attempts at a call, and those that the budget did not allow',
  labels: { name, outcome: ['success', 'failure', 'no_budget'] },
});

/** Of the service that runs in this process. */
let readStatus: () => Record<string, CircuitBreakerStatus> = () => ({});
const bulkheads = new Set<Guarded>();

/** From now on these breakers are the ones that a scrape shows. */
export function observeCircuitBreakers(breakers: { getStatus: typeof readStatus }): void {
  readStatus = () => breakers.getStatus();
}

/** @returns ends it */
export function observeBulkhead(guarded: Guarded): () => void {
  bulkheads.add(guarded);
  return () => void bulkheads.delete(guarded);
}

interface ByName {
  set(labels: { name: BreakerName }, value: number): void;
}

/** @param initial for those that the service does not have */
function setEach(
  gauge: ByName,
  valueOf: (status: CircuitBreakerStatus) => number,
  initial?: number,
): void {
  const worst = new Map<BreakerName, number>();
  if (initial !== undefined) for (const name of breakerNames) worst.set(name, initial);
  for (const [full, status] of Object.entries(readStatus())) {
    const name = labelOf(full);
    worst.set(name, Math.max(worst.get(name) ?? 0, valueOf(status)));
  }
  for (const [name, value] of worst) gauge.set({ name }, value);
}

function setBulkheads(gauge: ByName, valueOf: (load: ReturnType<Guarded['load']>) => number): void {
  for (const name of breakerNames) {
    const own = [...bulkheads].filter((guarded) => labelOf(guarded.name) === name);
    gauge.set(
      { name },
      own.reduce((sum, guarded) => sum + valueOf(guarded.load()), 0),
    );
  }
}

/** `webhook:example.com` → `webhook`: hosts are no label. */
function labelOf(full: string): BreakerName {
  const colon = full.indexOf(':');
  return (colon === -1 ? full : full.slice(0, colon)) as BreakerName;
}

/** Metrics, span events and log lines of the breakers. */
export function circuitBreakerEvents(deps: { log: Logger }): Required<CircuitBreakerEvents> {
  return {
    counted(full, outcome) {
      circuitCalls.inc({ name: labelOf(full), outcome });
      if (outcome === 'rejected')
        trace.getActiveSpan()?.setAttribute(attr.errorType, 'circuit_open');
    },
    ended(full, outcome, ms) {
      const labels = { name: labelOf(full), outcome };
      // Only the slow ones are worth an exemplar, which costs as much as all the rest.
      if (ms >= EXEMPLAR_MS) circuitCallDuration.observe(labels, ms / 1000);
      else quickDuration(labels)(ms / 1000);
    },
    failing(full, outcome, error) {
      const fields = { 'event.name': 'circuit_breaker.first_failure', name: full, outcome };
      deps.log.warn('A call to a dependency failed.', withError(fields, error));
    },
    changed: (change) => announce(deps.log, change),
  };
}

const EXEMPLAR_MS = 50;
const durations = new Map<string, (seconds: number) => void>();

function quickDuration(labels: { name: BreakerName; outcome: Outcome }) {
  const key = labels.name + labels.outcome;
  let observe = durations.get(key);
  if (observe === undefined) durations.set(key, (observe = circuitCallDuration.of(labels)));
  return observe;
}

function announce(log: Logger, change: StateChange): void {
  const { name, from, to, reason, failureRatio, calls, openMs, error } = change;
  const labels = { name: labelOf(name), from: nameOf(from), to: nameOf(to), reason };
  circuitTransitions.inc(labels);
  trace.getActiveSpan()?.addEvent('circuit_breaker.state_change', { name, from, to, reason });
  const fields: LogFields = {
    'event.name': 'circuit_breaker.state_change',
    name,
    from,
    to,
    reason,
    calls,
    failure_ratio: failureRatio,
    open_ms: openMs,
    always: true,
  };
  if (to === 'closed') log.info('A circuit breaker closed.', fields);
  else log.warn('A circuit breaker changed its state.', withError(fields, error));
}

function withError(fields: LogFields, error: unknown): LogFields {
  return error === undefined ? fields : { ...fields, error };
}

export function guardedEvents(): GuardedEvents {
  return {
    bulkheadRejected: (full) => bulkheadRejected.inc({ name: labelOf(full) }),
    retried: (full, outcome) => retryAttempts.inc({ name: labelOf(full), outcome }),
  };
}

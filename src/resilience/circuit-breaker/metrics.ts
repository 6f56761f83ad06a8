import { trace } from '@opentelemetry/api';
import { attr, buckets } from '#telemetry/conventions.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';
import { bounded, counter, histogram, observableGauge } from '#telemetry/metrics.ts';
import { breakerNames, type BreakerName } from './breaker-policies.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';
import type { CircuitBreakerEvents, StateChange } from './circuit-breaker-events.ts';
import { nameOf, outcomes, stateNames, transitions, type Outcome } from './circuit-state.ts';
import type { Guarded, GuardedEvents } from './guarded.ts';

const name = breakerNames;

/** 0 closed, 1 half-open, 2 open; of several hosts the worst counts. */
export const circuitState = observableGauge({
  name: 'circuit_breaker_state',
  help: 'State of the circuit breaker: 0 closed, 1 half-open, 2 open',
  labels: { name },
  initial: 0,
  combine: Math.max,
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

export const circuitFailureRatio = observableGauge({
  name: 'circuit_breaker_failure_ratio',
  help: 'Share of failed calls in the last 10 seconds',
  labels: { name },
  initial: 0,
  combine: Math.max,
});

export const circuitLastTransition = observableGauge({
  name: 'circuit_breaker_last_transition_timestamp_seconds',
  help: 'When the circuit breaker came into its state',
  labels: { name },
  combine: Math.max,
});

export const bulkheadInFlight = observableGauge({
  name: 'bulkhead_in_flight',
  help: 'Calls that the bulkhead lets run at the moment',
  labels: { name },
  initial: 0,
});

export const bulkheadQueue = observableGauge({
  name: 'bulkhead_queue_size',
  help: 'Calls that wait for the bulkhead',
  labels: { name },
  initial: 0,
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

/** Shows these breakers at each scrape. @returns ends it */
export function observeCircuitBreakers(breakers: {
  getStatus: () => Record<string, CircuitBreakerStatus>;
}): () => void {
  const each =
    (valueOf: (status: CircuitBreakerStatus) => number) =>
    (observe: (labels: { name: BreakerName }, value: number) => void) => {
      for (const [full, status] of Object.entries(breakers.getStatus())) {
        observe({ name: labelOf(full) }, valueOf(status));
      }
    };
  const stops = [
    circuitState.addCallback(each(({ state }) => stateNames.indexOf(nameOf(state)))),
    circuitFailureRatio.addCallback(each((status) => status.failure_ratio)),
    circuitLastTransition.addCallback(each(({ since }) => Date.parse(since) / 1000)),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Shows the load of this bulkhead at each scrape. @returns ends it */
export function observeBulkhead(guarded: Pick<Guarded, 'name' | 'load'>): () => void {
  const name = labelOf(guarded.name);
  const stops = [
    bulkheadInFlight.addCallback((observe) => observe({ name }, guarded.load().inFlight)),
    bulkheadQueue.addCallback((observe) => observe({ name }, guarded.load().queued)),
  ];
  return () => stops.forEach((stop) => stop());
}

/** `webhook:example.com` → `webhook`: hosts are no label. */
function labelOf(full: string): BreakerName {
  const colon = full.indexOf(':');
  return (colon === -1 ? full : full.slice(0, colon)) as BreakerName;
}

/** Only the slow ones are worth an exemplar, which costs as much as all the rest. */
const EXEMPLAR_MS = 50;

/** Metrics, span events and log lines of the breakers. */
export function circuitBreakerEvents(deps: { log: Logger }): Required<CircuitBreakerEvents> {
  const durations = new Map<string, (seconds: number) => void>();
  const quickDuration = (labels: { name: BreakerName; outcome: Outcome }) => {
    const key = labels.name + labels.outcome;
    const observe = durations.get(key) ?? circuitCallDuration.of(labels);
    durations.set(key, observe);
    return observe;
  };
  return {
    counted(full, outcome) {
      circuitCalls.inc({ name: labelOf(full), outcome });
      if (outcome === 'rejected')
        trace.getActiveSpan()?.setAttribute(attr.errorType, 'circuit_open');
    },
    ended(full, outcome, ms) {
      const labels = { name: labelOf(full), outcome };
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

import { trace } from '@opentelemetry/api';
import { attr, buckets } from '#telemetry/conventions.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';
import { bounded, counter, histogram, observableGauge } from '#telemetry/metrics.ts';
import { DependencyError, findCause } from '../../errors.ts';
import { failureFields } from '../../storage/failure.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';
import type { CircuitBreakerEvents, StateChange } from './circuit-breaker-events.ts';
import { nameOf, outcomes, stateNames, transitions, type Outcome } from './circuit-state.ts';

/** Breakers that a process may have; each is registered by its owner. */
const name = bounded(32);

/** 0 closed, 1 half-open, 2 open. */
export const circuitState = observableGauge({
  name: 'circuit_breaker_state',
  help: 'State of the circuit breaker: 0 closed, 1 half-open, 2 open',
  labels: { name },
  combine: 'max',
});

export const circuitTransitions = counter({
  name: 'circuit_breaker_transitions_total',
  help: 'Changes of state of the circuit breaker',
  // The reasons are a closed set, too; bounded, because most combinations cannot happen.
  labels: { name, from: stateNames, to: stateNames, reason: bounded(transitions.length) },
});

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
  combine: 'max',
});

export const circuitLastTransition = observableGauge({
  name: 'circuit_breaker_last_transition_timestamp_seconds',
  help: 'When the circuit breaker came into its state',
  labels: { name },
  combine: 'max',
});

/** Shows these breakers at each scrape. @returns ends it */
export function observeCircuitBreakers(breakers: {
  getStatus: () => Record<string, CircuitBreakerStatus>;
}): () => void {
  const each =
    (valueOf: (status: CircuitBreakerStatus) => number) =>
    (observe: (labels: { name: string }, value: number) => void) => {
      for (const [name, status] of Object.entries(breakers.getStatus())) {
        observe({ name }, valueOf(status));
      }
    };
  const stops = [
    circuitState.addCallback(each(({ state }) => stateNames.indexOf(nameOf(state)))),
    circuitFailureRatio.addCallback(each((status) => status.failure_ratio)),
    circuitLastTransition.addCallback(each(({ since }) => Date.parse(since) / 1000)),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Only the slow ones are worth an exemplar, which costs as much as all the rest. */
const EXEMPLAR_MS = 50;

/** Metrics, span events and log lines of the breakers. */
export function circuitBreakerEvents(deps: { log: Logger }): Required<CircuitBreakerEvents> {
  const durations = new Map<string, (seconds: number) => void>();
  const quickDuration = (labels: { name: string; outcome: Outcome }) => {
    const key = labels.name + labels.outcome;
    const observe = durations.get(key) ?? circuitCallDuration.of(labels);
    durations.set(key, observe);
    return observe;
  };
  return {
    registered(name) {
      for (const outcome of outcomes) circuitCalls.init({ name, outcome });
      for (const [from, to, reason] of transitions) {
        circuitTransitions.init({ name, from, to, reason });
      }
    },
    counted(name, outcome) {
      circuitCalls.inc({ name, outcome });
      // No error of the span: who was refused may well have an answer without it.
      if (outcome === 'rejected') trace.getActiveSpan()?.setAttribute(attr.breaker, name);
    },
    ended(name, outcome, ms) {
      const labels = { name, outcome };
      if (ms >= EXEMPLAR_MS) circuitCallDuration.observe(labels, ms / 1000);
      else quickDuration(labels)(ms / 1000);
    },
    failing(name, outcome, error) {
      const fields = { 'event.name': 'circuit_breaker.first_failure', name, outcome };
      deps.log.warn('A call to a dependency failed.', withError(fields, error));
    },
    changed: (change) => reportChange(deps.log, change),
  };
}

function reportChange(log: Logger, change: StateChange): void {
  const { name, from, to, reason, failureRatio, calls, openMs, error } = change;
  const labels = { name, from: nameOf(from), to: nameOf(to), reason };
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

/** Of a server that is away its cause says all; a stack would only show where we noticed. */
function withError(fields: LogFields, error: unknown): LogFields {
  if (error === undefined) return fields;
  const kind = findCause(error, DependencyError)?.kind;
  const isAway = kind === 'unavailable' || kind === 'timeout';
  return { ...fields, ...failureFields(error), ...(isAway ? {} : { error }) };
}

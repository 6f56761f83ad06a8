import { buckets } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { bounded, counter, gauge, histogram, observableGauge } from '#telemetry/metrics.ts';
import { failureFields } from '../../storage/failure.ts';
import { refusalOf } from '../../storage/refusal.ts';
import type { ProbeEvents } from './health.ts';

/** Components that a process may have; each is registered by its owner. */
const component = bounded(32);
const criticality = ['true', 'false'] as const;

export const componentUp = gauge({
  name: 'component_up',
  combine: 'min',
  help: '1 when the last health probe passed',
  labels: { component, critical: criticality },
});

export const checkDuration = histogram({
  name: 'component_health_check_duration_seconds',
  help: 'Time of a health probe',
  labels: { component },
  buckets: buckets.fast,
});

export const checkFailures = counter({
  name: 'component_health_check_failures_total',
  help: 'Failed health probes',
  labels: { component, reason: ['timeout', 'refused', 'error'] },
});

export const lastSuccess = gauge({
  name: 'component_last_success_timestamp_seconds',
  combine: 'min',
  help: 'When the last health probe passed',
  labels: { component },
});

/** Of several services in a process, the one that is not ready. */
export const appReady = observableGauge({
  name: 'app_ready',
  help: '1 when readiness answers 200',
  initial: 0,
  combine: 'min',
});

/** Metrics and log lines of the prober. */
export function healthEvents(deps: { log: Logger; now: () => Date }): ProbeEvents {
  return {
    registered: ({ name }) => checkFailures.init({ component: name }),
    probed({ name: component, critical: isCritical }, { ok, seconds, reason }) {
      const critical = isCritical ? 'true' : 'false';
      componentUp.set({ component, critical }, ok ? 1 : 0);
      checkDuration.observe({ component }, seconds);
      if (ok) lastSuccess.set({ component }, deps.now().getTime() / 1000);
      else checkFailures.inc({ component, reason: reason ?? 'error' });
    },
    changed(component, from, to, reason, error) {
      const change = { 'event.name': 'health.changed', component, from, to, reason };
      const fix = refusalOf(error)?.fix;
      const fields = {
        ...change,
        ...(fix === undefined ? {} : { hint: fix }),
        ...failureFields(error),
      };
      if (to === 'operational') deps.log.info('A component changed its state.', fields);
      else deps.log.warn('A component changed its state.', fields);
    },
  };
}

/** @param isReady whether readiness answers 200. @returns ends it */
export function observeReadiness(isReady: () => boolean): () => void {
  return appReady.addCallback((observe) => observe({}, isReady() ? 1 : 0));
}

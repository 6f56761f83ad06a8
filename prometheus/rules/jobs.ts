import { limit } from '#grafana/thresholds.ts';
import { duration, percent, quantity } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

export const jobs: RuleFile = {
  name: 'jobs',
  about: 'Work that outlives its request. Every process sees the same queue: the highest counts.',
  groups: {
    alerts: [
      alert('JobsOldestAgeHigh', {
        expr: `max by (job, queue) (jobs_oldest_age_seconds) ${limit('JobsOldestAgeHigh')}`,
        for: '5m',
        cause: 'unknown',
        summary: 'Jobs wait in {{ $labels.queue }}',
        description: `
            The oldest job that waits in {{ $labels.queue }} has been there for ${duration}.`,
        dashboard: 'jobs',
      }),
      alert('JobsDead', {
        expr: `max by (job, queue) (jobs_dead) ${limit('JobsDead')}`,
        for: '1m',
        cause: 'unknown',
        summary: 'Jobs of {{ $labels.queue }} are dead',
        description: `
            ${quantity} jobs of {{ $labels.queue }} failed at every attempt, by no fault of their
            input, and wait for an operator.`,
        dashboard: 'jobs',
      }),
      alert('NoWorker', {
        expr: `
            sum by (job) (job_worker_places) ${limit('NoWorker')}
            and on (job) sum by (job) (jobs_queued{state="waiting"}) > 0
          `,
        for: '2m',
        cause: 'unknown',
        summary: 'Nobody works for jobs',
        description: `
            Jobs wait, and all processes together have ${quantity} places for them.`,
        dashboard: 'jobs',
      }),
      alert('WebhookFailing', {
        // Ten attempts: the receiver of one client is that client's to mend.
        expr: `
            (sum by (job) (increase(webhook_deliveries_total{outcome=~"retried|dead"}[30m]))
              / sum by (job) (increase(webhook_deliveries_total{outcome!="postponed"}[30m]))) ${limit('WebhookFailing')}
            and on (job) sum by (job) (increase(webhook_deliveries_total{outcome!="postponed"}[30m])) > 10
          `,
        for: '15m',
        cause: 'unknown',
        summary: 'Webhooks are not delivered',
        description: `
            ${percent} of the attempts at deliveries of the last half hour failed: receivers are
            away, or nothing gets out of here.`,
        dashboard: 'jobs',
      }),
    ],
  },
};

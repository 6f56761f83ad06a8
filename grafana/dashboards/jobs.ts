import { jobPlaces, jobsDead, jobsOldestAge, jobsQueued } from '#src/features/jobs/metrics.ts';
import { webhookDeliveries, webhookDeliveryDuration } from '#src/features/webhooks/metrics.ts';
import { jobDuration, jobsTotal, jobWait } from '#src/storage/queue/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { timeseries } from '../panels.ts';
import { quantile, rate, select, sumBy } from '../queries.ts';

const half = { w: 12, h: 9 } as const;

/** Work that outlives its request: whether it gets done, and when. */
export const jobs = dashboard({
  uid: 'api-jobs',
  title: 'API / Jobs',
  description:
    'Assessments and batches that outlive their request: whether they get done, and when.',
  sections: [
    {
      id: 100,
      title: 'Waiting',
      panels: [
        timeseries({
          ...half,
          id: 1,
          title: 'Age of the oldest job that waits',
          description: 'By queue; every process sees the same; the highest is shown.',
          unit: 's',
          min: 0,
          queries: [{ expr: `max by (queue) (${select(jobsOldestAge)})`, legend: '{{queue}}' }],
          alert: 'JobsOldestAgeHigh',
        }),
        timeseries({
          ...half,
          id: 2,
          title: 'Jobs that have not ended',
          description: 'Held are items of batches that wait for others of their batch.',
          unit: 'short',
          min: 0,
          queries: [
            {
              expr: `max by (queue, state) (${select(jobsQueued)})`,
              legend: '{{queue}} {{state}}',
            },
          ],
          links: ['JobsOldestAgeHigh'],
        }),
        timeseries({
          ...half,
          id: 3,
          title: 'Wait until the attempt, 95th percentile',
          description: 'From when a job could be worked for, by queue.',
          unit: 's',
          min: 0,
          noValue: 'no jobs',
          queries: [{ expr: quantile(0.95, jobWait, 'queue'), legend: '{{queue}}' }],
          links: ['JobsOldestAgeHigh'],
        }),
        timeseries({
          ...half,
          id: 4,
          title: 'Places for jobs',
          description: 'Jobs that all processes together work for at a time.',
          unit: 'short',
          min: 0,
          queries: [{ expr: `sum(${select(jobPlaces)})`, legend: 'places' }],
          alert: 'NoWorker',
        }),
      ],
    },
    {
      id: 101,
      title: 'Work',
      panels: [
        timeseries({
          ...half,
          id: 5,
          title: 'Attempts by how they ended',
          description:
            'A second. lost: cancelled, taken over by another process, or its end was not stored.',
          unit: 'ops',
          look: 'stack',
          queries: [
            {
              expr: `${sumBy('queue, outcome', rate(jobsTotal))} > 0`,
              legend: '{{queue}} {{outcome}}',
            },
          ],
          links: ['JobsOldestAgeHigh'],
        }),
        timeseries({
          ...half,
          id: 6,
          title: 'Time of an attempt, 95th percentile',
          description: 'Storage included, by queue.',
          unit: 's',
          min: 0,
          noValue: 'no jobs',
          queries: [{ expr: quantile(0.95, jobDuration, 'queue'), legend: '{{queue}}' }],
          links: ['JobsOldestAgeHigh'],
        }),
        timeseries({
          w: 24,
          h: 9,
          id: 7,
          title: 'Dead jobs',
          description:
            'Failed at every attempt by no fault of their input; they wait for an operator.',
          unit: 'short',
          min: 0,
          queries: [{ expr: `max by (queue) (${select(jobsDead)})`, legend: '{{queue}}' }],
          alert: 'JobsDead',
        }),
      ],
    },
    {
      id: 102,
      title: 'Webhooks',
      panels: [
        timeseries({
          ...half,
          id: 8,
          title: 'Deliveries by how they ended',
          description:
            'Attempts a second. postponed: the host failed before, and was not asked; dead: given up.',
          unit: 'ops',
          look: 'stack',
          queries: [{ expr: sumBy('outcome', rate(webhookDeliveries)), legend: '{{outcome}}' }],
          alert: 'WebhookFailing',
        }),
        timeseries({
          ...half,
          id: 9,
          title: 'Time of a delivery, 95th percentile',
          description: 'Until the receiver has answered; after 5 s it is given up.',
          unit: 's',
          min: 0,
          noValue: 'no deliveries',
          queries: [{ expr: quantile(0.95, webhookDeliveryDuration), legend: 'p95' }],
          links: ['WebhookFailing'],
        }),
      ],
    },
  ],
});

import { buckets } from '#telemetry/conventions.ts';
import { counter, histogram } from '#telemetry/metrics.ts';

const outcomes = ['delivered', 'retried', 'postponed', 'dead'] as const;
export type DeliveryOutcome = (typeof outcomes)[number];

export const webhookDeliveries = counter({
  name: 'webhook_deliveries_total',
  help: 'Attempts at deliveries of webhooks by how they ended; postponed: nobody was asked, dead: given up',
  labels: { outcome: outcomes },
});

export const webhookDeliveryDuration = histogram({
  name: 'webhook_delivery_duration_seconds',
  help: 'Time of an attempt at a delivery of a webhook, the resolution of the host included',
  buckets: buckets.http,
});

/** The series exist from here on. */
export function webhookEvents(): { ended: (outcome: DeliveryOutcome, seconds: number) => void } {
  for (const outcome of outcomes) webhookDeliveries.init({ outcome });
  webhookDeliveryDuration.init({});
  return {
    ended(outcome, seconds) {
      webhookDeliveries.inc({ outcome });
      if (outcome !== 'postponed') webhookDeliveryDuration.observe({}, seconds);
    },
  };
}

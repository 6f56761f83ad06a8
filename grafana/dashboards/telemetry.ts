import { logLinesDropped, logMessages } from '#telemetry/log-metrics.ts';
import { otelFamilies, processFamilies } from '#telemetry/process-families.ts';
import { dashboard } from '../dashboard.ts';
import { stat, states, timeseries } from '../panels.ts';
import { rate, select, sumBy } from '../queries.ts';
import { monitors, scrape } from '../recorded.ts';
import { upOrDown } from '../states.ts';
import { alertThresholds } from '../thresholds.ts';

const { labelOverflow, collectErrors, renderDuration } = processFamilies;
const { spansStarted, spansLive, spansProcessed, spanQueueSize, spanQueueCapacity } = otelFamilies;
const every = (family: { name: string }) => `rate(${family.name}[$__rate_interval])`;

/** The label is `file;group`. */
const byGroup = (expr: string) => `label_replace(${expr}, "group", "$1", "rule_group", ".*;(.*)")`;

/** Whether the other dashboards can be believed. */
export const telemetry = dashboard({
  uid: 'api-telemetry',
  title: 'API / Telemetry',
  description:
    'Whether metrics, traces, logs and alerts arrive, so that the other dashboards can be believed.',
  sections: [
    {
      id: 100,
      title: 'Scrapes of the service',
      panels: [
        timeseries({
          id: 1,
          w: 8,
          h: 8,
          title: 'Time of a scrape',
          description: 'How long Prometheus waits for /metrics.',
          unit: 's',
          queries: [{ expr: select(scrape.duration), legend: '{{instance}}' }],
          alert: 'MetricsScrapeSlow',
        }),
        timeseries({
          id: 2,
          w: 8,
          h: 8,
          title: 'Series of an instance',
          description: `Samples in a scrape, and series that are new in it. The budget is ${alertThresholds.MetricsCardinalityHigh.above}.`,
          unit: 'short',
          queries: [
            { expr: select(scrape.samples), legend: 'samples {{instance}}' },
            { expr: select(scrape.added), legend: 'new {{instance}}' },
          ],
          alert: 'MetricsCardinalityHigh',
        }),
        timeseries({
          id: 3,
          w: 8,
          h: 8,
          title: 'Collecting /metrics',
          description: 'What each source of the last scrape took.',
          unit: 's',
          queries: [{ expr: select(renderDuration), legend: '{{source}} {{instance}}' }],
          links: ['MetricsScrapeSlow'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 7,
          title: 'Folded label values',
          description:
            'Values a second that became "other" because the set of their metric was full.',
          unit: 'cps',
          queries: [{ expr: sumBy('metric', rate(labelOverflow)), legend: '{{metric}}' }],
          links: ['MetricsCardinalityHigh'],
        }),
        timeseries({
          id: 5,
          w: 12,
          h: 7,
          title: 'Failures to collect',
          description:
            'Sources of /metrics that failed or claimed a family of the other one, a second.',
          unit: 'cps',
          queries: [{ expr: sumBy('source', rate(collectErrors)), legend: '{{source}}' }],
          alert: 'MetricsCollectErrors',
        }),
      ],
    },
    {
      id: 101,
      title: 'Traces',
      panels: [
        timeseries({
          id: 6,
          w: 6,
          h: 8,
          title: 'Spans begun',
          description: 'Spans a second, by what the sampler decided.',
          unit: 'cps',
          queries: [
            {
              expr: sumBy('otel_span_sampling_result', rate(spansStarted)),
              legend: '{{otel_span_sampling_result}}',
            },
          ],
          links: ['TraceExportFailing', 'traces'],
        }),
        timeseries({
          id: 7,
          w: 6,
          h: 8,
          title: 'Spans sent and lost',
          description:
            'Spans a second that left the queue; the lost ones with their error. Empty while no OTLP endpoint is set.',
          unit: 'cps',
          queries: [
            { expr: `sum(${rate(spansProcessed, 'error_type=""')})`, legend: 'sent' },
            {
              expr: sumBy('error_type', rate(spansProcessed, 'error_type!=""')),
              legend: 'lost: {{error_type}}',
            },
          ],
          noValue: 'no OTLP endpoint',
          links: ['TraceExportFailing'],
        }),
        timeseries({
          id: 8,
          w: 6,
          h: 8,
          title: 'Queue of spans',
          description: 'How full the queue to the OTLP endpoint is; beyond it spans are dropped.',
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `${select(spanQueueSize)} / ${select(spanQueueCapacity)}`,
              legend: '{{instance}}',
            },
          ],
          noValue: 'no OTLP endpoint',
          alert: 'TraceQueueNearFull',
        }),
        timeseries({
          id: 18,
          w: 6,
          h: 8,
          title: 'Open spans',
          description:
            'Spans begun and not yet ended; a number that only grows is a span nobody ends.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: sumBy('instance', select(spansLive)), legend: '{{instance}}' }],
          links: ['TraceExportFailing'],
        }),
        timeseries({
          id: 9,
          w: 8,
          h: 7,
          title: 'Spans at Jaeger',
          description: 'Spans a second that Jaeger took and refused.',
          unit: 'cps',
          queries: [
            { expr: `sum(${every(monitors.jaegerAccepted)})`, legend: 'accepted' },
            { expr: `sum(${every(monitors.jaegerRefused)})`, legend: 'refused' },
          ],
          noValue: 'Jaeger is not scraped',
          links: ['TraceExportFailing', 'MonitoringTargetDown'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 7,
          title: 'Log lines',
          description: 'Lines written a second, by level.',
          unit: 'cps',
          queries: [{ expr: sumBy('level', rate(logMessages)), legend: '{{level}}' }],
          links: ['ErrorLogSpike'],
        }),
        timeseries({
          id: 19,
          w: 8,
          h: 7,
          title: 'Log lines lost',
          description:
            'Lines a second that standard output, the log file or the log store (otlp) did not take: a full disk, nobody who reads, a store that is down.',
          unit: 'cps',
          queries: [{ expr: sumBy('sink', rate(logLinesDropped)), legend: '{{sink}}' }],
          links: ['LogLinesDropped'],
        }),
      ],
    },
    {
      id: 102,
      title: 'Prometheus and Alertmanager',
      panels: [
        states({
          id: 11,
          w: 12,
          h: 8,
          title: 'Targets',
          description: 'Who answers when Prometheus scrapes.',
          unit: 'none',
          queries: [{ expr: scrape.up.name, legend: '{{job}} {{instance}}' }],
          states: upOrDown,
          alert: 'MonitoringTargetDown',
        }),
        stat({
          id: 12,
          w: 6,
          h: 8,
          title: 'Alertmanagers',
          description: 'How many Prometheus sends alerts to.',
          unit: 'none',
          queries: [{ expr: `min(${monitors.alertmanagers.name})`, legend: 'Alertmanagers' }],
          spark: false,
          alert: 'PrometheusNotConnectedToAlertmanager',
        }),
        stat({
          id: 13,
          w: 6,
          h: 8,
          title: 'Configuration',
          description: 'Whether Prometheus could load its last one.',
          unit: 'none',
          queries: [{ expr: `min(${monitors.configLoaded.name})`, legend: 'Configuration' }],
          mappings: [
            {
              type: 'value',
              options: { '0': { text: 'refused', index: 0 }, '1': { text: 'loaded', index: 1 } },
            },
          ],
          spark: false,
          alert: 'PrometheusConfigReloadFailed',
        }),
        timeseries({
          id: 15,
          w: 8,
          h: 8,
          title: 'Failed rules',
          description: 'Evaluations a second that failed, by group.',
          unit: 'cps',
          queries: [
            {
              expr: byGroup(sumBy('rule_group', every(monitors.ruleFailures))),
              legend: '{{group}}',
            },
          ],
          alert: 'PrometheusRuleFailures',
        }),
        timeseries({
          id: 16,
          w: 8,
          h: 8,
          title: 'Time of rules',
          description:
            'Last evaluation of each group as a share of its interval; at 100 % evaluations are missed.',
          unit: 'percentunit',
          queries: [
            {
              expr: byGroup(
                `max by (rule_group) (${monitors.ruleDuration.name} / ${monitors.ruleInterval.name})`,
              ),
              legend: '{{group}}',
            },
          ],
          links: ['PrometheusRuleFailures'],
        }),
        timeseries({
          id: 17,
          w: 8,
          h: 8,
          title: 'Notifications',
          description: 'Notifications a second that Alertmanager sent or failed to send.',
          unit: 'cps',
          queries: [
            { expr: `sum(${every(monitors.notifications)})`, legend: 'sent' },
            {
              expr: `sum(${every(monitors.notificationsFailed)})`,
              legend: 'failed',
            },
          ],
          alert: 'AlertmanagerNotificationsFailing',
        }),
      ],
    },
  ],
});

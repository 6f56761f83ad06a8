import { limit } from '#grafana/thresholds.ts';
import { asked, duration, percent, quantity, times } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

const folded = asked('sum(increase(metrics_label_overflow_total{instance="%s"}[15m]))');

export const telemetry: RuleFile = {
  name: 'telemetry',
  about: 'What tells us about the service: traces, metrics, logs.',
  groups: {
    alerts: [
      alert('TraceExportFailing', {
        expr: `sum by (job, instance, error_type) (increase(otel_sdk_processor_span_processed_total{error_type!=""}[5m])) ${limit('TraceExportFailing')}`,
        for: '10m',
        cause: 'telemetry',
        summary: '{{ $labels.instance }} loses traces',
        description: `
            ${times} spans of the last 5 minutes of {{ $labels.instance }} were lost
            on the way to the OTLP endpoint ({{ $labels.error_type }}).`,
        dashboard: 'telemetry',
      }),
      alert('TraceQueueNearFull', {
        expr: `otel_sdk_processor_span_queue_size / otel_sdk_processor_span_queue_capacity ${limit('TraceQueueNearFull')}`,
        for: '5m',
        cause: 'telemetry',
        summary: '{{ $labels.instance }} is about to lose traces',
        description: `
            The queue of spans of {{ $labels.instance }} is ${percent} full.`,
        dashboard: 'telemetry',
      }),
      alert('OutboundErrorRatioHigh', {
        expr: `
            sum by (job, server_address) (rate(http_client_request_duration_seconds_count{error_type!=""}[5m]))
            /
            (sum by (job, server_address) (rate(http_client_request_duration_seconds_count[5m])) > 0)
            ${limit('OutboundErrorRatioHigh')}
          `,
        for: '10m',
        cause: 'telemetry',
        summary: 'Calls to {{ $labels.server_address }} fail',
        description: `
            ${percent} of the outbound HTTP calls to {{
            $labels.server_address }} failed in the last 5 minutes.`,
        dashboard: 'dependencies',
      }),
      alert('MetricsCardinalityHigh', {
        expr: `
            scrape_samples_post_metric_relabeling ${limit('MetricsCardinalityHigh')}
            or
            max by (job, instance) (scrape_samples_post_metric_relabeling)
            and on (job, instance)
            sum by (job, instance) (rate(metrics_label_overflow_total[15m])) > 0
          `,
        for: '15m',
        cause: 'telemetry',
        summary: '{{ $labels.instance }} has too many series',
        description: `
            {{ $labels.instance }} has ${quantity} series; so often in the last 15 minutes a value was
            folded into "other" since its label was full: ${folded}.`,
        dashboard: 'telemetry',
      }),
      alert('MetricsCollectErrors', {
        expr: `sum by (job, instance, source) (increase(metrics_collect_errors_total[5m])) ${limit('MetricsCollectErrors')}`,
        for: '10m',
        cause: 'telemetry',
        summary: 'Metrics of {{ $labels.instance }} are missing',
        description: `
            ${times} times in the last 5 minutes the source {{ $labels.source }} of
            /metrics of {{ $labels.instance }} failed or claimed a family of the other
            source.`,
        dashboard: 'telemetry',
      }),
      alert('MetricsScrapeSlow', {
        expr: `scrape_duration_seconds ${limit('MetricsScrapeSlow')}`,
        for: '10m',
        cause: 'telemetry',
        summary: 'Scraping {{ $labels.instance }} is slow',
        description: `
            Scraping {{ $labels.instance }} took ${duration}; after 4 s
            the scrape fails.`,
        dashboard: 'telemetry',
      }),
      alert('LogLinesDropped', {
        expr: `sum by (job, instance, sink) (increase(log_lines_dropped_total[5m])) ${limit('LogLinesDropped')}`,
        for: '1m',
        cause: 'telemetry',
        summary: '{{ $labels.instance }} loses log lines',
        description: `
            About {{ $value | printf "%.0f" }} log lines of {{ $labels.instance }} did not get
            to its {{ if eq $labels.sink "otlp" }}log store{{ else }}{{ $labels.sink }}{{ end }}
            in the last 5 minutes.`,
        dashboard: 'telemetry',
      }),
      alert('ErrorLogSpike', {
        expr: `
            sum by (job) (rate(log_messages_total{level="error"}[10m])) ${limit('ErrorLogSpike')}
            and
            sum by (job) (rate(log_messages_total{level="error"}[10m])) > 5 * sum by (job) (rate(log_messages_total{level="error"}[1d]))
            unless on (job)
            min by (job) (min_over_time(component_up{critical="true"}[20m])) == 0
          `,
        for: '10m',
        cause: 'unknown',
        summary: 'More errors are logged than usual',
        description: `
            {{ $value | printf "%.2f" }} errors per second were logged in the last 10
            minutes, over 5 times the mean of the day.`,
        dashboard: 'telemetry',
      }),
    ],
  },
};

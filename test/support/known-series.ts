import '#src/compose.ts';
import type { FamilyType } from '#telemetry/exposition.ts';
import { registry } from '#telemetry/metrics.ts';
import { otelFamilies, processFamilies } from '#telemetry/process-families.ts';
import { exporterSeries } from './exporter-fixtures.ts';
import { readRules } from './prometheus-rules.ts';

/** Of Prometheus itself, and of the tools around the service as their documentation promises. */
const foreign: Record<string, string[]> = {
  up: [],
  scrape_duration_seconds: [],
  scrape_samples_post_metric_relabeling: [],
  scrape_series_added: [],
  probe_success: [],
  probe_duration_seconds: [],
  ALERTS: [
    'alertname',
    'alertstate',
    'severity',
    'cause',
    'slo',
    'component',
    'route',
    'long_window',
  ],
  /** Without `alertstate`. */
  ALERTS_FOR_STATE: ['alertname', 'severity', 'cause', 'slo', 'component', 'route', 'long_window'],
  prometheus_rule_evaluation_failures_total: ['rule_group'],
  prometheus_rule_group_last_duration_seconds: ['rule_group'],
  prometheus_rule_group_interval_seconds: ['rule_group'],
  prometheus_tsdb_head_series: [],
  prometheus_config_last_reload_successful: [],
  prometheus_notifications_alertmanagers_discovered: [],
  alertmanager_notifications_total: ['integration'],
  alertmanager_notifications_failed_total: ['integration', 'reason'],
  otelcol_receiver_accepted_spans_total: [],
  otelcol_receiver_refused_spans_total: [],
};

/** What prom-client knows of a family, declared by us or by itself. */
interface Registered {
  name: string;
  type: FamilyType;
  labelNames: readonly string[];
}

export interface KnownFamily {
  name: string;
  /** The names of its series. */
  series: string[];
  labels: readonly string[];
}

/** Every family that the service exposes, whoever declares it. */
export function exposedFamilies(): KnownFamily[] {
  // What other tests of the run declare for themselves is no part of the service.
  const registered = registry.getMetricsAsArray() as unknown as Registered[];
  const declared = registered
    .filter(({ name }) => !name.startsWith('test_'))
    .map(({ name, type, labelNames }) => ({ name, type, labels: labelNames }));
  const rest = [...Object.values(processFamilies), ...Object.values(otelFamilies)];
  const names = new Set(declared.map(({ name }) => name));
  return [...declared, ...rest.filter(({ name }) => !names.has(name))].map((family) => ({
    name: family.name,
    series:
      family.type === 'histogram'
        ? // The first one is the native histogram, on Prometheus 3.
          ['', '_bucket', '_sum', '_count'].map((suffix) => family.name + suffix)
        : [family.name],
    labels: family.labels,
  }));
}

/** Name of every series that Prometheus may hold → its labels. */
export function knownSeries(): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  const add = (name: string, labels: readonly string[]) =>
    known.set(name, new Set([...(known.get(name) ?? ['job', 'instance', 'role']), ...labels]));
  for (const { series, labels } of exposedFamilies()) {
    for (const name of series) add(name, name.endsWith('_bucket') ? [...labels, 'le'] : labels);
  }
  for (const [name, labels] of Object.entries(foreign)) add(name, labels);
  for (const [name, labels] of exporterSeries()) add(name, [...labels]);
  for (const { record, labels } of readRules()) {
    if (record !== undefined)
      add(record, ['slo', 'route', 'name', 'db_system_name', ...Object.keys(labels)]);
  }
  return known;
}

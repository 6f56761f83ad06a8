/** OpenTelemetry's metric data in the neutral model, by Prometheus' naming rules (which exporter-prometheus leaves out). */
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Family, Sample } from './exposition.ts';
import { combineOf } from './process-families.ts';
import { isCatalogued } from './views.ts';

/** What a dashboard may join on; the resource may hold more, such as the host's name. */
const TARGET_LABELS = [
  'service.name',
  'service.namespace',
  'service.version',
  'service.instance.id',
  'deployment.environment.name',
];

/** Unit (UCUM) → suffix of the name; annotations such as `{span}` have none. */
const unitSuffix: Record<string, string> = { s: '_seconds', By: '_bytes', '1': '_ratio' };

export function otelFamilies(collected: ResourceMetrics): Family[] {
  const families = new Map<string, Family>();
  for (const { metrics } of collected.scopeMetrics) {
    for (const metric of metrics) {
      const family = isCatalogued(metric.descriptor.name) ? toFamily(metric) : null;
      if (family === null) continue;
      const known = families.get(family.name);
      if (known === undefined) families.set(family.name, family);
      else if (known.type === family.type) addSamples(known, family.samples);
    }
  }
  return [targetInfo(collected), ...families.values()];
}

/** Two instrumentations may feed one family (http and undici) with the same labels: those are one series. */
function addSamples(family: Family, samples: readonly Sample[]): void {
  const keyOf = ({ suffix, labels }: Sample) =>
    suffix + JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = new Map(family.samples.map((sample) => [keyOf(sample), sample]));
  for (const sample of samples) {
    const same = known.get(keyOf(sample));
    if (same === undefined) family.samples.push(sample);
    else same.value += sample.value;
  }
}

function targetInfo({ resource }: ResourceMetrics): Family {
  const labels = Object.fromEntries(
    TARGET_LABELS.filter((name) => resource.attributes[name] !== undefined).map((name) => [
      labelName(name),
      String(resource.attributes[name]),
    ]),
  );
  return {
    name: 'target_info',
    type: 'gauge',
    help: 'Identity of this process, to join with other families',
    samples: [{ suffix: '', labels, value: 1 }],
    combine: combineOf('target_info'),
  };
}

function toFamily(metric: MetricData): Family | null {
  const { descriptor } = metric;
  const name = familyName(descriptor.name, unitSuffix[descriptor.unit] ?? '');
  const base = {
    name,
    help: descriptor.description || descriptor.name,
    combine: combineOf(name),
  };
  switch (metric.dataPointType) {
    case DataPointType.SUM: {
      const suffix = metric.isMonotonic ? '_total' : '';
      const samples = metric.dataPoints.map(({ attributes, value }) => ({
        suffix,
        labels: labelsOf(attributes),
        value,
      }));
      return { ...base, type: metric.isMonotonic ? 'counter' : 'gauge', samples };
    }
    case DataPointType.GAUGE: {
      const samples = metric.dataPoints.map(({ attributes, value }) => ({
        suffix: '',
        labels: labelsOf(attributes),
        value,
      }));
      return { ...base, type: 'gauge', samples };
    }
    case DataPointType.HISTOGRAM:
      return { ...base, type: 'histogram', samples: metric.dataPoints.flatMap(histogramSamples) };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      break;
  }
  // Exponential histograms have no form in either format; views.ts asks for none.
  return null;
}

type HistogramPoint = Extract<
  MetricData,
  { dataPointType: typeof DataPointType.HISTOGRAM }
>['dataPoints'][number];

function histogramSamples({ attributes, value }: HistogramPoint): Sample[] {
  const labels = labelsOf(attributes);
  const { boundaries, counts } = value.buckets;
  let cumulative = 0;
  const samples: Sample[] = boundaries.map((le, i) => {
    cumulative += counts[i] ?? 0;
    return { suffix: '_bucket', labels: { ...labels, le }, value: cumulative };
  });
  return [
    ...samples,
    { suffix: '_bucket', labels: { ...labels, le: Infinity }, value: value.count },
    { suffix: '_sum', labels, value: value.sum ?? 0 },
    { suffix: '_count', labels, value: value.count },
  ];
}

function familyName(name: string, suffix: string): string {
  const plain = labelName(name).replace(/_total$/, '');
  return plain.endsWith(suffix) ? plain : `${plain}${suffix}`;
}

function labelName(name: string): string {
  return name.replace(/\W+/g, '_').replace(/_{2,}/g, '_');
}

function labelsOf(attributes: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [labelName(key), String(value)]),
  );
}

/** prom-client's metrics in the neutral model. Its own writer is not used: it renames counters for good once asked for OpenMetrics. */
import type { Combine, Exemplar, Family, FamilyType, Sample } from './exposition.ts';
import { combineOf } from './process-families.ts';

/** What prom-client's metrics have in common. */
export interface Collectable {
  get(): Promise<PromFamily>;
  /** Of gauges that are declared here; those of prom-client itself are in `process-families.ts`. */
  readonly combine?: Combine | undefined;
}

interface PromFamily {
  name: string;
  help: string;
  type: FamilyType;
  values: PromSample[];
}

interface PromSample {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
}

/** A gauge whose `collect` throws costs its own family only. */
export async function promFamilies(
  metrics: readonly Collectable[],
  onError: () => void,
): Promise<Family[]> {
  const families: Family[] = [];
  const results = await Promise.allSettled(metrics.map((metric) => metric.get()));
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') families.push(toFamily(result.value, metrics[i]?.combine));
    else onError();
  }
  return families;
}

function toFamily({ name, help, type, values }: PromFamily, combine: Combine | undefined): Family {
  const samples = values.map((sample): Sample => {
    const { le, ...labels } = sample.labels;
    return {
      suffix: type === 'counter' ? '_total' : (sample.metricName ?? name).slice(name.length),
      labels: le === undefined ? labels : { ...labels, le: le === '+Inf' ? Infinity : le },
      value: sample.value,
      exemplar: exemplarOf(sample),
    };
  });
  return {
    name: type === 'counter' ? name.replace(/_total$/, '') : name,
    type,
    help,
    samples: type === 'histogram' ? withoutEmptyBuckets(samples) : samples,
    combine: combine ?? combineOf(name),
  };
}

/**
 * Of a child that exists so that its first observation is a change, `_count`, `_sum` and `le="+Inf"` suffice: the
 * other buckets would be most of all series. prom-client gives buckets, sum and count of one child after another.
 */
function withoutEmptyBuckets(samples: readonly Sample[]): Sample[] {
  const kept: Sample[] = [];
  let buckets: Sample[] = [];
  for (const sample of samples) {
    if (sample.suffix === '_bucket') buckets.push(sample);
    else if (sample.suffix === '_sum') {
      const total = buckets.at(-1);
      kept.push(...(total?.value === 0 ? [total] : buckets), sample);
      buckets = [];
    } else kept.push(sample);
  }
  return kept;
}

function exemplarOf({ exemplar }: PromSample): Exemplar | undefined {
  if (exemplar === null || exemplar === undefined) return undefined;
  return { labels: exemplar.labelSet, value: exemplar.value, timestamp: exemplar.timestamp };
}

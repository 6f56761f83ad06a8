/** One document of several processes: what each counted is summed, and gauges are combined as they declare. */
import type { Combine, Family, Sample } from './exposition.ts';

export function combined(combine: Combine, a: number, b: number): number {
  if (combine === 'sum') return a + b;
  return combine === 'max' ? Math.max(a, b) : Math.min(a, b);
}

/** @param parts of each process; where two declare a name otherwise, the first one has it */
export function combineFamilies(parts: readonly (readonly Family[])[]): Family[] {
  const byName = new Map<string, Merged>();
  for (const family of parts.flat()) {
    const known = byName.get(family.name) ?? { family, children: new Map<string, Child>() };
    byName.set(family.name, known);
    if (known.family.type === family.type) add(known, family.samples);
  }
  return [...byName.values()].map(({ family, children }) => ({
    ...family,
    samples: [...children.values()].flatMap(inOrder),
  }));
}

/** What outlives the process that has it: counters and histograms. */
export function countsOf(families: readonly Family[]): Family[] {
  return families.filter(({ type }) => type !== 'gauge');
}

/** Samples of the same labels, by their suffix and bound: the buckets, sum and count of a histogram are one child. */
type Child = Map<string, Sample>;

interface Merged {
  family: Family;
  children: Map<string, Child>;
}

function add({ family, children }: Merged, samples: readonly Sample[]): void {
  const combine = family.type === 'gauge' ? (family.combine ?? 'sum') : 'sum';
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const child = children.get(key) ?? new Map<string, Sample>();
    children.set(key, child);
    const part = `${sample.suffix} ${le ?? ''}`;
    const known = child.get(part);
    child.set(part, known === undefined ? sample : both(combine, known, sample));
  }
}

function both(combine: Combine, a: Sample, b: Sample): Sample {
  const isNewer = (b.exemplar?.timestamp ?? -Infinity) > (a.exemplar?.timestamp ?? -Infinity);
  return {
    ...a,
    value: combined(combine, a.value, b.value),
    exemplar: isNewer ? b.exemplar : a.exemplar,
  };
}

/** Buckets by their bounds, as OpenMetrics wants them: a process in which nothing was observed shows only the last one. */
function inOrder(child: Child): Sample[] {
  const samples = [...child.values()];
  const buckets = samples.filter(({ suffix }) => suffix === '_bucket');
  const rest = samples.filter(({ suffix }) => suffix !== '_bucket');
  return [...buckets.toSorted((a, b) => Number(a.labels['le']) - Number(b.labels['le'])), ...rest];
}

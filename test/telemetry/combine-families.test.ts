import assert from 'node:assert/strict';
import fc from 'fast-check';
import { combineFamilies, countsOf } from '#telemetry/combine-families.ts';
import { writeFamilies, type Family, type Sample } from '#telemetry/exposition.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';

const family = (
  name: string,
  type: Family['type'],
  samples: Sample[],
  combine?: Family['combine'],
) => ({ name, type, help: 'x', samples, combine }) satisfies Family;
const sample = (value: number, labels: Sample['labels'] = {}, suffix = ''): Sample => ({
  suffix,
  labels,
  value,
});

/** As `prom-families.ts` has it: buckets below the last one only where something was observed. */
function histogramOf(observed: readonly number[], labels: Sample['labels'] = {}): Sample[] {
  const bounds = observed.length === 0 ? [Infinity] : [1, 2, Infinity];
  return [
    ...bounds.map((le) =>
      sample(observed.filter((value) => value <= le).length, { ...labels, le }, '_bucket'),
    ),
    sample(
      observed.reduce((sum, value) => sum + value, 0),
      labels,
      '_sum',
    ),
    sample(observed.length, labels, '_count'),
  ];
}

describe('families of several processes', () => {
  it('sums counters by their labels, whatever order those stand in', () => {
    const of = (...samples: Sample[]) => [family('a', 'counter', samples)];
    const [one] = combineFamilies([
      of(sample(1, { x: '1', y: '2' }, '_total')),
      of(sample(2, { y: '2', x: '1' }, '_total'), sample(5, { x: '2', y: '2' }, '_total')),
    ]);
    assert.deepEqual(
      one?.samples.map(({ value }) => value),
      [3, 5],
    );
  });

  it('combines gauges as they declare: sum, largest or smallest', () => {
    const of = (value: number) => [
      family('total', 'gauge', [sample(value)]),
      family('worst', 'gauge', [sample(value)], 'max'),
      family('least', 'gauge', [sample(value)], 'min'),
    ];
    const values = combineFamilies([of(3), of(1), of(2)]).map(({ samples }) => samples[0]?.value);
    assert.deepEqual(values, [6, 3, 1]);
  });

  it('keeps the newest exemplar of a bucket', () => {
    const of = (timestamp: number | null) => [
      family('a_seconds', 'histogram', [
        {
          ...sample(1, { le: Infinity }, '_bucket'),
          exemplar:
            timestamp === null ? undefined : { labels: { trace_id: 't' }, value: 1, timestamp },
        },
      ]),
    ];
    for (const order of [
      [1, 2, null],
      [null, 2, 1],
      [2, null, 1],
    ]) {
      const [merged] = combineFamilies(order.map(of));
      assert.equal(merged?.samples[0]?.exemplar?.timestamp, 2);
    }
  });

  it('is the histogram of all observations, in whatever processes they were made, readable in both formats', () => {
    const value = fc.integer({ min: 0, max: 3 });
    const processes = fc.array(fc.record({ a: fc.array(value), b: fc.array(value) }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(processes, (parts) => {
        const [merged] = combineFamilies(
          parts.map(({ a, b }) => [
            family('h_seconds', 'histogram', [
              ...histogramOf(a, { k: 'a' }),
              ...histogramOf(b, { k: 'b' }),
            ]),
          ]),
        );
        const all = (k: 'a' | 'b') =>
          histogramOf(
            parts.flatMap((part) => part[k]),
            { k },
          );
        assert.deepEqual(
          merged?.samples.map(({ suffix, labels, value: is }) => ({ suffix, labels, value: is })),
          [...all('a'), ...all('b')],
        );
        assert.ok(merged !== undefined);
        for (const format of ['openmetrics', 'text'] as const) {
          parseExposition(writeFamilies([merged], format), format);
        }
      }),
    );
  });

  it('does not fall when a process ends whose counts are kept, and forgets its gauges', () => {
    const of = (value: number) => [
      family('a', 'counter', [sample(value, {}, '_total')]),
      family('g', 'gauge', [sample(value)]),
    ];
    const departed = countsOf(of(7));
    const values = combineFamilies([departed, of(1)]).map(({ samples }) => samples[0]?.value);
    assert.deepEqual(values, [8, 1]);
  });

  it('leaves a family to the first where two processes declare it otherwise', () => {
    const merged = combineFamilies([
      [family('a', 'gauge', [sample(1)])],
      [family('a', 'counter', [sample(2, {}, '_total')])],
    ]);
    assert.deepEqual(
      merged.map(({ type, samples }) => [type, samples.length]),
      [['gauge', 1]],
    );
  });
});

/**
 * The process's metrics: the only importer of prom-client, so that its successor is one file away.
 *
 * There is one registry, made at import: a process has one `/metrics`, its runtime metrics are
 * process-wide, and a family declared as a module constant is what dashboards and contract tests
 * read by name. Labels are closed sets or bounded: a family cannot grow without limit.
 */
import { getHeapStatistics } from 'node:v8';
import * as prom from 'prom-client';
import {
  contentTypes,
  mergeFamilies,
  negotiate,
  writeFamilies,
  type Family,
  type FamilyType,
} from './exposition.ts';
import { createLabelGuard, type LabelGuard, type LabelSpecs, type LabelValues } from './labels.ts';
import { otelFamilies } from './otel-families.ts';
import { promFamilies, type Collectable } from './prom-families.ts';
import { telemetry } from './start.ts';
import { activeTrace, type TraceIds } from './tracing.ts';

export { bounded } from './labels.ts';

type NoLabels = Record<string, never>;

/** What every family says of itself. */
export interface FamilySpec<L extends LabelSpecs> {
  /** `snake_case` with its base unit: `_seconds`, `_bytes`, `_ratio`; counters end in `_total`. */
  name: string;
  help: string;
  labels?: L;
}

export interface Declared {
  name: string;
  type: FamilyType;
  help: string;
  labels: readonly string[];
}

export interface Counter<L extends LabelSpecs> {
  readonly name: string;
  inc(labels: LabelValues<L>, by?: number): void;
  /** Makes the child exist with value 0, so that a ratio is 0 and not empty before the first event. */
  init(labels: LabelValues<L>): void;
}

export interface Gauge<L extends LabelSpecs> {
  readonly name: string;
  set(labels: LabelValues<L>, value: number): void;
  inc(labels: LabelValues<L>, by?: number): void;
  remove(labels: LabelValues<L>): void;
}

export interface Histogram<L extends LabelSpecs> {
  readonly name: string;
  /** @param trace whose exemplar this becomes if it is sampled; by default the active one's */
  observe(labels: LabelValues<L>, value: number, trace?: TraceIds): void;
  /** The same for labels that are looked up once, without exemplars: ten times as fast. */
  of(labels: LabelValues<L>): (value: number) => void;
}

const registry = new prom.Registry();
// Exemplars are refused by a registry of the other type; the body is written by exposition.ts.
registry.setContentType(prom.openMetricsContentType as unknown as prom.PrometheusContentType);
const registers = [registry];
const declared: Declared[] = [];

function declare(type: FamilyType, spec: FamilySpec<LabelSpecs>): string[] {
  const labels = Object.keys(spec.labels ?? {});
  const { name, help } = spec;
  const badEnd =
    type === 'counter' ? !name.endsWith('_total') : /_(total|count|sum|bucket)$/.test(name);
  if (badEnd || !/^[a-z][a-z0-9_]*$/.test(name) || help.trim() === '') {
    throw new Error(`Metric ${name}: not a name for a ${type}, or no help.`);
  }
  declared.push({ name, type, help, labels });
  return labels;
}

/** Families declared so far, in order; the contract tests and dashboards read them. */
export function declaredFamilies(): readonly Declared[] {
  return declared;
}

/** Children of closed label sets exist from the start. */
export function counter<L extends LabelSpecs = NoLabels>(spec: FamilySpec<L>): Counter<L> {
  const { name, help } = spec;
  const labelNames = declare('counter', spec);
  const client = new prom.Counter({ name, help, labelNames, registers });
  const guard = guardLabels(spec);
  for (const labels of guard.closedCombinations()) client.inc(labels, 0);
  return {
    name,
    inc: (labels, by = 1) => {
      if (Number.isFinite(by) && by >= 0) client.inc(guard.fold(labels), by);
    },
    init: (labels) => client.inc(guard.fold(labels), 0),
  };
}

/** @param spec `collect` is called at each scrape and sets the value then */
export function gauge<L extends LabelSpecs = NoLabels>(
  spec: FamilySpec<L> & { collect?: (self: Gauge<L>) => void | Promise<void> },
): Gauge<L> {
  const { name, help, collect } = spec;
  const labelNames = declare('gauge', spec);
  const guard = guardLabels(spec);
  const self: Gauge<L> = {
    name,
    set: (labels, value) => client.set(guard.fold(labels), value),
    inc: (labels, by = 1) => client.inc(guard.fold(labels), by),
    remove: (labels) => client.remove(guard.fold(labels)),
  };
  const client = new prom.Gauge({
    name,
    help,
    labelNames,
    registers,
    ...(collect === undefined ? {} : { collect: () => collect(self) }),
  });
  return self;
}

export function histogram<L extends LabelSpecs = NoLabels>(
  spec: FamilySpec<L> & { buckets: readonly number[] },
): Histogram<L> {
  const { name, help } = spec;
  const labelNames = declare('histogram', spec);
  const flushes: (() => void)[] = [];
  const client = new prom.Histogram({
    name,
    help,
    labelNames,
    registers,
    buckets: [...spec.buckets],
    enableExemplars: true,
    collect: () => flushes.forEach((flush) => flush()),
  });
  const guard = guardLabels(spec);
  return {
    name,
    observe: (labels, value, trace = activeTrace()) => {
      if (!Number.isFinite(value)) return;
      // prom-client types the exemplar's labels as the metric's own.
      const exemplarLabels = (
        trace.sampled ? { trace_id: trace.traceId, span_id: trace.spanId } : {}
      ) as Record<string, string>;
      client.observe({ labels: guard.fold(labels), value, exemplarLabels });
    },
    of: (labels) => {
      const { observe, flush } = tally(client, guard.fold(labels), spec.buckets);
      flushes.push(flush);
      return observe;
    },
  };
}

/** What prom-client keeps for each label set; each value counts in the first bucket that holds it. */
interface Observed {
  labels: Record<string, string>;
  bucketValues: Record<number, number>;
  sum: number;
  count: number;
}

/** Keeps plain numbers; a scrape adds them to what prom-client has. */
function tally(
  client: prom.Histogram,
  labels: Record<string, string>,
  bounds: readonly number[],
): { observe: (value: number) => void; flush: () => void } {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  const flush = () => {
    const { hashMap } = client as unknown as { hashMap: Record<string, Observed> };
    const find = () =>
      Object.values(hashMap).find((known) =>
        Object.entries(labels).every(([name, value]) => known.labels[name] === value),
      );
    if (find() === undefined) client.zero(labels);
    const observed = find() as Observed;
    observed.sum += sum;
    observed.count += counts.reduce((total, count) => total + count, 0);
    bounds.forEach((bound, i) => {
      observed.bucketValues[bound] = (observed.bucketValues[bound] ?? 0) + (counts[i] ?? 0);
    });
    counts.fill(0);
    sum = 0;
  };
  const observe = (value: number) => {
    if (!Number.isFinite(value)) return;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i += 1;
    counts[i] = (counts[i] as number) + 1;
    sum += value;
  };
  return { observe, flush };
}

const SOURCES = ['prom-client', 'otel'] as const;
type Source = (typeof SOURCES)[number];

const labelOverflow = new prom.Counter({
  name: 'metrics_label_overflow_total',
  help: 'Label values folded into "other" because the set of the family was full',
  labelNames: declare('counter', {
    name: 'metrics_label_overflow_total',
    help: 'Label values folded into "other" because the set of the family was full',
    labels: { metric: [] },
  }),
  registers,
});
const collectErrors = counter({
  name: 'metrics_collect_errors_total',
  help: 'Failures to collect a source of /metrics, or families that two sources claim',
  labels: { source: SOURCES },
});
const renderDuration = gauge({
  name: 'metrics_render_duration_seconds',
  help: 'Time the last scrape took to collect a source',
  labels: { source: SOURCES },
});

function guardLabels<L extends LabelSpecs>(spec: FamilySpec<L>): LabelGuard<L> {
  const bounded = Object.values(spec.labels ?? {}).some((values) => 'max' in values);
  if (bounded) labelOverflow.inc({ metric: spec.name }, 0);
  return createLabelGuard(spec, (metric) => labelOverflow.inc({ metric }));
}

/**
 * Runtime and process metrics, and who this build is. The first scrape starts them if nobody has;
 * call it at start, so that what happens before is counted.
 */
export function startProcessMetrics(): void {
  if (registry.getSingleMetric('app_build_info') !== undefined) return;
  prom.collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    // The first are gauges that end in _total, which promtool rejects; the others nobody reads.
    const gone = name.startsWith('nodejs_active_') || /_lag_(min|stddev)_seconds$/.test(name);
    if (gone) registry.removeSingleMetric(name);
  }
  gauge({
    name: 'nodejs_heap_limit_bytes',
    help: 'Largest heap V8 will allow itself',
    collect: (self) => self.set({}, getHeapStatistics().heap_size_limit),
  });
  gauge({
    name: 'app_build_info',
    help: 'Which build runs; the value is always 1',
    labels: { version: { max: 1 }, revision: { max: 1 }, node_version: { max: 1 } },
  }).set(
    {
      version: telemetry.version,
      revision: telemetry.revision,
      node_version: process.version,
    },
    1,
  );
}

/** One document of both sources; a source that fails is missing, counted, and does not fail the other. */
export async function renderMetrics(
  accept: string | undefined,
): Promise<{ contentType: string; body: string }> {
  startProcessMetrics();
  const format = negotiate(accept);
  const fromOtel = await timed('otel', collectOtel);
  const fromProm = await timed('prom-client', collectProm);
  const merged = mergeFamilies(fromProm, fromOtel, () => collectErrors.inc({ source: 'otel' }));
  return { contentType: contentTypes[format], body: writeFamilies(merged, format) };
}

async function timed(source: Source, collect: () => Promise<Family[]>): Promise<Family[]> {
  const start = performance.now();
  try {
    return await collect();
  } catch {
    collectErrors.inc({ source });
    return [];
  } finally {
    renderDuration.set({ source }, (performance.now() - start) / 1000);
  }
}

async function collectOtel(): Promise<Family[]> {
  const collected = await telemetry.collect();
  if (collected === null) return [];
  for (const _ of collected.errors) collectErrors.inc({ source: 'otel' });
  return otelFamilies(collected.resourceMetrics);
}

function collectProm(): Promise<Family[]> {
  return promFamilies(registry.getMetricsAsArray() as unknown as Collectable[], () =>
    collectErrors.inc({ source: 'prom-client' }),
  );
}

/**
 * The process's metrics: only this file and its parts import prom-client, so that its successor is
 * one file away.
 *
 * There is one registry, made at import: a process has one `/metrics`, its runtime metrics are
 * process-wide, and a family declared as a module constant is what dashboards and contract tests
 * read by name. Declaring starts nothing: who generates dashboards needs no SDK. Labels are closed
 * sets or bounded: a family cannot grow without limit.
 */
import * as prom from 'prom-client';
import {
  contentTypes,
  mergeFamilies,
  negotiate,
  writeFamilies,
  type Combine,
  type Family,
  type FamilyType,
} from './exposition.ts';
import { combined } from './combine-families.ts';
import { createLabelGuard, type LabelGuard, type LabelSpecs, type LabelValues } from './labels.ts';
import { childOf, sumTally, createTallies, histogramTally } from './metrics-tally.ts';
import { promFamilies, type Collectable } from './prom-families.ts';
import type { Telemetry } from './telemetry.ts';
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

export interface Counter<L extends LabelSpecs> {
  readonly name: string;
  inc(labels: LabelValues<L>, by?: number): void;
  /**
   * Makes children exist with value 0, so that a ratio is 0 and not empty before the first event.
   * @param labels closed labels that are left out take each of their values
   */
  init(labels: Partial<LabelValues<L>>): void;
  /** `inc` for labels that are looked up once. @returns adds a finite number, 0 or more */
  of(labels: LabelValues<L>): (by: number) => void;
}

export interface Gauge<L extends LabelSpecs> {
  readonly name: string;
  set(labels: LabelValues<L>, value: number): void;
  /** Adds to the value, for labels that are looked up once. */
  of(labels: LabelValues<L>): (by: number) => void;
}

/** A gauge that is asked at each scrape, as OpenTelemetry has it: whoever knows a value adds a callback. */
export interface ObservableGauge<L extends LabelSpecs> {
  readonly name: string;
  /**
   * @param collect reports its values at each scrape; a throw costs the family that scrape
   * @returns ends it: what it alone observed is gone, or back at the initial value
   */
  addCallback(
    collect: (observe: (labels: LabelValues<L>, value: number) => void) => void,
  ): () => void;
}

export interface Histogram<L extends LabelSpecs> {
  readonly name: string;
  /** @param trace whose exemplar this becomes if it is sampled; by default the active one's */
  observe(labels: LabelValues<L>, value: number, trace?: TraceIds): void;
  /** Makes a child exist with nothing observed, so that the first observation is a change that `rate()` sees. */
  init(labels: LabelValues<L>): void;
  /** The same for labels that are looked up once: ten times as fast. An exemplar only of the trace that is given. */
  of(labels: LabelValues<L>): (value: number, trace?: TraceIds) => void;
}

/** For what prom-client collects by itself; families are declared with the functions below. */
export const registry = new prom.Registry();
// Exemplars are refused by a registry of the other type; the body is written by exposition.ts.
registry.setContentType(prom.openMetricsContentType as unknown as prom.PrometheusContentType);
const registers = [registry];

function declare(type: FamilyType, spec: FamilySpec<LabelSpecs>): string[] {
  const { name, help } = spec;
  const badEnd =
    type === 'counter' ? !name.endsWith('_total') : /_(total|count|sum|bucket)$/.test(name);
  if (badEnd || !/^[a-z][a-z0-9_]*$/.test(name) || help.trim() === '') {
    throw new Error(`Metric ${name}: not a name for a ${type}, or no help.`);
  }
  return Object.keys(spec.labels ?? {});
}

/** Children of closed label sets exist from the start. */
export function counter<L extends LabelSpecs = NoLabels>(spec: FamilySpec<L>): Counter<L> {
  const { name, help } = spec;
  const labelNames = declare('counter', spec);
  const tallies = createTallies((labels) => sumTally(client, labels));
  const client = new prom.Counter({ name, help, labelNames, registers, collect: tallies.flush });
  const guard = guardLabels(spec);
  const init = (labels: Partial<LabelValues<L>>) => {
    for (const child of guard.combinations(labels)) client.inc(child, 0);
  };
  init({});
  return {
    name,
    inc: (labels, by = 1) => {
      if (Number.isFinite(by) && by >= 0) client.inc(guard.fold(labels), by);
    },
    init,
    of: (labels) => tallies.of(guard.fold(labels)),
  };
}

/** What a gauge says of its values in several parts, services and processes. */
interface Combined {
  /** Makes one value of two for the same labels; the sum unless it is told. */
  combine?: Combine;
}

export function gauge<L extends LabelSpecs = NoLabels>(spec: FamilySpec<L> & Combined): Gauge<L> {
  const { name, help, combine } = spec;
  const labelNames = declare('gauge', spec);
  const guard = guardLabels(spec);
  const tallies = createTallies((labels) => sumTally(client, labels));
  const client = new prom.Gauge({ name, help, labelNames, registers, collect: tallies.flush });
  Object.assign(client, { combine });
  return {
    name,
    set: (labels, value) => client.set(guard.fold(labels), value),
    of: (labels) => tallies.of(guard.fold(labels)),
  };
}

/**
 * @param spec `initial` is the value of the children of closed label sets that nobody observes;
 *   without it they are absent
 */
export function observableGauge<L extends LabelSpecs = NoLabels>(
  spec: FamilySpec<L> & Combined & { initial?: number },
): ObservableGauge<L> {
  const { name, help, initial, combine = 'sum' } = spec;
  const labelNames = declare('gauge', spec);
  const guard = guardLabels(spec);
  const callbacks = new Set<{ collect: Parameters<ObservableGauge<L>['addCallback']>[0] }>();
  const collect = () => {
    client.reset();
    // A gauge without labels is 0 after a reset; here it is absent until it is observed.
    if (labelNames.length === 0) client.remove({});
    const observed = new Map<string, number>();
    for (const callback of callbacks) {
      callback.collect((labels, value) => {
        const child = guard.fold(labels);
        const key = JSON.stringify(child);
        const known = observed.get(key);
        observed.set(key, known === undefined ? value : combined(combine, known, value));
        client.set(child, observed.get(key) as number);
      });
    }
    if (initial === undefined) return;
    for (const child of guard.combinations({})) {
      if (!observed.has(JSON.stringify(child))) client.set(child, initial);
    }
  };
  const client = new prom.Gauge({ name, help, labelNames, registers, collect });
  Object.assign(client, { combine });
  return {
    name,
    addCallback(report) {
      const callback = { collect: report };
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  };
}

export function histogram<L extends LabelSpecs = NoLabels>(
  spec: FamilySpec<L> & { buckets: readonly number[] },
): Histogram<L> {
  const { name, help } = spec;
  const labelNames = declare('histogram', spec);
  const tallies = createTallies((labels) => histogramTally(client, labels, spec.buckets));
  const client = new prom.Histogram({
    name,
    help,
    labelNames,
    registers,
    buckets: [...spec.buckets],
    enableExemplars: true,
    collect: tallies.flush,
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
    init: (labels) => void childOf(client, guard.fold(labels)),
    of: (labels) => tallies.of(guard.fold(labels)),
  };
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
  combine: 'max',
});

function guardLabels<L extends LabelSpecs>(spec: FamilySpec<L>): LabelGuard<L> {
  const bounded = Object.values(spec.labels ?? {}).some((values) => 'max' in values);
  if (bounded) labelOverflow.inc({ metric: spec.name }, 0);
  return createLabelGuard(spec, (metric) => labelOverflow.inc({ metric }));
}

/**
 * What this process has of both sources; a source that fails is missing, counted, and does not fail the other.
 *
 * @param collect what OpenTelemetry adds, of `telemetry`; without it there is nothing to add
 */
export async function collectFamilies(
  collect: Telemetry['collect'] = () => Promise.resolve(null),
): Promise<Family[]> {
  const fromOtel = await timed('otel', () => collectOtel(collect));
  const fromProm = await timed('prom-client', collectProm);
  return mergeFamilies(fromProm, fromOtel, () => collectErrors.inc({ source: 'otel' }));
}

/** Another process of the service did not tell its own. */
export function metricsFailed(): void {
  collectErrors.inc({ source: 'prom-client' });
}

/** The document that a scrape asks for. */
export function writeMetrics(
  families: readonly Family[],
  accept: string | undefined,
): { contentType: string; body: string } {
  const format = negotiate(accept);
  return { contentType: contentTypes[format], body: writeFamilies(families, format) };
}

/** The same of this process alone. @param collect as above */
export async function renderMetrics(
  accept: string | undefined,
  collect?: Telemetry['collect'],
): Promise<{ contentType: string; body: string }> {
  return writeMetrics(await collectFamilies(collect), accept);
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

async function collectOtel(collect: Telemetry['collect']): Promise<Family[]> {
  const collected = await collect();
  if (collected === null) return [];
  for (const _ of collected.errors) collectErrors.inc({ source: 'otel' });
  return collected.families;
}

function collectProm(): Promise<Family[]> {
  return promFamilies(registry.getMetricsAsArray() as unknown as Collectable[], () =>
    collectErrors.inc({ source: 'prom-client' }),
  );
}

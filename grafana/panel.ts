/** What every panel has, whatever its kind: queries, unit, thresholds of its alert, links. */
import type {
  Custom,
  FieldConfig,
  Link,
  Options,
  Override,
  Panel,
  PanelType,
  Target,
  Threshold,
  Transformation,
} from './plain.ts';
import { FAILED, runbookLink, slowTracesLink, tracesLink, type LinkTo } from './links.ts';
import { withExemplars } from './queries.ts';
import {
  alertThresholds,
  type AlertName,
  type AlertThreshold,
  type Threshold as AlertLimit,
} from './thresholds.ts';

/** Grafana's ids of units. */
export type Unit =
  | 'bytes'
  | 'dateTimeAsIso'
  | 'm'
  | 'none'
  | 'ops'
  | 'percentunit'
  | 'reqps'
  | 's'
  | 'short'
  | 'cps';

export interface Query {
  expr: string;
  /** `{{label}}` and words. */
  legend: string;
  /** The dots that lead from a latency to the trace behind it. */
  exemplars?: true;
  /** One value at the end of the range, not a line. */
  instant?: true;
}

export interface PanelSpec {
  /** Alerts and links point at it: never reuse or change one. */
  id: number;
  /** Of 24 columns; rows are 30 px high. */
  w: number;
  h: number;
  title: string;
  description: string;
  unit: Unit;
  queries: Query[];
  /** Its threshold is drawn and its runbook linked. */
  alert?: AlertName;
  /** Links only: `traces`, `failed traces`, or an alert's runbook. */
  links?: LinkTo[];
  min?: number;
  max?: number;
  decimals?: number;
  /** Shown while a query has no series. */
  noValue?: string;
  /** Instead of the alert's. */
  thresholds?: Threshold[];
}

export type SizedPanel = Panel & { w: number; h: number };

/** Whose panels these are; a panel without it is taken for one of the oldest, and migrated. */
export const GRAFANA_VERSION = '13.2.3';

export const datasource = { type: 'prometheus', uid: '${datasource}' };
export const colours = { ok: 'green', warning: 'orange', critical: 'red', info: 'blue' } as const;

/** Without what is undefined: Grafana's own defaults hold there. */
export function present<T extends object>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

export function steps(alert: AlertName | undefined): Threshold[] {
  if (alert === undefined) return [{ value: null, color: colours.ok }];
  const { severity, ...threshold }: AlertThreshold = alertThresholds[alert];
  const bad = colours[severity];
  const { above, below } = drawn(threshold);
  if (below !== undefined) {
    return [
      { value: null, color: bad },
      { value: below, color: colours.ok },
    ];
  }
  const base = { value: null, color: colours.ok };
  return above === undefined ? [base] : [base, { value: above, color: bad }];
}

/** A state is bad from its value up, but for 0 of what is 1 when all is well. */
function drawn({ above, below, equals }: AlertLimit): AlertLimit {
  if (equals === 0) return { below: 1 };
  return present({ above: above ?? equals, below });
}

function target(query: Query, index: number, format: NonNullable<Target['format']>): Target {
  const { expr, legend, exemplars = false, instant = false } = query;
  return {
    refId: String.fromCodePoint(65 + index),
    datasource,
    expr: exemplars ? withExemplars(expr) : expr,
    legendFormat: legend,
    editorMode: 'code',
    exemplar: exemplars,
    format,
    instant,
    range: !instant,
  };
}

function linkTo(to: LinkTo): Link {
  if (to === 'traces') return tracesLink();
  if (to === 'slow traces') return slowTracesLink;
  return to === 'failed traces' ? tracesLink(FAILED, 'Failed traces') : runbookLink(to);
}

interface Kind<T extends PanelType> {
  type: T;
  options: Options<T>;
  custom: Custom<T>;
  format?: NonNullable<Target['format']>;
  defaults?: FieldConfig;
  overrides?: Override[];
  transformations?: Transformation[];
}

export function panel<T extends PanelType>(spec: PanelSpec, kind: Kind<T>): SizedPanel {
  const { id, w, h, title, alert, links = [], unit, min, max, decimals, noValue } = spec;
  const { format = 'time_series', transformations, overrides = [] } = kind;
  const runbooks = alert === undefined ? links : [alert, ...links];
  const drawn = steps(alert).length > 1 && kind.type === 'timeseries';
  return {
    id,
    w,
    h,
    type: kind.type,
    pluginVersion: GRAFANA_VERSION,
    title,
    description: drawn ? `${spec.description} The line is where ${alert} fires.` : spec.description,
    datasource,
    targets: spec.queries.map((query, index) => target(query, index, format)),
    links: runbooks.map(linkTo),
    ...present({ transformations }),
    options: kind.options,
    fieldConfig: {
      defaults: {
        unit,
        ...present({ min, max, decimals, noValue }),
        thresholds: { mode: 'absolute', steps: spec.thresholds ?? steps(alert) },
        ...kind.defaults,
        custom: kind.custom,
      },
      overrides,
    },
  };
}

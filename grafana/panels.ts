/** The house vocabulary: what every kind of panel looks like, decided once. */
import { panel, present, steps, type PanelSpec, type SizedPanel, type Unit } from './panel.ts';
import type { Mapping, Options, Override } from './plain.ts';
import type { AlertName } from './thresholds.ts';

const legendTable = {
  showLegend: true,
  displayMode: 'table',
  placement: 'bottom',
  calcs: ['mean', 'max', 'lastNotNull'],
} satisfies Options<'timeseries'>['legend'];
const tooltip = { mode: 'multi', sort: 'desc' } satisfies Options<'timeseries'>['tooltip'];
const lastValue = { values: false, calcs: ['lastNotNull'], fields: '' };

/** One number a series, coloured by its threshold, with the line that led to it. */
export function stat(spec: PanelSpec & { spark?: boolean; mappings?: Mapping[] }): SizedPanel {
  const { spark = true, mappings } = spec;
  return panel(spec, {
    type: 'stat',
    options: {
      graphMode: spark ? 'area' : 'none',
      colorMode: 'value',
      justifyMode: 'auto',
      textMode: spec.queries.length > 1 ? 'value_and_name' : 'auto',
      wideLayout: true,
      showPercentChange: false,
      percentChangeColorMode: 'standard',
      orientation: 'auto',
      reduceOptions: lastValue,
    },
    custom: {},
    defaults: {
      color: { mode: 'thresholds' },
      ...present({ mappings }),
    },
  });
}

export function timeseries(
  spec: PanelSpec & {
    look?: 'line' | 'stack' | 'bars';
    /** Series are named by their status: green for what succeeded, red for what we failed at. */
    byStatus?: true;
    /** Linear up to this value and logarithmic beyond. */
    linearUpTo?: number;
  },
): SizedPanel {
  const { look = 'line', linearUpTo } = spec;
  return panel(spec, {
    type: 'timeseries',
    options: { legend: legendTable, tooltip },
    custom: {
      drawStyle: look === 'bars' ? 'bars' : 'line',
      lineWidth: 1,
      fillOpacity: { line: 8, stack: 40, bars: 70 }[look],
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: look === 'line' ? 'none' : 'normal', group: 'A' },
      thresholdsStyle: { mode: steps(spec.alert).length > 1 || spec.thresholds ? 'dashed' : 'off' },
      scaleDistribution:
        linearUpTo === undefined
          ? { type: 'linear' }
          : { type: 'symlog', log: 10, linearThreshold: linearUpTo },
      ...(spec.min === undefined ? { axisSoftMin: 0 } : {}),
    },
    defaults: { color: { mode: 'palette-classic' } },
    ...(spec.byStatus === true ? { overrides: statusColours } : {}),
  });
}

/** Each class in shades of its colour. */
const statusColours: Override[] = (
  [
    ['2', 'green'],
    ['3', 'blue'],
    ['4', 'yellow'],
    ['5', 'red'],
  ] as const
).map(([first, fixedColor]) => ({
  matcher: { id: 'byRegexp', options: `/^${first}/` },
  properties: [{ id: 'color', value: { mode: 'shades', fixedColor } }],
}));

/** How often each value of a histogram was observed, over time. */
export function heatmap(spec: PanelSpec): SizedPanel {
  return panel(spec, {
    type: 'heatmap',
    format: 'heatmap',
    options: {
      calculate: false,
      color: {
        mode: 'scheme',
        scheme: 'Oranges',
        fill: 'dark-orange',
        exponent: 0.5,
        steps: 64,
        reverse: false,
      },
      rowsFrame: { layout: 'le' },
      showValue: 'never',
      cellGap: 1,
      yAxis: { unit: spec.unit, axisPlacement: 'left' },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: true, showColorScale: true },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
    },
    custom: {},
  });
}

/** A state a series and point in time; the mapping gives its word and colour. */
export function states(
  spec: PanelSpec & { states: Record<string, { text: string; colour: string }> },
): SizedPanel {
  const options = Object.fromEntries(
    Object.entries(spec.states).map(([value, { text, colour }], index) => [
      value,
      { text, color: colour, index },
    ]),
  );
  return panel(spec, {
    type: 'state-timeline',
    options: {
      showValue: 'auto',
      rowHeight: 0.8,
      mergeValues: true,
      alignValue: 'left',
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
    custom: { lineWidth: 0, fillOpacity: 70 },
    defaults: {
      color: { mode: 'thresholds' },
      mappings: [{ type: 'value', options }],
    },
  });
}

export interface Column {
  title: string;
  unit?: Unit;
  decimals?: number;
  alert?: AlertName;
}

/**
 * A row for each label set, a column for each query. `labels` are shown in their order; other
 * labels of the queries are hidden.
 */
export function table(
  spec: PanelSpec & {
    labels: Record<string, string>;
    columns: Column[];
    sortBy: string;
    ascending?: true;
    hidden?: string[];
    overrides?: Override[];
  },
): SizedPanel {
  const { labels, columns, hidden = [] } = spec;
  const valueField = (index: number) =>
    columns.length === 1 ? 'Value' : `Value #${String.fromCodePoint(65 + index)}`;
  const titles = [...Object.values(labels), ...columns.map(({ title }) => title)];
  const names = [...Object.keys(labels), ...columns.map((_, index) => valueField(index))];
  return panel(
    { ...spec, queries: spec.queries.map((query) => ({ ...query, instant: true })) },
    {
      type: 'table',
      format: 'table',
      options: {
        frameIndex: 0,
        showHeader: true,
        cellHeight: 'sm',
        sortBy: [{ displayName: spec.sortBy, desc: spec.ascending !== true }],
      },
      custom: { align: 'auto', inspect: false, filterable: false },
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: Object.fromEntries(['Time', ...hidden].map((name) => [name, true])),
            indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
            renameByName: Object.fromEntries(names.map((name, index) => [name, titles[index]])),
          },
        },
      ],
      overrides: [...columns.flatMap(columnOverride), ...(spec.overrides ?? [])],
    },
  );
}

function columnOverride({ title, unit, decimals, alert }: Column): Override[] {
  const properties: Override['properties'] = [];
  if (unit !== undefined) properties.push({ id: 'unit', value: unit });
  if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals });
  if (alert !== undefined) {
    properties.push(
      { id: 'thresholds', value: { mode: 'absolute', steps: steps(alert) } },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
      { id: 'color', value: { mode: 'thresholds' } },
    );
  }
  return properties.length === 0 ? [] : [{ matcher: { id: 'byName', options: title }, properties }];
}

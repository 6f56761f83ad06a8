/**
 * Panels that ask the log store: who and what, which no label may carry. They stand in collapsed rows of
 * their own, so that a dashboard without a log store, or without its plugin, shows and asks nothing of it.
 */
import { attr } from '#telemetry/conventions.ts';
import { datasourceUids, runbookLink } from './links.ts';
import { GRAFANA_VERSION, steps } from './panel.ts';
import type { RowPanel } from './plain.ts';
import type { AlertName } from './thresholds.ts';

/** Grafana's name of the data source's plugin. */
export const LOGS_PLUGIN = 'victoriametrics-logs-datasource';

const ROWS = 10;
const datasource = { type: LOGS_PLUGIN, uid: datasourceUids.victorialogs };

export type LogsPanel = RowPanel['panels'][number];

export interface LogsTable {
  /** Alerts and links point at it: never reuse or change one. */
  id: number;
  w: number;
  h: number;
  title: string;
  description: string;
  /** In LogsQL, of the lines of requests. */
  where: string;
  /** Fields, and the titles of their columns. */
  by: Record<string, string>;
  /** Whose runbook is linked. */
  alert: AlertName;
}

/** LogsQL with the name in quotes: most have a dot. */
export function is(field: string, value: string): string {
  return `"${field}":${value}`;
}

/** The ten combinations of fields with the most requests, each with the time of its last one. */
export function topRequests(where: string, by: readonly string[]): string {
  const fields = by.map((field) => `"${field}"`).join(', ');
  return [
    `${is('service.name', '="$service"')} ${is(attr.eventName, '="http.request"')} ${where}`,
    `stats by (${fields}) count() as requests, max(_time) as last_seen`,
    'sort by (requests desc)',
    `limit ${ROWS}`,
  ].join(' | ');
}

export function logsTable(spec: LogsTable): Omit<LogsPanel, 'gridPos'> & { w: number; h: number } {
  const { id, w, h, title, description, where, by, alert } = spec;
  const names = [...Object.keys(by), 'requests', 'last_seen'];
  const titles = [...Object.values(by), 'Requests', 'Last'];
  return {
    id,
    w,
    h,
    type: 'table',
    pluginVersion: GRAFANA_VERSION,
    title,
    description,
    datasource,
    targets: [
      {
        refId: 'A',
        datasource,
        editorMode: 'code',
        queryType: 'instant',
        maxLines: ROWS,
        expr: topRequests(where, Object.keys(by)),
      },
    ],
    links: [runbookLink(alert)],
    // The data source gives lines: what was asked for is a JSON document in each.
    transformations: [
      {
        id: 'extractFields',
        options: { source: 'labels', format: 'json', replace: true, keepTime: false },
      },
      {
        id: 'convertFieldType',
        options: {
          fields: {},
          conversions: [
            { targetField: 'requests', destinationType: 'number' },
            { targetField: 'last_seen', destinationType: 'time' },
          ],
        },
      },
      {
        id: 'organize',
        options: {
          excludeByName: {},
          indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
          renameByName: Object.fromEntries(names.map((name, index) => [name, titles[index]])),
        },
      },
    ],
    options: { frameIndex: 0, showHeader: true, cellHeight: 'sm' },
    fieldConfig: {
      defaults: {
        unit: 'none',
        noValue: 'none, or no log store',
        thresholds: { mode: 'absolute', steps: steps(undefined) },
        custom: { align: 'auto', inspect: false, filterable: false },
      },
      overrides: [],
    },
  };
}

/** From a notification to its cause, step by step, as somebody does who was just woken. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RUNBOOKS } from '#grafana/links.ts';
import type { Dashboard, PlacedPanel } from '#grafana/plain.ts';
import type { PrometheusApi } from '#test/grafana/prometheus-api.ts';
import { substitute } from '#test/grafana/substitute.ts';
import type { Step } from './evidence.ts';
import type { TraceBackEnd, TraceSpan } from './traces.ts';

const DASHBOARDS = 'grafana/provisioning/dashboards';

export interface Followed {
  /** Annotations of the alert. */
  annotations: Record<string, string>;
  prometheus: PrometheusApi;
  traces: TraceBackEnd;
  logFile: string;
  logLine: Record<string, RegExp>;
  isCause: (span: TraceSpan) => boolean;
  scrapeS: number;
  /** When the fault began, in Unix seconds. */
  since: number;
}

export interface Way {
  steps: Step[];
  clicks: number | null;
  commands: number | null;
}

export function runbookStep(url = ''): Step {
  const file = url.startsWith(`${RUNBOOKS}/`) ? url.slice(RUNBOOKS.length + 1) : '';
  const path = join('prometheus/runbooks', file);
  const exists = file !== '' && existsSync(path);
  return { what: 'runbook of the notification', command: url, found: exists ? path : null };
}

/** Of the files that Grafana is given. */
export function panelAt(url: string): PlacedPanel | undefined {
  const [, uid, id] = /\/d\/([\w-]+)\?viewPanel=panel-(\d+)$/.exec(url) ?? [];
  const dashboards = readdirSync(DASHBOARDS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Dashboard);
  const panel = dashboards
    .find((dashboard) => dashboard.uid === uid)
    ?.panels.find((one) => one.id === Number(id));
  return panel?.type === 'row' ? undefined : panel;
}

/** With what Grafana puts in when nothing is chosen. */
function queriesOf(panel: PlacedPanel, scrapeS: number): string[] {
  const times = { rateInterval: `${4 * scrapeS}s`, range: '1h' };
  return panel.targets.map(({ expr }) => substitute(expr, times));
}

async function panelStep(url: string, options: Followed): Promise<Step> {
  const what = 'panel of the notification';
  const panel = panelAt(url);
  if (panel === undefined) return { what, command: url, found: null };
  const series: number[] = [];
  for (const query of queriesOf(panel, options.scrapeS)) {
    series.push((await options.prometheus.instant(query)).length);
  }
  const shown = series.reduce((sum, count) => sum + count, 0);
  const found = shown > 0 ? `"${panel.title}" shows ${shown} series` : null;
  return { what, command: url, found };
}

/** The first trace that shows the cause, in the words of the span that does. */
async function causeIn(ids: string[], options: Followed): Promise<[string, string] | undefined> {
  for (const id of ids) {
    const span = (await options.traces.spansOf(id)).find((one) => options.isCause(one));
    if (span !== undefined) return [id, describe(span)];
  }
  return undefined;
}

function describe({ name, durationMs, attributes }: TraceSpan): string {
  const telling = [
    'dependency.name',
    'db.system.name',
    'db.response.status_code',
    'error.type',
    'error.cause',
    'db.query.text',
    'rate_limit.subject',
    'rate_limit.policy',
  ];
  const said = telling.flatMap((key) =>
    attributes[key] === undefined ? [] : [`${key}=${JSON.stringify(attributes[key])}`],
  );
  return `span "${name}" (${Math.round(durationMs)} ms) ${said.join(' ')}`;
}

/** The dots on the panel, the largest first. */
async function exemplarStep(url: string, options: Followed): Promise<Step | undefined> {
  const panel = panelAt(url);
  if (panel === undefined || !panel.targets.some(({ exemplar }) => exemplar === true))
    return undefined;
  const exemplars = [];
  for (const query of queriesOf(panel, options.scrapeS)) {
    const span = { start: options.since, end: Date.now() / 1000 };
    exemplars.push(...(await options.prometheus.exemplars(query, span)));
  }
  const ids = exemplars
    .toSorted((a, b) => b.value - a.value)
    .map(({ labels }) => labels['trace_id'] ?? '');
  const cause = await causeIn(ids, options);
  const found = cause === undefined ? null : `${options.traces.command(cause[0])}: ${cause[1]}`;
  return { what: `exemplar of the panel (${ids.length}) → its trace`, found };
}

/** Of a panel to the trace back end. */
interface TraceLink {
  title: string;
  tags: string;
  /** In Go's notation; empty: any. */
  minDuration: string;
}

/** What the panel's links to the trace back end search for. */
export function traceLinks(panel: PlacedPanel): TraceLink[] {
  return panel.links.flatMap(({ title, url }) => {
    const [, panes] = /^\/explore\?.*&panes=(.*)$/.exec(url ?? '') ?? [];
    if (panes === undefined) return [];
    const { traces } = JSON.parse(decodeURIComponent(panes)) as {
      traces: { queries: { tags?: string; minDuration?: string }[] };
    };
    const { tags = '', minDuration = '' } = traces.queries[0] ?? {};
    return [{ title, tags, minDuration }];
  });
}

/** What the panel's links to the trace back end find; none is needed to find the cause if another does. */
async function traceLinkStep(url: string, options: Followed): Promise<Step | undefined> {
  const { traces } = options;
  const panel = panelAt(url);
  const links = panel === undefined ? [] : traceLinks(panel);
  if (traces.find === undefined || links.length === 0) return undefined;
  for (const { title, tags, minDuration } of links) {
    const cause = await causeIn(await traces.find(tags, minDuration), options);
    if (cause === undefined) continue;
    const found = `${options.traces.command(cause[0])}: ${cause[1]}`;
    return {
      what: `link "${title}" of the panel (tags ${tags || 'none'}, from ${minDuration || '0s'}) → a trace`,
      found,
    };
  }
  return { what: `links of the panel: ${links.map(({ title }) => title).join(', ')}`, found: null };
}

/** The command of a log line's fields, as the runbooks have it. */
export function jqOf(fields: Record<string, RegExp>, file: string): string {
  const tests = Object.entries(fields).map(
    ([field, pattern]) =>
      `(."${field}" // "" | tostring | test(${JSON.stringify(pattern.source)}))`,
  );
  return `jq -cR 'fromjson? | select(${tests.join(' and ')} and .trace_id) | [.trace_id, .message, ."error.cause"]' ${basename(file)}`;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Trace ids of the lines that have these fields, the newest first. */
export function linesWith(text: string, fields: Record<string, RegExp>): string[] {
  const ids = text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const entry = JSON.parse(line) as Record<string, unknown>;
    const matches = Object.entries(fields).every(([field, pattern]) =>
      pattern.test(textOf(entry[field])),
    );
    return matches && typeof entry['trace_id'] === 'string' ? [entry['trace_id']] : [];
  });
  return [...new Set(ids.toReversed())];
}

async function logSteps(options: Followed): Promise<Step[]> {
  const ids = linesWith(readFileSync(options.logFile, 'utf8'), options.logLine);
  const line: Step = {
    what: 'log line of the failure, with its trace_id',
    command: jqOf(options.logLine, options.logFile),
    found: ids.length > 0 ? `${ids.length} traces, newest ${ids[0]}` : null,
  };
  if (ids.length === 0) return [line];
  const cause = await causeIn(ids, options);
  const command = options.traces.command(cause?.[0] ?? ids[0] ?? '');
  return [line, { what: 'its trace', command, found: cause?.[1] ?? null }];
}

/** Panel, dot or link, trace: three clicks. Log, trace: two commands. */
export async function follow(options: Followed): Promise<Way> {
  const { annotations } = options;
  const url = annotations['dashboard_url'] ?? '';
  const dots = await exemplarStep(url, options);
  const links = await traceLinkStep(url, options);
  const logs = await logSteps(options);
  const clicked = [dots, links].some((step) => typeof step?.found === 'string');
  const steps = [
    runbookStep(annotations['runbook_url']),
    await panelStep(url, options),
    dots,
    links,
  ];
  return {
    steps: [...steps.filter((step) => step !== undefined), ...logs],
    clicks: clicked ? 3 : null,
    commands: logs.every(({ found }) => found !== null) ? 2 : null,
  };
}

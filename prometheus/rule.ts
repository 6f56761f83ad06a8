/** How the rules of this folder are written down: what all alerts share is added here, once. */
import { alertThresholds, type AlertName } from '#grafana/thresholds.ts';
import type { CauseLabel } from './causes.ts';
import { panelOf } from './dashboard-links.ts';

/** Nobody is told of these. */
export const silentAlerts = ['Watchdog', 'IncidentOpen'] as const;
type SilentAlert = (typeof silentAlerts)[number];

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleFile {
  /** File name without ending. */
  name: string;
  /** What the file is about. */
  about: string;
  /** Name, which follows that of the file, and rules in the order of their evaluation. */
  groups: Record<string, Rule[]>;
}

export interface AlertSpec {
  expr: string;
  for?: string | undefined;
  keepFiringFor?: string;
  /** Whose trouble it is; the API's by default. */
  service?: 'api' | 'monitoring';
  cause: CauseLabel;
  labels?: Record<string, string>;
  /** By default that of the panels. */
  severity?: 'critical' | 'warning' | 'info' | 'none';
  summary: string;
  /** Lines are joined. */
  description: string;
  /** Of the dashboard, without `api-`. */
  dashboard: string;
  /** After `/d/`; by default the dashboard's first panel that is about the alert. */
  panel?: string;
}

/** Without the indentation of the template literal that the text was written in. */
function dedent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent).trimEnd()).join('\n');
}

export function record(name: string, expr: string, labels?: Record<string, string>): Rule {
  return { record: name, ...(labels === undefined ? {} : { labels }), expr: dedent(expr) };
}

function isSilent(name: AlertName | SilentAlert): name is SilentAlert {
  return (silentAlerts as readonly string[]).includes(name);
}

export function alert(name: AlertName | SilentAlert, spec: AlertSpec): Rule {
  const panel =
    spec.panel ?? (isSilent(name) ? `api-${spec.dashboard}` : panelOf(name, spec.dashboard));
  const severity = spec.severity ?? (isSilent(name) ? 'none' : alertThresholds[name].severity);
  return {
    alert: name,
    expr: dedent(spec.expr),
    ...(spec.for === undefined ? {} : { for: spec.for }),
    ...(spec.keepFiringFor === undefined ? {} : { keep_firing_for: spec.keepFiringFor }),
    labels: {
      severity,
      team: 'sono-eval',
      service: spec.service ?? 'api',
      cause: spec.cause,
      ...spec.labels,
    },
    annotations: {
      summary: spec.summary,
      description: spec.description.trim().replace(/\s+/g, ' '),
      runbook_url: `{{ $externalLabels.runbook_url }}/${name}.md`,
      dashboard_url: `{{ $externalLabels.grafana_url }}/d/${panel}`,
    },
  };
}

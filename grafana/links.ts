import type { Link } from './plain.ts';
import { objectives, type AlertName } from './thresholds.ts';

/** Where a panel may lead. */
export type LinkTo = AlertName | 'traces' | 'failed traces' | 'slow traces';

/** The uids of `provisioning/datasources`. */
export const datasourceUids = {
  prometheus: 'prometheus',
  jaeger: 'jaeger',
  alertmanager: 'alertmanager',
  victorialogs: 'victorialogs',
} as const;

const plainLink = {
  type: 'link',
  tags: [],
  asDropdown: false,
  targetBlank: true,
  includeVars: false,
  keepTime: false,
} satisfies Partial<Link>;

/** The alerts' `runbook_url` without the file. */
export const RUNBOOKS = 'https://github.com/sono-eval/sono-eval/blob/main/prometheus/runbooks';

export function runbookLink(alert: AlertName): Link {
  return {
    ...plainLink,
    title: `Runbook ${alert}`,
    icon: 'doc',
    tooltip: `What ${alert} means and what to do`,
    url: `${RUNBOOKS}/${alert}.md`,
  };
}

/** On the cells of an alert's name. */
export const alertRunbookLink: Link = {
  ...plainLink,
  title: 'Runbook',
  icon: 'doc',
  tooltip: 'What the alert means and what to do',
  url: `${RUNBOOKS}/\${__value.text}.md`,
};

/** Tags of spans that failed; `telemetry/span-exporter.ts` writes them. */
export const FAILED = 'otel.status_code=ERROR';

/**
 * Spans of the chosen service in the time shown.
 * @param tags in logfmt, as Grafana's data source for Jaeger reads them, such as `http.route=/health`;
 *   Grafana's own variables may be in it
 * @param minDuration of the span, in Go's notation
 */
export function tracesLink(tags = '', title = 'Traces in Jaeger', minDuration = ''): Link {
  const pane = {
    datasource: datasourceUids.jaeger,
    queries: [
      {
        refId: 'A',
        datasource: { type: 'jaeger', uid: datasourceUids.jaeger },
        queryType: 'search',
        service: '${service}',
        limit: 20,
        ...(tags === '' ? {} : { tags }),
        ...(minDuration === '' ? {} : { minDuration }),
      },
    ],
    range: { from: '${__from}', to: '${__to}' },
  };
  // Grafana replaces ${…} before it opens the address, so those stay readable.
  const panes = encodeURIComponent(JSON.stringify({ traces: pane }))
    .replaceAll('%24%7B', '${')
    .replaceAll(/(\$\{[a-z_.]+)%7D/gi, '$1}');
  return {
    ...plainLink,
    title,
    icon: 'external link',
    tooltip: `Traces of this service in the time shown${tags === '' ? '' : `: ${tags}`}${minDuration === '' ? '' : `, from ${minDuration}`}`,
    url: `/explore?schemaVersion=1&orgId=1&panes=${panes}`,
  };
}

/** Slower than reads may be. */
export const slowTracesLink: Link = tracesLink(
  '',
  'Slow traces',
  `${objectives.read.seconds * 1000}ms`,
);

/** The same time and variables on another of our dashboards. */
export function dashboardLink(uid: string, title: string, query = ''): Link {
  return {
    ...plainLink,
    title,
    icon: 'dashboard',
    tooltip: title,
    url: `/d/${uid}?\${__url_time_range}&\${datasource:queryparam}&\${job:queryparam}&\${instance:queryparam}${query}`,
    targetBlank: false,
  };
}

/** On the cells of a route: this route only, and its traces. */
export function routeLinks(): Link[] {
  return [
    dashboardLink('api-http', 'Only this route', '&var-route=${__value.text}'),
    tracesLink('http.route="${__value.text}"', 'Traces of this route'),
    tracesLink(`http.route="\${__value.text}" ${FAILED}`, 'Failed traces of this route'),
  ];
}

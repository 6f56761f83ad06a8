/** Where the `dashboard_url` of an alert leads: to the panel that shows what it is about. */
import { catalogue } from '#grafana/catalogue.ts';
import { runbookLink } from '#grafana/links.ts';
import type { AlertName } from '#grafana/thresholds.ts';

/** A panel alone, as Grafana's addresses have it. @param dashboard without `api-` */
function panelAt(dashboard: string, id: number): string {
  return `api-${dashboard}?viewPanel=panel-${id}`;
}

/**
 * The first panel of the dashboard that leads to the alert's runbook.
 * @throws {Error} when none does
 */
export function panelOf(alert: AlertName, dashboard: string): string {
  const { url } = runbookLink(alert);
  const panels = catalogue.find(({ uid }) => uid === `api-${dashboard}`)?.panels ?? [];
  const found = panels.find(
    (panel) => panel.type !== 'row' && panel.links.some((link) => link.url === url),
  );
  if (found === undefined) throw new Error(`No panel of api-${dashboard} is about ${alert}.`);
  return panelAt(dashboard, found.id);
}

/** Failures by route. */
export const panelOfFailures = panelAt('slo', 8);

/** Times, of which each dot leads to a trace: of requests, or of assessments. @param reads has a result while reads are late */
export function panelOfLatency(reads: string): string {
  return `{{ if query \`${reads}\` }}${panelAt('http', 2)}{{ else }}${panelAt('assessments', 5)}{{ end }}`;
}

/** Where the `dashboard_url` of an alert leads: to the panel that shows what it is about. */
import { catalogue } from '#grafana/catalogue.ts';
import { runbookLink } from '#grafana/links.ts';
import { objectives, type AlertName } from '#grafana/thresholds.ts';

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

/** Who spends a budget: failures by route, or times of which each dot leads to a trace. */
const spenders: Record<string, string> = {
  [objectives.availability.slo]: panelAt('slo', 8),
  [objectives.read.slo]: panelAt('http', 2),
};

/** A template that reads the objective from the label `slo`. */
export const panelOfSpender = `{{ ${Object.entries(spenders)
  .map(([slo, panel]) => `if eq $labels.slo "${slo}" }}${panel}{{ else`)
  .join(' ')} }}${panelAt('assessments', 5)}{{ end }}`;

/** Writes rules and dashboards as the resources that a cluster reads: `npm run manifests`. */
import { fileURLToPath } from 'node:url';
import { catalogue } from '#grafana/catalogue.ts';
import { build, type Committed } from '#grafana/committed.ts';
import { ofService } from '#prometheus/build.ts';
import { prometheusRule } from '#prometheus/write.ts';

/** Of the overlay `production`: the job of services.yml, and its namespace. */
const scope = { job: 'sono-eval', namespace: 'sono-eval' };
const GRAFANA = 'https://grafana.example.com';

function configMap(dashboard: (typeof catalogue)[number]) {
  const name = dashboard.uid.replace(/^api-/, '');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `sono-eval-dashboard-${name}`, labels: { grafana_dashboard: '1' } },
    data: { [`sono-eval-${name}.json`]: JSON.stringify(dashboard) },
  };
}

const folder = fileURLToPath(new URL('./components/monitoring/generated/', import.meta.url));

export const rule: Committed = {
  folder,
  ending: '.yml',
  files: new Map([['prometheus-rule.yml', prometheusRule(ofService, scope, GRAFANA)]]),
};

const list = { apiVersion: 'v1', kind: 'List', items: catalogue.map(configMap) };
export const dashboards: Committed = {
  folder,
  ending: '.json',
  files: new Map([['dashboards.json', `${JSON.stringify(list, null, 1)}\n`]]),
};

if (import.meta.main) for (const made of [rule, dashboards]) build(made, 'npm run manifests');

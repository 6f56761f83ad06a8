/** Writes the dashboards as the JSON that Grafana is provisioned with: `npm run dashboards`. */
import { fileURLToPath } from 'node:url';
import { catalogue } from './catalogue.ts';
import { build, type Committed } from './committed.ts';

export const dashboards: Committed = {
  folder: fileURLToPath(new URL('./provisioning/dashboards/', import.meta.url)),
  ending: '.json',
  files: new Map(
    catalogue.map((dashboard) => [
      `${dashboard.uid.replace(/^api-/, '')}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  ),
};

if (import.meta.main) build(dashboards, 'npm run dashboards');

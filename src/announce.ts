import type { Config } from './config.ts';

const everywhere = new Set(['0.0.0.0', '::']);

export interface Started {
  apiPort: number;
  metricsPort: number;
  dataDir: string;
  embedded: boolean;
}

function addresses(config: Config, { apiPort, metricsPort }: Started) {
  const origin = (host: string, port: number) => {
    const name = everywhere.has(host) ? 'localhost' : host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  };
  return {
    api: origin(config.api.host, apiPort),
    metrics: `${origin(config.metrics.host, metricsPort)}/metrics`,
  };
}

/** The fields of the one line that says, to programs, that the service has started and where it is. */
export function startFields(config: Config, service: Started) {
  const { api, metrics } = addresses(config, service);
  return {
    'event.name': 'service.ready',
    'api.url': api,
    'metrics.url': metrics,
    database: service.embedded ? 'embedded' : 'external',
    data_dir: service.dataDir,
    'process.pid': process.pid,
    'process.runtime.version': process.versions.node,
  };
}

/** Enough to be scored, with a defect to find; inline, so that the command works from any folder. */
const sampleCode = `def totals(orders):
    sums = {}
    for order in orders:
        try:
            name = order["customer"]
            sums[name] = sums.get(name, 0) + order["price"] * order["count"]
        except:
            pass
    return sums
`;
const sample = JSON.stringify({ candidate_id: 'ada', content: { code: sampleCode } });

/** What a person at the terminal wants to know of a service that has started. */
export function announce(config: Config, service: Started): string {
  const { api, metrics } = addresses(config, service);
  const database = service.embedded
    ? `embedded PostgreSQL in ${service.dataDir}`
    : 'PostgreSQL at DATABASE_URL';
  return `
Sono-Eval is ready (${config.environment}).

  API      ${api}
  Docs     ${api}/docs
  Metrics  ${metrics}
  Data     ${database}

Assess a sample:

  curl -s ${api}/api/v1/assessments -H 'Content-Type: application/json' \\
    -d '${sample}'

Ctrl-C stops everything.
`;
}

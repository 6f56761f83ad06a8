import type { Config } from './config.ts';

const everywhere = new Set(['0.0.0.0', '::']);

/** What a person at the console wants to know of a service that has started. */
export function announce(
  config: Config,
  service: { apiPort: number; metricsPort: number; dataDir: string; embedded: boolean },
): string {
  const origin = (host: string, port: number) =>
    `http://${everywhere.has(host) ? 'localhost' : host}:${port}`;
  const api = origin(config.api.host, service.apiPort);
  const metrics = origin(config.metrics.host, service.metricsPort);
  const database = service.embedded
    ? `embedded PostgreSQL in ${service.dataDir}`
    : 'PostgreSQL at DATABASE_URL';
  return `
Sono-Eval is ready (${config.environment}).

  API      ${api}
  Docs     ${api}/docs
  Metrics  ${metrics}/metrics
  Data     ${database}

Assess a sample:

  curl -s ${api}/api/v1/assessments -H 'Content-Type: application/json' -d @test/fixtures/submission.json

Ctrl-C stops everything.
`;
}

import type { Config } from './config.ts';
import { addressOf, originOf } from './config/hosts.ts';

export interface Started {
  apiPort: number;
  metricsPort: number;
  dataDir: string;
  embedded: boolean;
  /** Where the key of the first administrator is; null where there is none. */
  adminKey: { path: string; text: string; isNew: boolean } | null;
}

function addresses(config: Config, { apiPort, metricsPort }: Started) {
  return {
    api: originOf(config.api.host, apiPort),
    metrics: `${originOf(config.metrics.host, metricsPort)}/metrics`,
  };
}

/** The fields of the one line that says, to programs, that the service has started, where it is and with what. */
export function startFields(config: Config, service: Started) {
  const { api, metrics } = addresses(config, service);
  const { publicUrl } = config.api;
  const { enabled, mode, perMinute, perHour } = config.rateLimit;
  return {
    'event.name': 'service.ready',
    'api.url': api,
    ...(config.api.processes === 1 ? {} : { 'api.processes': config.api.processes }),
    ...(publicUrl === null ? {} : { 'api.public_url': publicUrl }),
    'metrics.url': metrics,
    database: service.embedded ? 'embedded' : 'external',
    ...(config.database.url === undefined
      ? {}
      : { 'database.address': addressOf(config.database.url) }),
    redis: redisAddress(config.redis),
    'rate_limit.mode': enabled ? mode : 'off',
    'rate_limit.per_minute': perMinute,
    'rate_limit.per_hour': perHour,
    'access.required': config.access.required,
    ...(service.adminKey === null ? {} : { 'access.admin_key_file': service.adminKey.path }),
    data_dir: service.dataDir,
    'process.pid': process.pid,
    'process.runtime.version': process.versions.node,
  };
}

function redisAddress(redis: Config['redis']): string {
  if (redis === null) return 'none';
  const { url, host = '', port, db } = redis;
  return url === undefined ? `${host}:${port}/${db}` : addressOf(url);
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

/** The key itself only when it was made: screens are recorded. */
function keyLine({ path, text, isNew }: NonNullable<Started['adminKey']>): string {
  return isNew
    ? `${text} (an administrator's; kept in ${path})`
    : `of an administrator, in ${path}`;
}

/** What a person at the terminal wants to know of a service that has started. */
export function announce(config: Config, service: Started): string {
  const { api, metrics } = addresses(config, service);
  const database = service.embedded
    ? `embedded PostgreSQL in ${service.dataDir}`
    : 'PostgreSQL at DATABASE_URL';
  const { adminKey } = service;
  return `
Sono-Eval is ready (${config.environment}).

  API      ${api}
  Docs     ${api}/docs
  Metrics  ${metrics}
  Data     ${database}
  Key      ${adminKey === null ? 'none is asked for (AUTH_REQUIRED)' : keyLine(adminKey)}

Assess a sample:

  curl -s ${api}/api/v1/assessments -H 'Content-Type: application/json' \\
${adminKey === null ? '' : `    -H "X-API-Key: $(cat '${adminKey.path}')" \\\n`}    -d '${sample}'

Ctrl-C stops everything.
`;
}

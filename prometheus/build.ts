/**
 * Writes the rules as the YAML that Prometheus loads: `npm run rules`.
 *
 * For another scope it prints the resource of the Prometheus operator instead:
 * `npm run -s rules -- --job=api --namespace=prod --cluster=eu --grafana-url=https://… | kubectl apply -f -`
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Committed } from '#grafana/committed.ts';
import type { RuleFile } from './rule.ts';
import { access } from './rules/access.ts';
import { assessments } from './rules/assessments.ts';
import { cache } from './rules/cache.ts';
import { circuitBreaker } from './rules/circuit-breaker.ts';
import { database } from './rules/database.ts';
import { health } from './rules/health.ts';
import { http } from './rules/http.ts';
import { incidents } from './rules/incidents.ts';
import { jobs } from './rules/jobs.ts';
import { meta } from './rules/meta.ts';
import { postgres } from './rules/postgres.ts';
import { rateLimit } from './rules/rate-limit.ts';
import { redis } from './rules/redis.ts';
import { runtime } from './rules/runtime.ts';
import { slo } from './rules/slo.ts';
import { telemetry } from './rules/telemetry.ts';
import { ownScope } from './scope.ts';
import { prometheusRule, ruleFile } from './write.ts';

/** Without those about Prometheus and Alertmanager themselves. */
export const ofService: readonly RuleFile[] = [
  access,
  assessments,
  cache,
  circuitBreaker,
  database,
  health,
  http,
  incidents,
  jobs,
  postgres,
  rateLimit,
  redis,
  runtime,
  slo,
  telemetry,
];

/** Of docker-compose.yml. */
const GRAFANA = 'http://localhost:3000';

const at = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

export const rules: Committed = {
  folder: at('./rules/'),
  ending: '.yml',
  files: new Map(
    [...ofService, meta].map((file) => [`${file.name}.yml`, ruleFile(file, ownScope)]),
  ),
};

export const resource: Committed = {
  folder: at('./kubernetes/'),
  ending: '.yml',
  files: new Map([['prometheus-rule.yml', prometheusRule(ofService, ownScope, GRAFANA)]]),
};

function main(): void {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      job: { type: 'string', default: ownScope.job },
      namespace: { type: 'string' },
      cluster: { type: 'string' },
      'postgres-job': { type: 'string' },
      'redis-job': { type: 'string' },
      'grafana-url': { type: 'string' },
    },
  });
  const { job, namespace, cluster, 'grafana-url': grafanaUrl } = values;
  const { 'postgres-job': postgresJob, 'redis-job': redisJob } = values;
  const given = [namespace, cluster, grafanaUrl, postgresJob, redisJob].some(
    (value) => value !== undefined,
  );
  if (!given && job === ownScope.job) {
    for (const committed of [rules, resource]) build(committed, 'npm run rules');
    return;
  }
  const scope = { job, namespace, cluster, postgresJob, redisJob };
  process.stdout.write(prometheusRule(ofService, scope, grafanaUrl ?? GRAFANA));
}

if (import.meta.main) main();

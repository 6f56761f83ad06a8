/** Writes the rules as the YAML that Prometheus loads: `npm run rules`. */
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { build, type Committed } from '#grafana/committed.ts';
import type { RuleFile } from './rule.ts';
import { assessments } from './rules/assessments.ts';
import { cache } from './rules/cache.ts';
import { circuitBreaker } from './rules/circuit-breaker.ts';
import { database } from './rules/database.ts';
import { health } from './rules/health.ts';
import { http } from './rules/http.ts';
import { meta } from './rules/meta.ts';
import { rateLimit } from './rules/rate-limit.ts';
import { runtime } from './rules/runtime.ts';
import { slo } from './rules/slo.ts';
import { telemetry } from './rules/telemetry.ts';

const files: RuleFile[] = [
  assessments,
  cache,
  circuitBreaker,
  database,
  health,
  http,
  meta,
  rateLimit,
  runtime,
  slo,
  telemetry,
];

function write({ name, about, groups }: RuleFile): string {
  const head = `# ${about}\n# Generated from ${name}.ts: npm run rules\n`;
  const named = Object.entries(groups).map(([group, rules]) => ({
    name: `${name}-${group}`,
    rules,
  }));
  return head + stringify({ groups: named }, { lineWidth: 0, singleQuote: true });
}

export const rules: Committed = {
  folder: fileURLToPath(new URL('./rules/', import.meta.url)),
  ending: '.yml',
  files: new Map(files.map((file) => [`${file.name}.yml`, write(file)])),
};

if (import.meta.main) build(rules, 'npm run rules');

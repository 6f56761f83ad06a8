/** Whose series the rules read, in one place: no rule names the service's job itself. */
import { parser } from '@prometheus-io/lezer-promql';
import { exporterJobs } from '#grafana/exporters.ts';

export interface Scope {
  /** Of the service's scrape; its outside probe is scraped by the job `<job>-probe`. */
  job: string;
  /** Where one Prometheus scrapes several installations. */
  namespace?: string | undefined;
  cluster?: string | undefined;
  /** Of the exporters of the database and of Redis, which are looked for in the same place. */
  postgresJob?: string | undefined;
  redisJob?: string | undefined;
}

export const ownScope: Scope = { job: 'api' };

/** Families of the tools around the service, by how their names begin: their scrapes have jobs of their own. */
const jobs: readonly [RegExp, (scope: Scope) => Scope][] = [
  [/^probe_/, ({ job, ...rest }) => ({ ...rest, job: `${job}-probe` })],
  [/^pg_/, ({ postgresJob: job = exporterJobs.postgres, ...rest }) => ({ ...rest, job })],
  [/^redis_/, ({ redisJob: job = exporterJobs.redis, ...rest }) => ({ ...rest, job })],
  [/^prometheus_/, () => ({ job: 'prometheus' })],
  [/^alertmanager_/, () => ({ job: 'alertmanager' })],
];

/** The labels of the scope, which its recorded series carry, too. */
export function scopeLabels({ job, namespace, cluster }: Scope): Record<string, string> {
  return {
    job,
    ...(namespace === undefined ? {} : { namespace }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

function matchersFor(metric: string, scope: Scope): string {
  const of = jobs.find(([names]) => names.test(metric))?.[1] ?? ((own: Scope) => own);
  return Object.entries(scopeLabels(of(scope)))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',');
}

/**
 * The expression with the scope in each of its selectors. One that names a job is about that job, and
 * stays.
 *
 * @throws {Error} when it is no PromQL
 */
export function withinScope(expr: string, scope: Scope): string {
  const inserted: { at: number; text: string }[] = [];
  parser.parse(expr).iterate({
    enter({ name, type, from, to, node }) {
      if (type.isError) throw new Error(`No PromQL at ${from} of: ${expr}`);
      if (name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const braces = node.getChild('LabelMatchers');
      const given = braces === null ? '' : expr.slice(braces.from, braces.to);
      if (/[{,]\s*job\s*[=!]/.test(given)) return;
      const matchers = matchersFor(
        metric === null ? '' : expr.slice(metric.from, metric.to),
        scope,
      );
      if (braces === null) inserted.push({ at: to, text: `{${matchers}}` });
      else
        inserted.push({
          at: braces.from + 1,
          text: /^\{\s*\}$/.test(given) ? matchers : `${matchers},`,
        });
    },
  });
  return inserted
    .toReversed()
    .reduce((text, { at, text: add }) => text.slice(0, at) + add + text.slice(at), expr);
}

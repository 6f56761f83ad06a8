import { request as overTls } from 'node:https';
import { request as overHttp } from 'node:http';
import type { Config } from '../config.ts';
import { createDatabase } from '../storage/postgres/database.ts';
import type { Found } from './configuration.ts';
import { fail, pass, unknown, warn, whyNot, type Finding } from './finding.ts';

const SUPERSET_MS = 5000;

/** Whether Superset answers, over HTTPS unless the variable has another scheme; and what it may read of ours. */
export async function checkSuperset({ supersetHost: host, database }: Config): Promise<Found[]> {
  if (host === null) return [];
  const findings = await Promise.all([
    ask(/^https?:/.test(host) ? host : `https://${host}`),
    ...(database.url === undefined ? [] : [checkReader(database.url)]),
  ]);
  return findings.map((finding) => ['superset', finding]);
}

async function ask(url: string): Promise<Finding> {
  try {
    const status = await statusOf(new URL('/health', url));
    if (status >= 500) return fail(`Superset answers ${status}.`, 'Look at its log.');
    if (status !== 200) {
      return fail(
        `SUPERSET_HOST answers ${status} to GET /health, where Superset answers 200.`,
        'Name Superset itself in SUPERSET_HOST, and let this machine ask /health without a login.',
      );
    }
    return url.startsWith('https:')
      ? pass(`Superset answers ${status} over HTTPS.`)
      : warn('Superset answers over HTTP, where passwords can be read.', 'Put TLS in front of it.');
  } catch (error) {
    return fail(
      `SUPERSET_HOST cannot be asked: ${whyNot(error)}.`,
      'Correct it (with its scheme and port, if they are not https and 443), or remove it.',
    );
  }
}

function statusOf(url: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? overTls : overHttp;
  request(url, { signal: AbortSignal.timeout(SUPERSET_MS) }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  })
    .on('error', reject)
    .end();
  return promise;
}

/** Of the user `sono_analytics`: how many views it cannot read, and how many other relations it can reach. */
const readerQuery = `
  select count(*) filter (where n.nspname = 'analytics' and not readable)::int as hidden,
    count(*) filter (where n.nspname <> 'analytics' and (readable or has_table_privilege(u.oid, c.oid, 'insert, update, delete')))::int as more
  from pg_roles u
  cross join pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (
    select has_schema_privilege(u.oid, n.oid, 'usage') and has_any_column_privilege(u.oid, c.oid, 'select') as readable
  ) as rights
  where u.rolname = 'sono_analytics' and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  having count(*) > 0`;

/** The item of the database says when it cannot be asked. */
async function checkReader(url: string): Promise<Finding> {
  const db = await createDatabase({ url, entities: [], maxConnections: 1 });
  try {
    const [row] = await db.em().execute<{ hidden: number; more: number }[]>(readerQuery);
    return judgeReader(row);
  } catch {
    return unknown('What Superset may read was not looked at: the database does not answer.');
  } finally {
    await db.close();
  }
}

function judgeReader(row: { hidden: number; more: number } | undefined): Finding {
  if (row === undefined) {
    return unknown(
      'PostgreSQL has no user sono_analytics: as whom Superset reads cannot be seen.',
      'Make it with deploy/superset/analytics-role.sql and analytics-grants.sql.',
    );
  }
  if (row.more > 0) {
    return fail(
      `sono_analytics reaches ${row.more} table(s) or view(s) outside of the schema analytics.`,
      'Revoke what it was granted: those have names and texts of people.',
    );
  }
  return row.hidden === 0
    ? pass('sono_analytics reads the views of analytics, and nothing else.')
    : warn(
        `sono_analytics cannot read ${row.hidden} view(s) of analytics.`,
        'Run deploy/superset/analytics-grants.sql as the user of DATABASE_URL.',
      );
}

import type { Database } from './database.ts';

/** What a PostgreSQL says of itself and of who asks. */
export interface ServerFacts {
  /** Major version. */
  version: number;
  maxConnections: number;
  /** Of all users, now. */
  connections: number;
  isSuperuser: boolean;
  /** Whether this connection is encrypted. */
  tls: boolean;
  /** Milliseconds by which its clock is ahead of ours. */
  clockSkewMs: number;
}

interface Row {
  version: number;
  max_connections: number;
  connections: number;
  superuser: boolean;
  tls: boolean;
  now_ms: number;
}

/** @throws {DependencyError} */
export async function readServerFacts(
  database: Pick<Database, 'em'>,
  now: () => Date,
): Promise<ServerFacts> {
  const em = database.em();
  // Its first query connects, which is no time of the server's.
  await em.execute('select 1');
  const before = now().getTime();
  const [row] = await em.execute<Row[]>(`
    select current_setting('server_version_num')::int / 10000 as version,
      current_setting('max_connections')::int as max_connections,
      (select count(*)::int from pg_stat_activity) as connections,
      (select rolsuper from pg_roles where rolname = current_user) as superuser,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
      (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`);
  if (row === undefined) throw new Error('PostgreSQL said nothing of itself.');
  const ours = (before + now().getTime()) / 2;
  return {
    version: row.version,
    maxConnections: row.max_connections,
    connections: row.connections,
    isSuperuser: row.superuser,
    tls: row.tls,
    clockSkewMs: row.now_ms - ours,
  };
}

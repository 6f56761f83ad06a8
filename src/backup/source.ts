/** What is backed up, read at one moment. */
import type { Client } from 'pg';
import { withConnection } from './connection.ts';
import { readContents, type DatabaseContents } from './contents.ts';

export interface Moment {
  contents: DatabaseContents;
  /** SHA-256 of each upload that a row names. */
  uploads: string[];
  /** Newest that is applied. */
  migration: string | null;
  /** Major version of the server. */
  postgres: number;
}

/** @param during while the moment is held; given its snapshot, which another session may import */
export async function readMoment<T>(
  url: string,
  during: (moment: Moment, snapshot: string) => Promise<T>,
): Promise<T> {
  return withConnection(url, async (client) => {
    await client.query('begin transaction isolation level repeatable read, read only');
    // The dump holds it for as long as it takes.
    await client.query('set local idle_in_transaction_session_timeout = 0');
    const snapshot = await one(client, 'select pg_export_snapshot() as value');
    const version = await one(
      client,
      "select current_setting('server_version_num')::int / 10000 as value",
    );
    const moment: Moment = {
      uploads: await readUploads(client),
      migration: await readMigration(client),
      postgres: Number(version),
      // Last: it sets the search path.
      contents: await readContents(client),
    };
    const result = await during(moment, String(snapshot));
    await client.query('commit');
    return result;
  });
}

/** What a database holds now. */
export function contentsOf(url: string): Promise<DatabaseContents> {
  return readMoment(url, ({ contents }) => Promise.resolve(contents));
}

async function readUploads(client: Client): Promise<string[]> {
  if ((await one(client, "select to_regclass('files') as value")) === null) return [];
  const { rows } = await client.query<{ sha256: string }>(
    'select distinct sha256 from files order by 1',
  );
  return rows.map(({ sha256 }) => sha256);
}

async function readMigration(client: Client): Promise<string | null> {
  const table = await one(client, "select to_regclass('mikro_orm_migrations') as value");
  if (table === null) return null;
  return (await one(client, 'select max(name) as value from mikro_orm_migrations')) as
    | string
    | null;
}

/** @returns `value` of the first row */
export async function one(client: Client, query: string, values: unknown[] = []): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(query, values);
  return rows[0]?.value ?? null;
}

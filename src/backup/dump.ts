/** A database of somebody's server, by its own tools. */
import { randomBytes } from 'node:crypto';
import { codeOf, firstCause } from '../errors.ts';
import { BackupError } from './backup-error.ts';
import { withConnection } from './connection.ts';
import { connectionOf, findTool, type PostgresTool } from './postgres-tools.ts';
import { runTool } from './run-tool.ts';
import { one } from './source.ts';

export interface DumpOptions {
  url: string;
  /** Major version of the server that was dumped. */
  postgres: number;
  /** PATH. */
  searched: string;
}

/** @param snapshot of a session that holds it: the dump has the rows that were counted there */
export function dump(file: string, snapshot: string, options: DumpOptions): Promise<void> {
  const fixed = '--format=custom --no-owner --no-privileges --lock-wait-timeout=30s'.split(' ');
  return runClient('pg_dump', [...fixed, `--snapshot=${snapshot}`, `--file=${file}`], options);
}

/** Into an empty database: all of it or nothing. */
export function load(file: string, options: DumpOptions): Promise<void> {
  const fixed = '--exit-on-error --single-transaction --no-owner --no-privileges'.split(' ');
  return runClient('pg_restore', [...fixed, file], options);
}

async function runClient(
  name: PostgresTool,
  args: string[],
  { url: databaseUrl, postgres, searched }: DumpOptions,
): Promise<void> {
  const { url, env } = connectionOf(databaseUrl);
  const path = await findTool(name, postgres, searched);
  await runTool({ path, args: [`--dbname=${url}`, ...args], env });
}

/** @throws {BackupError} when something is in it */
export async function demandEmpty(url: string): Promise<void> {
  const count = await withConnection(url, (client) =>
    one(
      client,
      `select count(*)::int as value from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    ),
  );
  if (count === 0) return;
  throw new BackupError(
    'The database of DATABASE_URL is not empty, and a restore replaces nothing: create a new one (createdb) and name it in DATABASE_URL.',
  );
}

/** A database for the time of `work`, on the server of `url`. */
export async function withScratchDatabase<T>(
  url: string,
  work: (scratchUrl: string) => Promise<T>,
): Promise<T> {
  const name = `restore_verify_${randomBytes(6).toString('hex')}`;
  const administer = (sql: string) => withConnection(url, (client) => client.query(sql));
  try {
    await administer(`create database ${name} template template0`);
  } catch (error) {
    if (codeOf(firstCause(error)) !== '42501') throw error;
    throw new BackupError(
      'The user of the database may not create the database that a restore is tried in: give it CREATEDB, or name a server in RESTORE_VERIFY_DATABASE_URL.',
      { cause: error },
    );
  }
  try {
    const scratch = new URL(url);
    scratch.pathname = `/${name}`;
    return await work(scratch.href);
  } finally {
    await administer(`drop database if exists ${name} with (force)`);
  }
}

/**
 * A real PostgreSQL for the whole run, started by the first test that wants it, and a database of
 * its own for each test file, copied from a migrated template.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { entities } from '#src/features/entities.ts';
import { lockDataDir } from '#src/storage/embedded-postgres/data-dir-lock.ts';
import { isReachable, unprivilegedUid } from '#src/storage/embedded-postgres/data-dir.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { stopLeftover } from '#src/storage/embedded-postgres/postgres-server.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { until } from './until.ts';

const prefix = 'sono-eval-test-';
const tmp = isReachable(tmpdir(), unprivilegedUid) ? tmpdir() : '/tmp';

/** A directory that the user PostgreSQL runs as can enter, too. The caller removes it. */
export function makeTestDir(): string {
  const dir = mkdtempSync(join(tmp, prefix));
  chmodSync(dir, 0o711);
  return dir;
}

/** By which the first process of a parallel run tells the others of its server: a URL. */
const SHARED = 'SONO_EVAL_TEST_SERVER';
const shared = process.env[SHARED];
// Not for what the tests start: that is none of the run.
delete process.env[SHARED];

let starting: Promise<EmbeddedPostgres> | undefined;

/** The run's server; its own database is the template, so nobody may stay connected to that. */
export async function testServer(): Promise<{ url: string }> {
  if (shared !== undefined) return { url: shared };
  starting ??= startTestServer();
  return starting;
}

/** Before the other processes of a parallel run are made. */
export async function shareTestServer(): Promise<void> {
  const { url } = await testServer();
  process.env[SHARED] = url;
}

async function startTestServer(): Promise<EmbeddedPostgres> {
  const dataDir = makeTestDir();
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => {} });
  await runMigrations(server.url);
  return server;
}

export async function stopTestServer(): Promise<void> {
  const server = await starting;
  await server?.stop();
  if (server) await rm(server.dataDir, { recursive: true, force: true });
}

/** Stops and removes what killed runs left; those that live hold their lock. */
export async function sweepTestServers(): Promise<void> {
  for (const name of readdirSync(tmp).filter((entry) => entry.startsWith(prefix))) {
    const dir = join(tmp, name);
    const lock = join(dir, 'postgres.lock');
    if (!existsSync(lock)) continue;
    try {
      lockDataDir(lock, dir);
      await stopLeftover(join(dir, 'postgres'), () => {});
      await rm(dir, { recursive: true, force: true });
    } catch {
      // In use, or another user's.
    }
  }
}

export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
}

export interface TestDatabaseOptions {
  /** False: empty, for tests of the migrations themselves. */
  migrated?: boolean;
  maxConnections?: number;
}

/** Call it in a `describe`: made before its tests, dropped after them. */
export function testDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  const { migrated = true, maxConnections = 5 } = options;
  let made: Awaited<ReturnType<typeof createTestDatabase>> | undefined;
  let db: Database | undefined;

  before(async () => {
    made = await createTestDatabase(migrated);
    db = await createDatabase({ url: made.url, entities, maxConnections });
  });
  after(async () => {
    await db?.close();
    await made?.drop();
  });

  return {
    get url() {
      return made?.url ?? '';
    },
    get db() {
      if (db === undefined) throw new Error('The database exists from before() on.');
      return db;
    },
  };
}

/** A database of its own on the run's server. @param migrated false: empty */
export async function createTestDatabase(
  migrated = true,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = await testServer();
  const template = migrated ? new URL(server.url).pathname.slice(1) : 'template1';
  await administer(server.url, `create database ${name} template ${template}`);
  return {
    url: databaseUrl(server.url, name),
    async drop() {
      // Refused while the server itself works in it (autovacuum).
      await until(() => administer(server.url, `drop database if exists ${name} with (force)`));
    },
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl(url, 'postgres') });
  // Else the end of the server in the same moment would end the run.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

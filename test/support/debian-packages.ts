/**
 * Debian packages fetched without root from the package sources of this machine and unpacked into
 * the user's cache: nothing is installed, nothing outside the cache is written.
 */
import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Counts up when what is unpacked changes: what an older version of this file left is not read. */
const FORMAT = `v2-${process.arch}`;

const APT_MS = 300_000;

/** What a killed run leaves of its download is removed after this. */
const ABANDONED_MS = 3_600_000;

export const BIN = 'usr/bin';

export interface DebianPackage {
  name: string;
  /** Packages that hold a part of its commands: fetched although this machine may have them. */
  parts?: readonly string[];
  /** Where its commands are; by default `usr/bin`. */
  folder?: string;
  /** In that; where one is missing, what is in the cache counts as incomplete. */
  commands: readonly string[];
  /** Of `commands`, those that open files of the package under `DATA`. */
  relocated: readonly string[];
}

/** Where Debian's Prometheus and Alertmanager are compiled to look for their templates and pages. */
const DATA = '/usr/share/prometheus/';

/** Of the same length, and relative: a Go string is a pointer and a length. */
const RELATIVE = 'usr/share//prometheus/';

/**
 * @param cache of `userCache()`
 * @param path where apt-get and dpkg-deb are looked for
 * @returns the root that holds the package's `usr`
 * @throws {Error} what apt-get had to say, or that it is missing
 */
export async function unpackDebianPackage(
  wanted: DebianPackage,
  cache: string,
  path: string,
): Promise<string> {
  const dir = join(cache, FORMAT);
  const target = join(dir, wanted.name);
  if (isComplete(wanted, target)) return target;
  mkdirSync(dir, { recursive: true });
  await sweep(dir);
  const staging = mkdtempSync(join(dir, `${wanted.name}.fetch-`));
  try {
    const root = join(staging, 'root');
    for (const deb of await download(wanted, staging, path)) {
      await run('dpkg-deb', ['-x', deb, root], { env: { ...process.env, PATH: path } });
    }
    linkToInstalled(root);
    for (const command of wanted.relocated) await relocate(wanted.name, root, command);
    await put(wanted, root, target, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return target;
}

/** Runs that unpack a package at the same time; each of them puts it there once at most. */
const runsAtMost = 20;

/** What is incomplete goes aside, and so may what another run has just put there: then it is put there again. */
async function put(
  wanted: DebianPackage,
  root: string,
  target: string,
  staging: string,
): Promise<void> {
  for (let turn = 0; !isComplete(wanted, target); turn += 1) {
    await rename(target, join(staging, `aside-${turn}`)).catch(() => {});
    try {
      return await rename(root, target);
    } catch (error) {
      if (turn >= runsAtMost) throw error;
    }
  }
}

function isComplete({ commands, folder = BIN }: DebianPackage, root: string): boolean {
  return commands.every((command) => isExecutable(join(root, folder, command)));
}

async function sweep(dir: string): Promise<void> {
  for (const name of readdirSync(dir).filter((entry) => entry.includes('.fetch-'))) {
    const path = join(dir, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Debian moved the files that these programs embed into a directory whose absolute path is compiled
 * in; no flag changes it, and without them Alertmanager ends and Prometheus answers 500 to browsers.
 * A mount or chroot needs privileges, and Go asks the kernel directly, so no preloaded library sees
 * the path. So the unpacked copy is given the same path relative to its working directory.
 */
async function relocate(name: string, root: string, command: string): Promise<void> {
  const file = join(root, 'usr/bin', command);
  const program = await readFile(file);
  let found = 0;
  for (let at = program.indexOf(DATA); at !== -1; at = program.indexOf(DATA, at + 1)) {
    program.write(RELATIVE, at, 'latin1');
    found += 1;
  }
  if (found === 0) {
    throw new Error(`${command} of the Debian package ${name} does not look for ${DATA} any more`);
  }
  await writeFile(file, program);
}

/** What the pages of a package link to is in packages that this machine may have, so were not fetched. */
function linkToInstalled(root: string): void {
  const share = join(root, 'usr/share');
  if (!existsSync(share)) return;
  for (const entry of readdirSync(share, { recursive: true, withFileTypes: true })) {
    const link = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink() || existsSync(link)) continue;
    const installed = join('/', relative(root, join(entry.parentPath, readlinkSync(link))));
    if (!existsSync(installed)) continue;
    rmSync(link);
    symlinkSync(installed, link);
  }
}

/** The package and those of its dependencies that this machine lacks, as .deb files. */
async function download(
  { name, parts = [] }: DebianPackage,
  dir: string,
  path: string,
): Promise<string[]> {
  const archives = join(dir, 'cache/archives');
  mkdirSync(join(dir, 'state/lists/partial'), { recursive: true });
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const own = {
    'Dir::State': join(dir, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(dir, 'cache'),
    'Dir::Log': dir,
    // Nothing of the system is changed, so its locks and its download user are not needed.
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Update::Post-Invoke::': 'true',
  };
  const options = Object.entries(own).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const aptGet = (...args: string[]) =>
    run('apt-get', ['-qq', ...options, ...args], {
      timeout: APT_MS,
      env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: path },
    });
  try {
    // Without network this warns and succeeds.
    const { stderr } = await aptGet('update');
    // It may count as installed and not be found: that is no reason not to fetch it.
    const install = ['install', '--reinstall', '--download-only', '--no-install-recommends'];
    await aptGet(...install, '--yes', name, ...parts).catch((error: unknown) => {
      throw stderr.includes('Failed to fetch')
        ? new Error('the package sources could not be reached', { cause: error })
        : error;
    });
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  const debs = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  return debs.map((file) => join(archives, file));
}

function reasonOf(error: unknown): string {
  const { code, stderr = '', message } = error as Error & { code?: unknown; stderr?: string };
  if (code === 'ENOENT') return 'there is no apt-get';
  const said = stderr.split('\n').find((line) => line.startsWith('E: '));
  return said?.slice('E: '.length) ?? message.split('\n')[0] ?? message;
}

/** XDG cache, else ~/.cache, else the temporary directory, by user. */
export function userCache(): string {
  const uid = process.getuid?.() ?? 0;
  const candidates = [
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    join(tmpdir(), `sono-eval-cache-${uid}`),
  ];
  for (const base of candidates) {
    const dir = join(base, 'sono-eval', 'debian');
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      accessSync(dir, constants.W_OK);
      return dir;
    } catch {
      // Read-only, or no home: the next one.
    }
  }
  throw new Error('There is no writable cache directory: set XDG_CACHE_HOME.');
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Servers and checkers that npm does not have. Found on PATH, else fetched without root from the
 * package sources of this Debian or Ubuntu machine, unpacked into the user's cache, never installed.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Command, Debian package, and the name Debian gives the command where that differs. */
const tools = {
  'redis-server': { package: 'redis-server', files: ['redis-server'] },
  prometheus: { package: 'prometheus', files: ['prometheus'] },
  promtool: { package: 'prometheus', files: ['promtool'] },
  alertmanager: {
    package: 'prometheus-alertmanager',
    files: ['alertmanager', 'prometheus-alertmanager'],
  },
  amtool: { package: 'prometheus-alertmanager', files: ['amtool'] },
} as const;

export type DebianTool = keyof typeof tools;

export interface ToolCommand {
  path: string;
  /** What an unpacked tool needs to find its libraries; add it to the child's environment. */
  env: Record<string, string>;
}

const fetching = new Map<string, Promise<string>>();

/** @throws {Error} with one sentence that says what to install */
export async function findDebianTool(name: DebianTool): Promise<ToolCommand> {
  const tool = tools[name];
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = tool.files.find((candidate) => isExecutable(join(dir, candidate)));
    if (dir !== '' && file !== undefined) return { path: join(dir, file), env: {} };
  }
  const unpacking = fetching.get(tool.package) ?? unpackOnce(tool.package);
  fetching.set(tool.package, unpacking);
  const root = await unpacking.catch((error: unknown) => {
    throw new Error(
      `${name} is needed for this test: it is not on PATH and could not be fetched with apt-get, so install it (the Debian package is ${tool.package}).`,
      { cause: error },
    );
  });
  const path = tool.files.map((file) => join(root, 'usr/bin', file)).find(isExecutable);
  if (path === undefined) throw new Error(`The Debian package ${tool.package} has no ${name}.`);
  const lib = join(root, 'usr/lib');
  const libraries = existsSync(lib)
    ? readdirSync(lib).filter((entry) => entry.endsWith('-linux-gnu'))
    : [];
  const search = libraries.map((entry) => join(lib, entry)).join(delimiter);
  // An empty search path would mean the working directory.
  return { path, env: search === '' ? {} : { LD_LIBRARY_PATH: search } };
}

async function unpackOnce(name: string): Promise<string> {
  const cache = userCache();
  const target = join(cache, name);
  if (existsSync(target)) return target;
  const staging = mkdtempSync(join(cache, `${name}.fetch-`));
  try {
    const debs = await downloadWithDependencies(name, staging);
    const root = join(staging, 'root');
    for (const deb of debs) await run('dpkg-deb', ['-x', deb, root]);
    await rename(root, target);
  } catch (error) {
    // Another run was quicker.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return target;
}

/** The package and those of its dependencies that this machine lacks, as .deb files. */
async function downloadWithDependencies(name: string, dir: string): Promise<string[]> {
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
    run('apt-get', ['-qq', ...options, ...args], { timeout: 300_000 });
  await aptGet('update');
  await aptGet('install', '--download-only', '--no-install-recommends', '--yes', name);
  const debs = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  return debs.map((file) => join(archives, file));
}

/** XDG cache, else ~/.cache, else the temporary directory, by user. */
function userCache(): string {
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

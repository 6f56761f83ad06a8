/**
 * Servers and checkers that npm does not have. Found on PATH, else unpacked into the user's cache
 * from the package sources of this Debian or Ubuntu machine, never installed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  BIN,
  isExecutable,
  unpackDebianPackage,
  userCache,
  type DebianPackage,
} from './debian-packages.ts';

const packages = {
  redis: {
    name: 'redis-server',
    // Holds the program that the command is a link to.
    parts: ['redis-tools'],
    commands: ['redis-server', 'redis-cli'],
    relocated: [],
  },
  jq: { name: 'jq', commands: ['jq'], relocated: [] },
  prometheus: {
    name: 'prometheus',
    commands: ['prometheus', 'promtool'],
    relocated: ['prometheus'],
  },
  alertmanager: {
    name: 'prometheus-alertmanager',
    commands: ['prometheus-alertmanager', 'amtool'],
    relocated: ['prometheus-alertmanager'],
  },
  blackbox: {
    name: 'prometheus-blackbox-exporter',
    commands: ['prometheus-blackbox-exporter'],
    relocated: [],
  },
  haproxy: { name: 'haproxy', folder: 'usr/sbin', commands: ['haproxy'], relocated: [] },
} as const satisfies Record<string, DebianPackage>;

/** Command, Debian package, and the name Debian gives the command where that differs. */
const tools = {
  'redis-server': { package: packages.redis, files: ['redis-server'] },
  'redis-cli': { package: packages.redis, files: ['redis-cli'] },
  jq: { package: packages.jq, files: ['jq'] },
  prometheus: { package: packages.prometheus, files: ['prometheus'] },
  promtool: { package: packages.prometheus, files: ['promtool'] },
  alertmanager: {
    package: packages.alertmanager,
    files: ['alertmanager', 'prometheus-alertmanager'],
  },
  amtool: { package: packages.alertmanager, files: ['amtool'] },
  blackbox: {
    package: packages.blackbox,
    files: ['blackbox_exporter', 'prometheus-blackbox-exporter'],
  },
  haproxy: { package: packages.haproxy, files: ['haproxy'] },
} as const satisfies Record<string, { package: DebianPackage; files: readonly string[] }>;

export type DebianTool = keyof typeof tools;

export interface ToolCommand {
  path: string;
  /** What an unpacked tool needs to find its libraries; add it to the child's environment. */
  env: Record<string, string>;
  /** Where an unpacked tool must be started to find its files: give it absolute paths only. */
  cwd?: string;
}

export interface FindOptions {
  /** False: as on a machine where the tool is not installed. */
  installed?: boolean;
  /** Absolute. */
  cache?: string;
  path?: string;
}

const fetching = new Map<string, Promise<string>>();

/** @throws {Error} with one sentence that says what to install */
export async function findDebianTool(
  name: DebianTool,
  options: FindOptions = {},
): Promise<ToolCommand> {
  const { installed = true, path: searched = process.env['PATH'] ?? '' } = options;
  const tool: { package: DebianPackage; files: readonly string[] } = tools[name];
  for (const dir of installed ? searched.split(delimiter) : []) {
    const file = tool.files.find((candidate) => isExecutable(join(dir, candidate)));
    if (dir !== '' && file !== undefined) return { path: join(dir, file), env: {} };
  }
  const root = await unpackOnce(tool.package, options.cache ?? userCache(), searched).catch(
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `${name} is needed for this test: it is not on PATH and could not be fetched with apt-get: ${reason}; install it (the Debian package is ${tool.package.name}).`,
        { cause: error },
      );
    },
  );
  const folder = tool.package.folder ?? BIN;
  const path = tool.files.map((file) => join(root, folder, file)).find(isExecutable);
  if (path === undefined)
    throw new Error(`The Debian package ${tool.package.name} has no ${name}.`);
  const lib = join(root, 'usr/lib');
  const libraries = existsSync(lib)
    ? readdirSync(lib).filter((entry) => entry.endsWith('-linux-gnu'))
    : [];
  const search = libraries.map((entry) => join(lib, entry)).join(delimiter);
  const relocated = tool.package.relocated.some((command) => path.endsWith(`/${command}`));
  return {
    path,
    // An empty search path would mean the working directory.
    env: search === '' ? {} : { LD_LIBRARY_PATH: search },
    ...(relocated ? { cwd: root } : {}),
  };
}

function unpackOnce(wanted: DebianPackage, cache: string, path: string): Promise<string> {
  const key = join(cache, wanted.name);
  const unpacking = fetching.get(key) ?? unpackDebianPackage(wanted, cache, path);
  fetching.set(key, unpacking);
  return unpacking;
}

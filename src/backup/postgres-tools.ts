/** pg_dump and pg_restore of this machine: as old as the server at the least, and no newer than needed. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseDatabaseUrl } from '../storage/postgres/database-url.ts';
import { BackupError } from './backup-error.ts';
import { runTool } from './run-tool.ts';

export type PostgresTool = 'pg_dump' | 'pg_restore';

/** Where packages put them beside PATH, each version in a folder: Debian, Red Hat. */
const roots: readonly (readonly [folder: string, inside: RegExp])[] = [
  ['/usr/lib/postgresql', /^\d+$/],
  ['/usr', /^pgsql-\d+$/],
];

export interface FoundTool {
  path: string;
  /** Major version. */
  version: number;
}

/**
 * The one nearest to the server: an older one refuses the server, a newer one may write or send what the server
 * does not know.
 */
export function chooseTool(found: readonly FoundTool[], server: number): FoundTool | undefined {
  return found
    .filter(({ version }) => version >= server)
    .toSorted((a, b) => a.version - b.version)[0];
}

/** @throws {BackupError} that says what to install */
export async function findTool(
  name: PostgresTool,
  server: number,
  searched: string,
): Promise<string> {
  const folders = [...searched.split(delimiter).filter((dir) => dir !== ''), ...packageFolders()];
  const paths = [...new Set(folders.map((dir) => join(dir, name)))].filter(isExecutable);
  const found = await Promise.all(paths.map(withVersion));
  const chosen = chooseTool(
    found.filter((tool) => tool !== null),
    server,
  );
  if (chosen !== undefined) return chosen.path;
  const others = found.flatMap((tool) => (tool === null ? [] : [`${tool.version} (${tool.path})`]));
  const there = others.length === 0 ? 'there is none' : `there is only ${others.join(', ')}`;
  throw new BackupError(
    `PostgreSQL ${server} needs ${name} of version ${server} or newer, and ${there} on PATH and in /usr/lib/postgresql: ` +
      `install the client tools (Debian: postgresql-client-${server}).`,
  );
}

function packageFolders(): string[] {
  return roots.flatMap(([folder, inside]) => {
    try {
      return readdirSync(folder)
        .filter((name) => inside.test(name))
        .map((name) => join(folder, name, 'bin'));
    } catch {
      return [];
    }
  });
}

/** `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; null: it does not say, as a wrapper without a server. */
async function withVersion(path: string): Promise<FoundTool | null> {
  try {
    const [, version] =
      /\(PostgreSQL\) (\d+)/.exec(await runTool({ path, args: ['--version'] })) ?? [];
    return version === undefined ? null : { path, version: Number(version) };
  } catch {
    return null;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How a tool is told of the database: the password by the environment, since anybody may read arguments. */
export function connectionOf(databaseUrl: string): { url: string; env: Record<string, string> } {
  const url = new URL(parseDatabaseUrl(databaseUrl).url);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, env: password === '' ? {} : { PGPASSWORD: password } };
}

/** The embedded PostgreSQL: its files, while it is stopped, since npm brings the server and none of its tools. */
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDataDir } from '../storage/embedded-postgres/data-dir-lock.ts';
import { prepareDataDir, unprivilegedUid } from '../storage/embedded-postgres/data-dir.ts';
import { startEmbeddedPostgres } from '../storage/embedded-postgres/embedded-postgres.ts';
import { BackupError } from './backup-error.ts';
import { runTool } from './run-tool.ts';

const CLUSTER = 'postgres';
/** Made by the first start: the administrator's key, and what the other keys in the database are signed with. */
const KEYS = ['admin.key', 'secret.key'];

/** As the service starts it; refused while the service runs. */
export async function withEmbedded<T>(
  dataDir: string,
  work: (url: string) => Promise<T>,
  durable = true,
): Promise<T> {
  const server = await startEmbeddedPostgres({ dataDir, durable, log: () => {} });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

export function hasCluster(dataDir: string): boolean {
  return existsSync(join(dataDir, CLUSTER, 'PG_VERSION'));
}

/** @param searched PATH, for tar */
export async function packCluster(file: string, dataDir: string, searched: string): Promise<void> {
  const unlock = lockDataDir(join(dataDir, 'postgres.lock'), dataDir);
  try {
    const keys = KEYS.filter((name) => existsSync(join(dataDir, name)));
    await tar(['--create', '--file', file, '--directory', dataDir, CLUSTER, ...keys], searched);
  } finally {
    unlock();
  }
}

/** Into a folder without a cluster; there as a whole or not at all. */
export async function unpackCluster(file: string, folder: string, searched: string): Promise<void> {
  const dataDir = prepareDataDir(folder, process.getuid?.() === 0 ? unprivilegedUid : undefined);
  if (hasCluster(dataDir)) {
    throw new BackupError(
      `There is a database in ${dataDir}, and a restore replaces nothing: move ${join(dataDir, CLUSTER)} away, or set DATA_DIR to another place.`,
    );
  }
  const unlock = lockDataDir(join(dataDir, 'postgres.lock'), dataDir);
  const staging = await mkdtemp(join(dataDir, 'restore-'));
  try {
    await tar(['--extract', '--file', file, '--directory', staging], searched);
    for (const name of KEYS) {
      if (existsSync(join(staging, name))) await rename(join(staging, name), join(dataDir, name));
    }
    await rename(join(staging, CLUSTER), join(dataDir, CLUSTER));
  } finally {
    await rm(staging, { recursive: true, force: true });
    unlock();
  }
}

function tar(args: string[], searched: string): Promise<string> {
  return runTool({ path: 'tar', args, env: { PATH: searched } });
}

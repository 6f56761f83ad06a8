import { resolveDataDir } from './embedded-postgres/data-dir.ts';
import { startEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';

export interface DatabaseServer {
  url: string;
  /** Where this service keeps its files, whoever's the database is. */
  dataDir: string;
  /** Started here, in `dataDir`; else the database is somebody else's. */
  embedded: boolean;
  stop(): Promise<void>;
}

/**
 * The configured server, or else an embedded one in `dataDir` (or where `resolveDataDir` says).
 * @throws {EmbeddedPostgresError}
 */
export async function openDatabaseServer(
  { url, dataDir: configured }: { url: string | undefined; dataDir: string | undefined },
  log: (line: string) => void,
): Promise<DatabaseServer> {
  const where = { configured, cwd: process.cwd(), uid: process.getuid?.() };
  const dataDir = resolveDataDir(where);
  if (url !== undefined) return { url, dataDir, embedded: false, stop: async () => {} };
  const server = await startEmbeddedPostgres({ dataDir, log });
  return { ...server, embedded: true };
}

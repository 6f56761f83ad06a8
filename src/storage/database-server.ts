import { resolveDataDir } from './embedded-postgres/data-dir.ts';
import { startEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';

export interface DatabaseServer {
  url: string;
  /** Of the embedded server; undefined when the database is somebody else's. */
  dataDir: string | undefined;
  stop(): Promise<void>;
}

/**
 * The configured server, or else an embedded one in `dataDir` (or where `resolveDataDir` says).
 * @throws {EmbeddedPostgresError}
 */
export async function openDatabaseServer(
  { url, dataDir }: { url: string | undefined; dataDir: string | undefined },
  log: (line: string) => void,
): Promise<DatabaseServer> {
  if (url !== undefined) return { url, dataDir: undefined, stop: async () => {} };
  const where = { configured: dataDir, cwd: process.cwd(), uid: process.getuid?.() };
  return startEmbeddedPostgres({ dataDir: resolveDataDir(where), log });
}

import { rm } from 'node:fs/promises';
import { startEmbeddedPostgres } from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { makeTestDir } from '#test/support/database.ts';

/** A PostgreSQL for one experiment, and the folder that it lies in; both go with `cleanup`. */
export async function ownDatabase(
  cleanup: AsyncDisposableStack,
): Promise<{ dataDir: string; url: string }> {
  const dataDir = makeTestDir();
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => {} });
  cleanup.defer(() => server.stop());
  return { dataDir, url: server.url };
}

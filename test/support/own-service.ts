import { rm } from 'node:fs/promises';
import { startEmbeddedPostgres } from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { makeTestDir } from './database.ts';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';

interface OwnDatabase {
  dataDir: string;
  url: string;
}

/**
 * A PostgreSQL for one experiment, and the folder that it lies in; both go with `cleanup`.
 *
 * @param durable what is committed survives the end of its processes, at the price of speed
 */
export async function ownDatabase(
  cleanup: AsyncDisposableStack,
  durable = false,
): Promise<OwnDatabase> {
  const dataDir = makeTestDir();
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir, durable, log: () => {} });
  cleanup.defer(() => server.stop());
  return { dataDir, url: server.url };
}

/** The service with a database of its own; both end with `cleanup`. @param env beside it, or in its place */
export async function ownService(
  cleanup: AsyncDisposableStack,
  env: Record<string, string> = {},
): Promise<ServiceProcess & { dataDir: string }> {
  const database = await ownDatabase(cleanup);
  const { dataDir } = database;
  const service = await startServiceProcess({
    APP_ENV: 'testing',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ...env,
  });
  cleanup.defer(() => service.stop());
  return { ...service, dataDir };
}

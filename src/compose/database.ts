import { randomUUID } from 'node:crypto';
import { entities } from '../features/entities.ts';
import { openDatabaseServer } from '../storage/database-server.ts';
import { createDatabase, type Database } from '../storage/postgres/database.ts';
import { startSession, type DatabaseSession } from '../storage/postgres/session.ts';
import type { Breakers } from './breakers.ts';
import type { Foundation } from './foundation.ts';

export interface OpenDatabase {
  database: Database;
  /** Of this process. */
  session: DatabaseSession;
  databaseUrl: string;
  dataDir: string;
  /** It is our own server, not one that was configured. */
  embedded: boolean;
}

export async function openDatabase(
  { config, log, cleanup }: Foundation,
  breakers: Breakers,
): Promise<OpenDatabase> {
  const server = await openDatabaseServer(config.database, (line) => {
    log.debug('The embedded database wrote a line.', { component: 'postgres', line });
  });
  cleanup.defer(() => server.stop());
  const database = await createDatabase({ url: server.url, entities, guard: breakers.database });
  cleanup.defer(() => database.close());
  const session = startSession(server.url, `process ${randomUUID()}`);
  cleanup.defer(() => session.close());
  return {
    database,
    session,
    databaseUrl: server.url,
    dataDir: server.dataDir,
    embedded: server.embedded,
  };
}

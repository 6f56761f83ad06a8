import { Client } from 'pg';
import { parseDatabaseUrl } from '../storage/postgres/database-url.ts';
import { toPostgresError } from '../storage/postgres/errors.ts';

const CONNECT_MS = 5000;
/** To read the largest table once. */
const STATEMENT_MS = 3_600_000;

/** One connection without the limits of requests, which a backup may exceed; it ends with the work. */
export async function withConnection<T>(
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    connectionString: parseDatabaseUrl(url).url,
    application_name: 'sono-eval-backup',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1000,
    keepAlive: true,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw toPostgresError(error);
  } finally {
    await client.end();
  }
}

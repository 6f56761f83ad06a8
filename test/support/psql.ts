/** `psql -U user -c statement` for the commands of the runbooks, on `DATABASE_URL`: prints a JSON row a line. */
import { parseArgs } from 'node:util';
import { Client } from 'pg';

const { values } = parseArgs({
  options: { user: { type: 'string', short: 'U' }, command: { type: 'string', short: 'c' } },
});
const client = new Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
try {
  const { rows } = await client.query<object>(values.command ?? '');
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
} finally {
  await client.end();
}

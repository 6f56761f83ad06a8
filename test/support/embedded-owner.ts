/** A process that owns an embedded server until it is told to stop on stdin, or killed. Arguments: data directory. */
import { once } from 'node:events';
import { startEmbeddedPostgres } from '#src/storage/embedded-postgres/embedded-postgres.ts';

try {
  const server = await startEmbeddedPostgres({
    dataDir: process.argv[2] ?? '',
    log: () => {},
  });
  process.stdout.write(`${server.url}\n`);
  await once(process.stdin, 'data');
  await server.stop();
  process.exit(0);
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
  process.exit(1);
}

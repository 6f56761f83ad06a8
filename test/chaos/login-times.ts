/**
 * Whether a login takes longer for an account that exists, over HTTP, 500 tries of each in turn:
 * `node --import ./telemetry/start.ts test/chaos/login-times.ts [tries]`. Needs a machine without other work.
 * Prints a line for each promise and exits with 1 when one is broken.
 */
import { entities } from '#src/features/entities.ts';
import { createDatabase } from '#src/storage/postgres/database.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { signUp, startAccessService } from '#test/features/access/access-service.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { openPromises } from './promises.ts';

const tries = Number(process.argv[2] ?? 500);
const APART_MS = 2;
const bootstrapKey = 'a-bootstrap-key-of-at-least-32-characters';

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const { url } = await ownDatabase(cleanup);
await runMigrations(url);
const database = await createDatabase({ url, entities });
cleanup.defer(() => database.close());
const service = await startAccessService(database, { bootstrapKey });
cleanup.defer(() => service.close());
await signUp(service, bootstrapKey, { username: 'known', role: 'admin' });

const times = { known: [] as number[], unknown: [] as number[] };
for (let i = 0; i < tries + 20; i += 1) {
  for (const username of ['known', 'unknown'] as const) {
    const start = performance.now();
    const { status } = await service.form({ username, password: 'a guess that is wrong' });
    const ms = performance.now() - start;
    if (status !== 401) throw new Error(`A guess was answered ${status}.`);
    // The first ones warm up the process.
    if (i >= 20) times[username].push(ms);
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const [known, unknown] = [median(times.known), median(times.unknown)];
report(
  `medians of ${tries} logins less than ${APART_MS} ms apart`,
  Math.abs(known - unknown) < APART_MS,
  `known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms`,
);
await cleanup.disposeAsync();
process.exit(broken() === 0 ? 0 : 1);

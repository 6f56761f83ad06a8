/**
 * The database is set back to the moment before a mistake, from a base backup and the archived WAL:
 * `node --import ./telemetry/start.ts test/chaos/point-in-time.ts`. Needs a PostgreSQL with its tools, which is
 * fetched where it is not installed. Prints a line for each promise and exits with 1 when one is broken.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { differencesOf, rowsOf } from '#src/backup/contents.ts';
import { contentsOf } from '#src/backup/source.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { makeTestDir } from '#test/support/database.ts';
import { query } from '#test/support/query.ts';
import { ownSystemPostgres } from '#test/support/system-postgres.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';

const ROWS = 50_000;
const { report, broken } = openPromises(58);

await using cleanup = new AsyncDisposableStack();
const dir = makeTestDir();
cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
const archive = join(dir, 'archive');
mkdirSync(archive);
chmodSync(archive, 0o777);
const server = await ownSystemPostgres(cleanup, dir, {
  wal_level: 'replica',
  archive_mode: 'on',
  archive_command: `'test ! -f ${archive}/%f && cp %p ${archive}/%f'`,
  fsync: 'on',
});

const add = (name: string, rows: number) =>
  query(
    server.url,
    `insert into candidates (id, created_at, initial_data)
     select $1 || n, now(), '{}' from generate_series(1, $2) n`,
    [name, rows],
  );

await runMigrations(server.url);
await add('before', ROWS);
const base = join(dir, 'system-postgres', 'base');
let start = performance.now();
await server.exec('pg_basebackup', [
  `--dbname=${server.url}`,
  `--pgdata=${base}`,
  '--checkpoint=fast',
  '--wal-method=fetch',
]);
const tookBackup = performance.now() - start;
await server.exec('pg_verifybackup', [base]);
report('a base backup is whole (pg_verifybackup)', true, `${tookBackup.toFixed(0)} ms`);

await add('after', 1000);
const expected = await contentsOf(server.url);
const [moment] = await query<{ at: string }>(server.url, 'select clock_timestamp()::text as at');
// A commit of the same microsecond would belong to it.
await query(server.url, 'select pg_sleep(0.01)');
await query(server.url, 'delete from candidates');
const [last] = await query<{ file: string }>(
  server.url,
  'select pg_walfile_name(pg_switch_wal()) as file',
);
start = performance.now();
await until(() => existsSync(join(archive, last?.file ?? '')));
report(
  'WAL is archived once a segment is full or switched',
  true,
  `${(performance.now() - start).toFixed(0)} ms`,
);
await server.stop();

start = performance.now();
const settings = `
archive_mode = 'off'
restore_command = 'cp ${archive}/%f %p'
recovery_target_time = '${moment?.at}'
recovery_target_action = 'promote'
`;
writeFileSync(
  join(base, 'postgresql.auto.conf'),
  readFileSync(join(base, 'postgresql.auto.conf'), 'utf8') + settings,
);
writeFileSync(join(base, 'recovery.signal'), '');
const { uid, gid } = statSync(base);
chownSync(join(base, 'recovery.signal'), uid, gid);
await server.start(base);
await until(async () => {
  const [row] = await query<{ recovering: boolean }>(
    server.url,
    'select pg_is_in_recovery() as recovering',
  );
  return row?.recovering === false;
});
const seconds = (performance.now() - start) / 1000;
const found = await contentsOf(server.url);
const wrong = differencesOf(expected, found);
report(
  'set back to the moment before the mistake, every row is there',
  wrong.length === 0 && rowsOf(found) > ROWS + 1000,
  wrong.length === 0 ? `${rowsOf(found)} rows` : wrong.join('; '),
);
await add('new', 1);
report('and it takes writes again', true, `${seconds.toFixed(1)} s after its start`);
process.exitCode = broken() > 0 ? 1 : 0;

/** That what was backed up is what is restored, and that what was erased since stays erased. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unpackCluster, withEmbedded } from '#src/backup/cluster.ts';
import type { BackupContext } from '#src/backup/context.ts';
import { createBackup } from '#src/backup/create-backup.ts';
import { restoreBackup } from '#src/backup/restore-backup.ts';
import { verifyBackup } from '#src/backup/verify-backup.ts';
import { loadConfig } from '#src/config.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { makeTestDir } from '#test/support/database.ts';
import { query as rowsOf } from '#test/support/query.ts';
import { ownSystemPostgres } from '#test/support/system-postgres.ts';

const SECRET_KEY = 'the-key-of-the-handles-0123456789abcdef';
const content = Buffer.from('print("an upload")\n');
const sha256 = createHash('sha256').update(content).digest('hex');

/** @returns the rows, each as its values in the order of the columns */
async function query(url: string, text: string, values: unknown[] = []): Promise<unknown[][]> {
  return (await rowsOf(url, text, values)).map((row) => Object.values(row));
}

/** Every row of every table with any, as PostgreSQL writes it; but for what says when backups were made. */
async function allRows(url: string): Promise<Record<string, unknown[]>> {
  const names = (await query(
    url,
    "select schemaname, tablename from pg_tables where schemaname !~ '^pg_|^information_schema$' order by 1, 2",
  )) as [string, string][];
  const found: Record<string, unknown[]> = {};
  for (const [schema, table] of names) {
    const name = `"${schema}"."${table}"`;
    found[name] = await query(url, `select whole::text from ${name} whole order by 1`);
  }
  delete found['"public"."backup_runs"'];
  return found;
}

async function fill(url: string, dataDir: string): Promise<void> {
  await runMigrations(url);
  await query(
    url,
    `insert into candidates (id, created_at, initial_data) values
    ('ada', '2026-11-01T10:00:00.123Z', '{"note": "Zeile\\nzwei € 😀", "n": 1e2}'), ('ben', now(), '{}')`,
  );
  await query(
    url,
    `insert into files (id, owner, candidate_id, kind, filename, original_filename, size, sha256, language, tags, contents, created_at, used_at)
     values ('file_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00', 'key', 'ben', 'text', 'a.py', 'a.py', 19, $1, 'python', '["python"]', null, now(), now())`,
    [sha256],
  );
  const blob = join(dataDir, 'files', sha256.slice(0, 2), sha256.slice(2));
  mkdirSync(dirname(blob), { recursive: true });
  writeFileSync(blob, content);
}

describe('a backup', () => {
  const cleanup = new AsyncDisposableStack();
  let dir = '';
  let seconds = 0;
  let searched = process.env['PATH'] ?? '';
  const said: string[] = [];
  /** Each asks a second later, so that no two backups have one name. */
  const contextOf = (env: Record<string, string>): BackupContext => ({
    config: loadConfig({
      APP_ENV: 'testing',
      SECRET_KEY,
      BACKUP_DIR: join(dir, 'backups'),
      ...env,
    }),
    searched,
    serviceVersion: '1.2.3',
    now: () => new Date(Date.UTC(2026, 11, 1, 12, 0, (seconds += 1))),
    say: (line) => void said.push(line),
  });
  const uploadIn = (folder: string) => join(folder, 'files', sha256.slice(0, 2), sha256.slice(2));
  before(() => {
    dir = makeTestDir();
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  });
  after(() => cleanup.disposeAsync());

  describe('of a server', () => {
    let server = '';
    let source: BackupContext;
    let url = '';
    let backup = '';
    let expected: Record<string, unknown[]>;
    const database = async (name: string) => {
      await query(server, `create database ${name}`);
      return server.replace(/postgres$/, name);
    };
    before(async () => {
      const own = await ownSystemPostgres(cleanup, dir);
      server = own.url;
      searched = own.searched;
      url = await database('source');
      source = contextOf({ DATABASE_URL: url, DATA_DIR: join(dir, 'data') });
      await fill(url, join(dir, 'data'));
      expected = await allRows(url);
      backup = await createBackup(source);
    });

    it('is its owner’s alone, and proven in a database of its own, which the metrics learn of', async () => {
      for (const path of [backup, join(backup, 'database.dump'), join(backup, 'manifest.json')]) {
        assert.equal(statSync(path).mode & 0o077, 0, path);
      }
      await verifyBackup(source, backup);
      assert.deepEqual(
        await query(
          url,
          'select kind, finished_at = (select max(finished_at) from backup_runs) from backup_runs order by 1',
        ),
        [
          ['backup', false],
          ['verified_restore', true],
        ],
      );
      const names = "select datname from pg_database where datname ~ '^restore_verify_'";
      assert.deepEqual(await query(url, names), []);
    });

    it('is made by the script of the CronJob as well, which the metrics learn of', async () => {
      const BACKUPS = join(dir, 'of-the-cronjob');
      mkdirSync(BACKUPS);
      const { stdout } = await promisify(execFile)('bash', ['deploy/kubernetes/base/backup.sh'], {
        env: {
          PATH: searched,
          DATABASE_URL: `${url}?max_connections=2`,
          DATA_DIR: join(dir, 'data'),
          BACKUPS,
        },
      });
      const stamp = stdout.trim();
      const files = [`${stamp}.dump`, `${stamp}.files.tar`];
      assert.deepEqual(readdirSync(BACKUPS).toSorted(), files);
      const bytes = files.reduce((sum, file) => sum + statSync(join(BACKUPS, file)).size, 0);
      const recorded = await query(
        url,
        'select kind, bytes::int from backup_runs where backup = $1 and finished_at <= now()',
        [stamp],
      );
      assert.deepEqual(recorded, [['backup', bytes]]);
      const restored = await database('restored');
      const args = ['--exit-on-error', '--no-owner', `--dbname=${restored}`];
      await promisify(execFile)('pg_restore', [...args, join(BACKUPS, files[0] ?? '')], {
        env: { PATH: searched },
      });
      assert.deepEqual(
        (await allRows(restored))['"public"."candidates"'],
        expected['"public"."candidates"'],
      );
    });

    it('is restored into an empty database, row by row, but for who was erased since', async () => {
      const handle = createHandles(SECRET_KEY).of('candidate', 'ada');
      await query(url, "delete from candidates where id = 'ada'");
      await query(
        url,
        `insert into candidate_tombstones (id, handle, erased_at, erased, reason, request_id)
         values ('0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00', $1, now(), '{"candidates":1}', 'request', 'r')`,
        [handle],
      );
      // The next backup keeps what it knows beside all of them.
      await createBackup(source);
      const target = await database('target');
      const to = contextOf({ DATABASE_URL: target, DATA_DIR: join(dir, 'elsewhere') });
      await restoreBackup(to, backup);
      assert.match(said.join('\n'), /1 tombstones replayed: 1 candidates erased again/);
      const candidates = expected['"public"."candidates"'] as string[][];
      assert.equal(candidates.length, 2);
      const rows = await allRows(target);
      assert.equal(rows['"public"."candidate_tombstones"']?.length, 1);
      assert.deepEqual(rows, {
        ...expected,
        '"public"."candidates"': candidates.filter(([row]) => !row?.startsWith('(ada,')),
        '"public"."candidate_tombstones"': rows['"public"."candidate_tombstones"'],
        // What the caches of running processes are told.
        '"public"."cache_erasures"': rows['"public"."cache_erasures"'],
      });
      assert.deepEqual(readFileSync(uploadIn(join(dir, 'elsewhere'))), content);
      await assert.rejects(restoreBackup(to, backup), /not empty, and a restore replaces nothing/);
    });

    it('that is damaged is not restored, and none is made without the uploads', async () => {
      rmSync(uploadIn(backup));
      await assert.rejects(restoreBackup(source, backup), /The upload .* is damaged or missing/);
      appendFileSync(join(backup, 'database.dump'), 'x');
      await assert.rejects(verifyBackup(source, backup), /database.dump is damaged/);
      const names = readdirSync(join(dir, 'backups'));
      rmSync(join(dir, 'data', 'files'), { recursive: true });
      await assert.rejects(createBackup(source), /set DATA_DIR to the folder of the service/);
      assert.deepEqual(readdirSync(join(dir, 'backups')), names);
    });
  });

  it('of the embedded PostgreSQL is a copy of its files, made and proven while the service is stopped', async () => {
    const data = join(dir, 'embedded');
    const source = contextOf({ DATA_DIR: data, BACKUP_DIR: join(dir, 'cold') });
    await withEmbedded(
      data,
      async (embedded) => {
        // Older than every migration: nothing of the service's own tables is needed.
        await query(
          embedded,
          'create table anything as select n, md5(n::text) from generate_series(1, 100) n',
        );
        await assert.rejects(createBackup(source), /is in use by process/);
      },
      false,
    );
    writeFileSync(join(data, 'admin.key'), 'the key');
    const backup = await createBackup(source);
    await verifyBackup(source, backup);
    assert.match(said.join('\n'), /100 rows and 0 uploads restored and compared/);
    assert.match(said.join('\n'), /has no table backup_runs yet/);
    assert.deepEqual(
      readdirSync(data).filter((name) => name.startsWith('restore')),
      [],
    );
    await assert.rejects(restoreBackup(source, backup), /replaces nothing: move .*postgres away/);
    const elsewhere = join(dir, 'unpacked');
    await unpackCluster(join(backup, 'postgres.tar'), elsewhere, source.searched);
    assert.deepEqual(readdirSync(elsewhere).toSorted(), ['admin.key', 'postgres']);
  });
});

/** That what was backed up is what is restored, and that what was erased since stays erased. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Client } from 'pg';
import { withEmbedded } from '#src/backup/cluster.ts';
import type { BackupContext } from '#src/backup/context.ts';
import { createBackup } from '#src/backup/create-backup.ts';
import { restoreBackup } from '#src/backup/restore-backup.ts';
import { verifyBackup } from '#src/backup/verify-backup.ts';
import { loadConfig } from '#src/config.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { makeTestDir } from '#test/support/database.ts';
import { ownSystemPostgres } from '#test/support/system-postgres.ts';

const SECRET_KEY = 'the-key-of-the-handles-0123456789abcdef';
const content = Buffer.from('print("an upload")\n');
const sha256 = createHash('sha256').update(content).digest('hex');

async function query(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, values, rowMode: 'array' })).rows as unknown[];
  } finally {
    await client.end();
  }
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
  const said: string[] = [];
  /** Each asks a second later, so that no two backups have one name. */
  const contextOf = (env: Record<string, string>): BackupContext => ({
    config: loadConfig({
      APP_ENV: 'testing',
      SECRET_KEY,
      BACKUP_DIR: join(dir, 'backups'),
      ...env,
    }),
    searched: process.env['PATH'] ?? '',
    serviceVersion: '1.2.3',
    now: () => new Date(Date.UTC(2026, 11, 1, 12, 0, (seconds += 1))),
    say: (line) => void said.push(line),
  });
  const uploadIn = (data: string) =>
    readFileSync(join(data, 'files', sha256.slice(0, 2), sha256.slice(2)));
  beforeEach(() => {
    dir = makeTestDir();
    said.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  after(() => cleanup.disposeAsync());

  describe('of a server', () => {
    let server = '';
    let home = '';
    before(async () => {
      home = makeTestDir();
      cleanup.defer(() => rmSync(home, { recursive: true, force: true }));
      server = (await ownSystemPostgres(cleanup, home)).url;
      await fill(await database(), home);
    });
    let made = 0;
    const database = async (template = 'template0') => {
      made += 1;
      await query(server, `create database backup_${made} template ${template}`);
      return server.replace(/postgres$/, `backup_${made}`);
    };
    const filled = async () => {
      const data = join(dir, 'data');
      mkdirSync(data);
      cpSync(join(home, 'files'), join(data, 'files'), { recursive: true });
      return contextOf({ DATABASE_URL: await database('backup_1'), DATA_DIR: data });
    };

    it('is restored into an empty database, row by row, and forgets who was erased since', async () => {
      const source = await filled();
      const from = source.config.database.url ?? '';
      const expected = await allRows(from);
      const backup = await createBackup(source);
      assert.equal(statSync(backup).mode & 0o077, 0);
      const to = contextOf({ DATABASE_URL: await database(), DATA_DIR: join(dir, 'elsewhere') });
      const target = to.config.database.url ?? '';
      await restoreBackup(to, backup);
      assert.deepEqual(await allRows(target), expected);
      assert.ok((expected['"public"."candidates"']?.length ?? 0) === 2);
      assert.deepEqual(uploadIn(join(dir, 'elsewhere')), content);

      // It restores into nothing else; then Ada is erased, and what the next backup says of her reaches the first one.
      await assert.rejects(restoreBackup(to, backup), /not empty, and a restore replaces nothing/);
      const handle = createHandles(SECRET_KEY).of('candidate', 'ada');
      await query(from, "delete from candidates where id = 'ada'");
      await query(
        from,
        `insert into candidate_tombstones (id, handle, erased_at, erased, reason, request_id)
         values ('0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00', $1, now(), '{"candidates":1}', 'request', 'r')`,
        [handle],
      );
      await createBackup(source);
      const third = contextOf({ DATABASE_URL: await database(), DATA_DIR: join(dir, 'third') });
      await restoreBackup(third, backup);
      const left = await query(third.config.database.url ?? '', 'select id from candidates');
      assert.deepEqual(left, [['ben']]);
      assert.match(said.join('\n'), /1 tombstones replayed: 1 candidates erased again/);
    });

    it('is proven in a database of its own, which the metrics learn of', async () => {
      const source = await filled();
      const url = source.config.database.url ?? '';
      const backup = await createBackup(source);
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
      const scratch = await query(
        url,
        "select datname from pg_database where datname ~ '^restore_verify_'",
      );
      assert.deepEqual(scratch, []);

      // An upload that is gone, and a dump that was cut: neither is proven.
      rmSync(join(backup, 'files', sha256.slice(0, 2), sha256.slice(2)));
      await assert.rejects(restoreBackup(source, backup), /The upload .* is damaged or missing/);
      appendFileSync(join(backup, 'database.dump'), 'x');
      await assert.rejects(verifyBackup(source, backup), /database.dump is damaged/);
      rmSync(join(dir, 'data', 'files'), { recursive: true });
      await assert.rejects(createBackup(source), /set DATA_DIR to the folder of the service/);
      assert.deepEqual(readdirSync(join(dir, 'backups')), [basename(backup), 'tombstones.jsonl']);
    });
  });

  it('of the embedded PostgreSQL is a copy of its files, made and proven while the service is stopped', async () => {
    const data = join(dir, 'data');
    const source = contextOf({ DATA_DIR: data });
    await withEmbedded(
      data,
      async (url) => {
        await fill(url, data);
        await assert.rejects(createBackup(source), /is in use by process/);
      },
      false,
    );
    const backup = await createBackup(source);
    await verifyBackup(source, backup);
    assert.deepEqual(
      readdirSync(data).filter((name) => name.startsWith('restore')),
      [],
    );
    await assert.rejects(
      restoreBackup(source, backup),
      /a restore replaces nothing: move .*postgres away/,
    );
    const elsewhere = join(dir, 'elsewhere');
    await restoreBackup(contextOf({ DATA_DIR: elsewhere }), backup);
    assert.deepEqual(uploadIn(elsewhere), content);
  });
});

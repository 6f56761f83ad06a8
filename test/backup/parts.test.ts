import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { backupsIn, newestIn, removeOld, writeBackup } from '#src/backup/backup-folder.ts';
import { differencesOf, type DatabaseContents } from '#src/backup/contents.ts';
import { chooseTool, connectionOf } from '#src/backup/postgres-tools.ts';

describe('the folder of backups', () => {
  let dir = '';
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'sono-backups-')), 'made');
  });
  afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));
  const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second));
  const write = (second: number) =>
    writeBackup(dir, at(second), async (folder) => writeFileSync(join(folder, 'file'), 'x'));

  it('has each backup as a whole or not at all', async () => {
    assert.deepEqual(await backupsIn(dir), []);
    await assert.rejects(newestIn(dir), /There is no backup in .*: make one by npm run backup/);
    const failing = writeBackup(dir, at(1), async (folder) => {
      writeFileSync(join(folder, 'half'), '');
      throw new Error('The disk is full.');
    });
    await assert.rejects(failing, /The disk is full/);
    assert.deepEqual(readdirSync(dir), []);
    assert.equal(await write(1), '2026-01-02T03-04-01Z');
    await assert.rejects(write(1), /Another backup of this second/);
    assert.deepEqual(readdirSync(join(dir, '2026-01-02T03-04-01Z')), ['file']);
  });

  it('keeps the newest, and nothing of a run that was killed', async () => {
    for (const second of [1, 2, 3]) await write(second);
    mkdirSync(join(dir, 'partial-2026-01-02T03-04-02Z'));
    // Of a run that goes on.
    mkdirSync(join(dir, 'partial-2026-01-02T03-04-09Z'));
    assert.deepEqual(await removeOld(dir, 2), ['2026-01-02T03-04-01Z']);
    assert.equal(await newestIn(dir), join(dir, '2026-01-02T03-04-03Z'));
    assert.deepEqual(await removeOld(dir, 5), []);
    assert.deepEqual(readdirSync(dir), [
      '2026-01-02T03-04-02Z',
      '2026-01-02T03-04-03Z',
      'partial-2026-01-02T03-04-09Z',
    ]);
  });
});

describe('two databases', () => {
  const contents = (digest: string, rows = 1, schema_sha256 = 's'): DatabaseContents => ({
    schema_sha256,
    tables: [{ table: 'public.candidates', rows, digest }],
  });

  it('differ by rows, tables and structure, each of which is told', () => {
    const none = { schema_sha256: 's', tables: [] };
    assert.deepEqual(differencesOf(contents('1'), contents('1')), []);
    assert.deepEqual(differencesOf(contents('1'), contents('2')), [
      'public.candidates has other rows',
    ]);
    assert.deepEqual(differencesOf(contents('1', 1), contents('1', 2)), [
      'public.candidates has 2 rows instead of 1',
    ]);
    assert.deepEqual(differencesOf(contents('1'), none), ['public.candidates is missing']);
    assert.deepEqual(differencesOf(none, contents('1')), ['public.candidates is there as well']);
    assert.deepEqual(differencesOf(contents('1'), contents('1', 1, 'other')), [
      'columns, constraints or indexes are others',
    ]);
  });
});

describe('the tools of PostgreSQL', () => {
  it('are those nearest to the server, and never older', () => {
    const versions = fc.array(fc.integer({ min: 9, max: 20 }), { maxLength: 5 });
    fc.assert(
      fc.property(versions, fc.integer({ min: 9, max: 20 }), (found, server) => {
        const tools = found.map((version) => ({ path: `/${version}`, version }));
        const fit = found.filter((version) => version >= server);
        const chosen = chooseTool(tools, server)?.version;
        assert.equal(chosen, fit.length === 0 ? undefined : Math.min(...fit));
      }),
    );
  });

  it('are given the password by the environment alone', () => {
    const { url, env } = connectionOf(
      'postgresql://ada:fake%40pw@db.example.com:5433/sono?sslmode=require&max_connections=20',
    );
    assert.equal(url, 'postgresql://ada@db.example.com:5433/sono?sslmode=require');
    assert.deepEqual(env, { PGPASSWORD: 'fake@pw' });
    assert.deepEqual(connectionOf('postgresql://ada@localhost/sono').env, {});
  });
});

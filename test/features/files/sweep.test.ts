/** What is nobody's is removed: after a crash, after the last row, and after its time. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entities } from '#src/features/entities.ts';
import { createBlobs } from '#src/features/files/blobs.ts';
import { deleteFile, insertFiles } from '#src/features/files/file-store.ts';
import { createFileSweep } from '#src/features/files/sweep.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

const HOUR_MS = 3_600_000;

describe('the sweep of uploaded files', () => {
  const server = testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'sono-sweep-'));
  const blobs = createBlobs(folder);
  let database: Database;
  before(async () => {
    await runMigrations(server.url);
    database = await createDatabase({ url: server.url, entities });
  });
  after(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const kept = async (text: string) => {
    const writing = await blobs.begin();
    await writing.append(Buffer.from(text));
    const incoming = await writing.finish();
    await blobs.keep(incoming);
    return incoming;
  };
  const stored = async (text: string, createdAt: Date) => {
    const { sha256, size } = await kept(text);
    const row = { owner: 'everyone', candidateId: null, kind: 'text', language: null } as const;
    const names = { filename: 'a.py', originalFilename: 'a.py', tags: [], contents: null };
    const id = `file_${sha256.slice(0, 36)}`;
    await inTransaction(database.em(), (tx) =>
      insertFiles(tx, [{ id, ...row, ...names, size, sha256, createdAt }]),
    );
    return { path: blobs.pathOf(sha256), sha256, id };
  };

  /** A sweep that has begun; `runs` tells how many of its runs are over. */
  const begun = () => {
    let runs = 0;
    const sweep = createFileSweep({
      em: () => database.em(),
      blobs,
      retentionDays: 30,
      clock: {
        now: () => new Date(),
        after() {
          runs += 1;
          return () => undefined;
        },
      },
      log: { info: () => undefined, warn: assert.fail } as never,
    });
    sweep.start();
    return { sweep, runs: () => runs };
  };

  it('removes what has no row, what was never finished, and what nobody has used for so long', async () => {
    const now = new Date(Date.now() + 2 * HOUR_MS);
    const orphan = blobs.pathOf((await kept('nobody has a row of this')).sha256);
    await blobs.begin();
    const { path: expired } = await stored('expired', new Date(now.getTime() - 31 * 24 * HOUR_MS));
    const { path: used } = await stored('in use', new Date(now.getTime() - 29 * 24 * HOUR_MS));
    const sweep = createFileSweep({
      em: () => database.em(),
      blobs,
      retentionDays: 30,
      clock: { now: () => now, after: () => () => undefined },
      log: { info: () => undefined, warn: assert.fail } as never,
    });
    sweep.start();
    await until(() => sweep.stored() === Buffer.byteLength('in use'));
    await sweep.close();
    assert.deepEqual([orphan, expired, used].map(existsSync), [false, false, true]);
    assert.deepEqual(readdirSync(join(folder, 'incoming')), []);
  });

  it('leaves what is young: its row may be on its way', async () => {
    const { sha256 } = await kept('its row is on its way');
    const { sweep, runs } = begun();
    await until(() => runs() === 1);
    assert.ok(existsSync(blobs.pathOf(sha256)));
    const counted = sweep.stored();
    await stored('how much there is, is counted once an hour', new Date());
    // Somebody says that it has none.
    sweep.suspect([sha256]);
    sweep.soon();
    await until(() => runs() === 2);
    assert.ok(!existsSync(blobs.pathOf(sha256)));
    assert.equal(sweep.stored(), counted);
    await sweep.close();
  });

  it('waits for whoever is removing a file whose content is to be removed already', async () => {
    const { path, sha256, id } = await stored('one more file had this', new Date());
    await database.em().execute('insert into file_removals (sha256) values (?)', [sha256]);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const { promise: deleted, resolve: onDeleted } = Promise.withResolvers<undefined>();
    const removal = inTransaction(database.em(), async (tx) => {
      await deleteFile(tx, id, { role: 'admin', id: 'everyone' });
      onDeleted(undefined);
      await released;
    });
    await deleted;
    const { sweep, runs } = begun();
    const isWaiting = async () => {
      const [row] = await database.em().execute<{ waiting: boolean }[]>(
        `select exists (select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock') as waiting`,
      );
      return row?.waiting === true;
    };
    await until(async () => runs() === 1 || (await isWaiting()));
    release(undefined);
    await removal;
    await until(() => runs() === 1);
    sweep.soon();
    await until(() => runs() === 2);
    assert.ok(!existsSync(path));
    await sweep.close();
  });
});

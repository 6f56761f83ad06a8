import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { PathName } from '#src/engine/contract.ts';
import { sharesOf, sharesText } from '#src/features/assessments/comparable.ts';
import { createDatabase } from '#src/storage/postgres/database.ts';
import {
  migrationStatus,
  pendingMigrations,
  revertMigrations,
  runMigrations,
} from '#src/storage/postgres/migrations.ts';
import { publishedRubric } from '#test/support/engine.ts';
import { testDatabase } from '#test/support/database.ts';

const files = readdirSync(new URL('../../../src/storage/migrations', import.meta.url))
  .map((file) => basename(file, '.ts'))
  .sort();

describe('migrations', () => {
  const database = testDatabase({ migrated: false });
  afterEach(() => revertMigrations(database.url, 'all'));

  const names = async () =>
    database.db
      .em()
      .execute<{ name: string }[]>('select name from mikro_orm_migrations order by id');

  it('lists every file in the order of its timestamp', async () => {
    const status = await migrationStatus(database.url);
    assert.deepEqual(
      status.map(({ name }) => name),
      files,
    );
    for (const file of files) assert.match(file, /^\d{14}-[a-z0-9-]+$/);
  });

  it('are pending, then applied, and reading changes nothing', async () => {
    assert.deepEqual(await pendingMigrations(database.db), files);
    assert.deepEqual(await pendingMigrations(database.db), files);
    assert.deepEqual(await runMigrations(database.url), files);
    assert.deepEqual(await pendingMigrations(database.db), []);
    assert.deepEqual(await runMigrations(database.url), []);
  });

  it('end in exactly the schema that the entities describe', async () => {
    await runMigrations(database.url);
    const { up } = await database.db.orm.schema.getUpdateSchemaMigrationSQL({ wrap: false });
    assert.equal(up.replace(/set names 'utf8';/, '').trim(), '');
  });

  it('go down to nothing and up again to the same', async () => {
    await runMigrations(database.url);
    assert.deepEqual(await revertMigrations(database.url, 'all'), files.toReversed());
    const tables = await database.db
      .em()
      .execute(`select tablename from pg_tables where schemaname = 'public'`);
    assert.deepEqual(tables, [{ tablename: 'mikro_orm_migrations' }]);
    assert.deepEqual(await runMigrations(database.url), files);
    assert.deepEqual(await revertMigrations(database.url, 'last'), files.slice(-1));
  });

  it('read by what submissions were scored before they had columns for it, as it is written now', async () => {
    await runMigrations(database.url);
    let reverted: string | undefined;
    do [reverted] = await revertMigrations(database.url, 'last');
    while (reverted !== '20261201094000-compare-like-with-like');
    const em = database.db.em();
    await em.execute(`insert into candidates values ('c', '{}', now())`);
    const paths: PathName[] = ['technical', 'design', 'communication'];
    const inputs = [
      { paths_to_evaluate: paths, options: {} },
      { paths_to_evaluate: paths, options: { weights: { technical: 2, design: 0.5 } } },
      { paths_to_evaluate: paths, options: { weights: { technical: 5, design: 0 } } },
      { paths_to_evaluate: paths.slice(0, 1), options: { weights: { technical: 0 } } },
    ];
    const add = (id: string, input: object, result: object) =>
      em.execute(
        `insert into assessments (id, candidate_id, submission_type, input_sha256, created_at, input, result)
         values (?, 'c', 'code', 'x', now(), ?::json, ?::json)`,
        [id, JSON.stringify(input), JSON.stringify(result)],
      );
    for (const [index, input] of inputs.entries()) {
      const again = index === 1 ? { reassessment_of: 'assess_0' } : {};
      const result = { engine_version: '2.1.0', rubric_version: '2026-12', ...again };
      await add(`assess_${index}`, input, result);
    }
    await add('assess_x', {}, {});
    await runMigrations(database.url);
    const rows = await em.execute('select ruler, weights, origin from assessments order by id');
    assert.deepEqual(rows, [
      ...inputs.map((input, index) => ({
        ruler: '2 2026-12',
        weights: sharesText(sharesOf(input, publishedRubric().data.paths)),
        origin: index === 1 ? 'assess_0' : null,
      })),
      { ruler: null, weights: null, origin: null },
    ]);
  });

  it('read the challenges of what was submitted before they had a column', async () => {
    await runMigrations(database.url);
    let reverted: string | undefined;
    do [reverted] = await revertMigrations(database.url, 'last');
    while (reverted !== '20261130120000-create-cohorts');
    const em = database.db.em();
    await em.execute(`insert into candidates values ('c', '{}', now())`);
    for (const [id, options] of [
      ['a', '{"challenge":"sorting"}'],
      ['b', '{}'],
      ['c', '{"challenge":""}'],
    ]) {
      await em.execute(
        `insert into assessments (id, candidate_id, submission_type, input_sha256, created_at, input, result)
         values (?, 'c', 'code', 'x', now(), ?::json, '{}')`,
        [id, `{"options":${options}}`],
      );
    }
    await em.execute(`insert into assessment_path_scores values ('a', 'design', 1, 1)`);
    await runMigrations(database.url);
    assert.deepEqual(await em.execute('select id, challenge from assessments order by id'), [
      { id: 'a', challenge: 'sorting' },
      { id: 'b', challenge: null },
      { id: 'c', challenge: null },
    ]);
    assert.deepEqual(await em.execute('select challenge from assessment_path_scores'), [
      { challenge: 'sorting' },
    ]);
  });

  it('make a candidate of everybody of whom something was stored, and keep who was there', async () => {
    await runMigrations(database.url);
    let reverted: string | undefined;
    do [reverted] = await revertMigrations(database.url, 'last');
    while (reverted !== '20261205090000-name-persons');
    const em = database.db.em();
    await em.execute(`insert into candidates values ('known', '{"kept":true}', '2026-01-03Z')`);
    const key = (id: string, candidate: string, at: string) =>
      em.execute(
        `insert into api_keys (id, secret_hmac, last_four, name, role, candidate_id, created_by, created_at)
         values (?, '', '', 'x', 'candidate', ?, 'user_1', ?)`,
        [id, candidate, at],
      );
    await key('aaaaaaaaaaaa', 'known', '2026-01-01Z');
    await key('bbbbbbbbbbbb', 'unknown', '2026-01-02Z');
    await key('cccccccccccc', 'unknown', '2026-01-01Z');
    await runMigrations(database.url);
    const persons = await em.execute(
      `select id, initial_data::text as data, created_at::date::text as since from candidates order by id`,
    );
    assert.deepEqual(persons, [
      { id: 'known', data: '{"kept":true}', since: '2026-01-03' },
      { id: 'unknown', data: '{}', since: '2026-01-01' },
    ]);
  });

  it('are each applied once when replicas start together, with one connection each', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const url = `${database.url}?max_connections=1`;
      const results = await Promise.all([1, 2, 3].map(() => runMigrations(url)));
      assert.deepEqual(
        results.sort((a, b) => b.length - a.length),
        [files, [], []],
      );
      assert.deepEqual(
        await names(),
        files.map((name) => ({ name })),
      );
      // The tracking table as well: creating it is part of the race.
      await revertMigrations(database.url, 'all');
      await database.db.em().execute('drop table mikro_orm_migrations');
    }
  });

  it('of a newer version do not count as pending in an older one', async () => {
    await runMigrations(database.url);
    await database.db
      .em()
      .execute(`insert into mikro_orm_migrations (name) values ('29990101000000-from-the-future')`);
    assert.deepEqual(await pendingMigrations(database.db), []);
    assert.deepEqual(await runMigrations(database.url), []);
    await database.db.em().execute(`delete from mikro_orm_migrations where name like '2999%'`);
  });

  it('give the lock back and leave no connection behind', async () => {
    await runMigrations(database.url);
    const other = await createDatabase({ url: database.url, entities: [], maxConnections: 1 });
    const [row] = await other.em().execute<{ locks: number; sessions: number }[]>(
      `select (select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
               where locktype = 'advisory' and datname = current_database()) as locks,
              (select count(*)::int from pg_stat_activity
               where application_name = 'sono-eval-migrations' and datname = current_database()) as sessions`,
    );
    await other.close();
    assert.deepEqual(row, { locks: 0, sessions: 0 });
  });
});

/** That a person who is erased is gone, that a receipt says so, and that no backup brings them back. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { personalData } from '#src/compose/personal-data.ts';
import { entities } from '#src/features/entities.ts';
import { createEraseCandidate } from '#src/features/candidates/erase-candidate.ts';
import { readTombstones } from '#src/features/candidates/tombstone-file.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { eraseElsewhere } from '#src/resilience/cache/erasures.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const SECRET_KEY = 'the-key-of-the-handles-0123456789abcdef';
const NEXT_KEY = 'the-key-that-comes-after-it-0123456789';
const handleOf = (id: string, key = SECRET_KEY) => createHandles(key).of('candidate', id);
const content = { code: 'def add(a, b):\n    return a + b\n' };
const representation = { Prefer: 'return=representation' };

/** Tables that may name a person, and belong to nobody who erases or exports them. */
const exempt: Record<string, string> = {
  candidates: 'The person itself: erased last, and exported first.',
  cache_erasures: 'Says that a person is to be forgotten, until the cache has done so.',
};

describe('personal data', () => {
  const service = testService({ SECRET_KEY });
  let database: Database;
  before(async () => {
    database = await createDatabase({ url: service.databaseUrl, entities });
  });
  after(() => database.close());
  const sql = <T extends object>(query: string, parameters: unknown[] = []) =>
    database.em().execute<T[]>(query, parameters);

  const create = async (id: string, assessments = 1) => {
    await service.post('/api/v1/candidates', { candidate_id: id, initial_data: { note: id } });
    for (let n = 0; n < assessments; n += 1) {
      const key = { 'Idempotency-Key': `${id} ${n}` };
      const answer = await service.post('/api/v1/assessments', { candidate_id: id, content }, key);
      assert.equal(answer.status, 201);
    }
  };
  const erase = (id: string, headers: Record<string, string> = {}) =>
    service.send(`/api/v1/candidates/${id}`, { method: 'DELETE', headers });
  const exists = async (id: string) =>
    (await service.get(`/api/v1/candidates/${id}`)).status === 200;
  const metric = async (name: string) => {
    const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    return Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  };

  describe('tables', () => {
    it('with a person in them are read out and erased by somebody', async () => {
      // Those that name a candidate, and those whose rows belong to such rows.
      const rows = await sql<{ name: string }>(
        `with recursive of_persons as (
           select table_name::text as name from information_schema.columns
           where table_schema = 'public' and (column_name like '%candidate%' or table_name = 'candidates')
           union
           select c.conrelid::regclass::text from pg_constraint c
           join of_persons p on c.confrelid = p.name::regclass and c.contype = 'f')
         select name from of_persons order by name`,
      );
      const found = rows.map(({ name }) => name).filter((name) => !(name in exempt));
      assert.ok(found.includes('assessment_path_scores') && found.includes('idempotency_keys'));
      assert.deepEqual(found, personalData.flatMap(({ tables }) => tables).toSorted());
    });

    it('name no person once they are erased', async () => {
      const id = 'canary_of_tables';
      await create(id);
      const tables = await sql<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public'`,
      );
      const naming = async () => {
        const found: string[] = [];
        for (const { name } of tables) {
          const [row] = await sql<{ n: number }>(
            `select count(*)::int as n from "${name}" t where t::text like ?`,
            [`%${id}%`],
          );
          if (row?.n !== 0) found.push(name);
        }
        return found.toSorted();
      };
      assert.deepEqual(await naming(), ['assessments', 'candidates', 'idempotency_keys']);
      assert.equal((await erase(id)).status, 204);
      assert.deepEqual(await naming(), []);
    });

    const file = async () => {
      const form = new FormData();
      form.append('file', new Blob([content.code]), 'add.py');
      const { json } = await service.send('/api/v1/files/upload', { method: 'POST', body: form });
      return String(json.file_id);
    };
    const password = 'correct horse battery staple';
    const account = { username: 'grace', password, role: 'candidate' };
    const stored: Record<string, (candidate_id: string) => Promise<Answer>> = {
      users: (candidate_id) => service.post('/api/v1/users', { ...account, candidate_id }),
      api_keys: (candidate_id) =>
        service.post('/api/v1/api-keys', { name: 'one', role: 'candidate', candidate_id }),
      assessment_jobs: (candidate_id) =>
        service.post('/api/v1/assessments/batch', { items: [{ candidate_id, content: 7 }] }),
      // Refused, for a path that is there twice; by then it is known whom the file is about.
      files: async (candidate_id) => {
        const twice = [{ path: 'add.py', content: content.code }];
        const submission = { files: twice, file_ids: [await file()] };
        return service.post('/api/v1/assessments', { candidate_id, content: submission });
      },
    };
    for (const [kind, store] of Object.entries(stored)) {
      it(`are read out and erased also where nothing but them has a person: ${kind}`, async () => {
        const id = `nothing_but_${kind}`;
        await store(id);
        const exported = await service.get(`/api/v1/candidates/${id}/export`);
        assert.equal(exported.status, 200);
        assert.equal(exported.json[kind].length, 1);
        const erased = await erase(id, representation);
        assert.equal(erased.json.erased[kind], 1);
        assert.equal((await erase(id)).status, 404);
      });
    }

    it('have the person of an account that is given to another one', async () => {
      const { json } = await service.post('/api/v1/users', {
        ...account,
        candidate_id: 'nobody_before',
      });
      const changed = await service.send(`/api/v1/users/${json.user_id}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ candidate_id: 'nobody_yet' }),
      });
      assert.equal(changed.status, 200, changed.text);
      assert.equal((await erase('nobody_yet', representation)).json.erased.users, 1);
      assert.equal((await erase('nobody_before')).status, 204);
    });
  });

  describe('the receipt of an erasure', () => {
    it('counts what was removed, for who prefers it, and is kept without the person', async () => {
      await create('ada', 2);
      const before = await metric('candidates_erased_total{reason="request"}');
      const headers = { ...representation, 'X-Request-ID': 'erase-ada' };
      const { status, headers: answered, json } = await erase('ada', headers);
      assert.equal(status, 200);
      assert.equal(answered.get('preference-applied'), 'return=representation');
      assert.equal(answered.get('cache-control'), 'no-store');
      const { receipt_id: id, erased_at: at, ...receipt } = json;
      assert.deepEqual(receipt, {
        candidate: handleOf('ada'),
        erased: {
          candidates: 1,
          assessments: 2,
          files: 0,
          idempotency_keys: 2,
          assessment_appeals: 0,
          assessment_jobs: 0,
          memory_nodes: 0,
          webhook_deliveries: 0,
          webhooks: 0,
          api_keys: 0,
          users: 0,
        },
      });
      const [row] = await sql<Record<string, unknown>>(
        'select *, erased_at::text from candidate_tombstones where id = ?',
        [id],
      );
      assert.deepEqual(
        { ...row, erased_at: new Date(String(row?.['erased_at'])).toISOString() },
        {
          id,
          handle: handleOf('ada'),
          erased_at: at,
          erased: receipt.erased,
          reason: 'request',
          request_id: 'erase-ada',
        },
      );
      assert.equal(await metric('candidates_erased_total{reason="request"}'), before + 1);
      const lines = service.log
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['event.name'] === 'candidate.erased' && line['receipt_id'] === id);
      assert.equal(lines.length, 1);
      assert.equal(lines[0]?.['candidate.handle'], handleOf('ada'));
      assert.equal(lines[0]?.['reason'], 'request');
      assert.deepEqual(lines[0]?.['erased'], receipt.erased);
    });

    it('is the former one when only its cached copies were left, and there is none of an erasure that its audit refuses', async () => {
      const deps = {
        personalData,
        handles: createHandles(SECRET_KEY),
        now: () => new Date(),
        newId: () => '01a22519-b16e-72ea-8469-000000000000',
        log: { info: () => assert.fail('Nothing was erased.') } as never,
      };
      const by = { caller: { id: 'user_1' }, requestId: 'x', trace: { traceId: '' } };
      const again = createEraseCandidate({
        ...deps,
        erasures: { erase: () => Promise.resolve() },
        audit: () => Promise.resolve(),
      });
      const former = await again(database.em(), 'ada', { reason: 'request', by });
      assert.equal(former?.candidate, handleOf('ada'));
      assert.deepEqual(Object.keys(former), ['receipt_id', 'candidate', 'erased_at', 'erased']);
      assert.equal(await again(database.em(), 'never', { reason: 'request', by }), undefined);

      await create('audited');
      const seen: unknown[] = [];
      const audited = createEraseCandidate({
        ...deps,
        erasures: eraseElsewhere(deps.now),
        async audit(_, who, receipt) {
          seen.push(who, receipt.erased);
          throw new Error('The audit log is full.');
        },
      });
      const erased = {
        candidates: 1,
        assessments: 1,
        files: 0,
        idempotency_keys: 1,
        assessment_appeals: 0,
        assessment_jobs: 0,
        memory_nodes: 0,
        webhook_deliveries: 0,
        webhooks: 0,
        api_keys: 0,
        users: 0,
      };
      await assert.rejects(audited(database.em(), 'audited', { reason: 'request', by }), /full/);
      assert.deepEqual(seen, [by, erased]);
      assert.ok(await exists('audited'));
      const [row] = await sql<{ n: number }>(
        'select count(*)::int as n from candidate_tombstones where handle = ?',
        [handleOf('audited')],
      );
      assert.equal(row?.n, 0);
    });

    it('is answered to nobody else, and none is made of what was not there', async () => {
      for (const prefer of [
        'return=minimal',
        'respond-async',
        'return=minimal, return=representation',
        'x="return=representation',
        'returns=representation',
      ]) {
        await create('plain', 0);
        const { status, headers, text: body } = await erase('plain', { Prefer: prefer });
        assert.deepEqual([status, headers.get('preference-applied'), body], [204, null, '']);
      }
      for (const prefer of [
        'respond-async, Return = "representation"; x=1',
        'return=representation',
      ]) {
        await create('plain', 0);
        assert.equal((await erase('plain', { Prefer: prefer })).status, 200);
      }
      const count = () => sql<{ n: number }>('select count(*)::int as n from candidate_tombstones');
      const before = await count();
      assert.equal((await erase('plain', representation)).status, 404);
      await create('kept', 0);
      const empty = await erase('kept', { ...representation, 'If-Match': '' });
      assert.equal(empty.status, 412);
      const refused = await erase('kept', { ...representation, 'If-Match': '"another"' });
      assert.equal(refused.status, 412);
      assert.deepEqual(await count(), before);
      assert.ok(await exists('kept'));
    });
  });

  describe('npm run tombstones', () => {
    const script = fileURLToPath(new URL('../../../src/tombstones.ts', import.meta.url));
    async function run(args: string[], options: { input?: string; env?: object } = {}) {
      const child = spawn(process.execPath, [script, ...args], {
        env: { DATABASE_URL: service.databaseUrl, SECRET_KEY, ...options.env },
      });
      child.stdin.on('error', () => {});
      child.stdin.end(options.input ?? '');
      const [out, err, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number]>,
      ]);
      return { out, err, code };
    }
    const counted = (out: string) =>
      Object.fromEntries(
        out
          .trim()
          .split('\n')
          .map((line) => [line.split(': ')[0], Number(line.split(': ')[1])]),
      ) as Record<string, number>;

    const tables = ['candidates', 'assessments', 'assessment_path_scores', 'idempotency_keys'];
    /** As JSON, which PostgreSQL reads back into rows. */
    const dump = async (ids: string[]) => {
      const dumped: Record<string, string> = {};
      for (const table of tables) {
        const column = { candidates: 'id', assessment_path_scores: 'assessment_id' }[table];
        const of = ids.map((id) => `'${id}'`).join(', ');
        const where =
          table === 'assessment_path_scores'
            ? `assessment_id in (select id from assessments where candidate_id in (${of}))`
            : `${column ?? 'candidate_id'} in (${of})`;
        const [row] = await sql<{ rows: string }>(
          `select coalesce(json_agg(t order by t::text), '[]')::text as rows from ${table} t where ${where}`,
        );
        dumped[table] = row?.rows ?? '[]';
      }
      return dumped;
    };
    const restore = async (dumped: Record<string, string>) => {
      for (const table of tables) {
        await sql(
          `insert into ${table} select * from json_populate_recordset(null::${table}, ?::json)
           on conflict do nothing`,
          [dumped[table]],
        );
      }
    };

    it('erases again whom a restored backup brought back, under the former key, too, and nobody else', async () => {
      const ids = ['gone', 'gone_too', 'returned', 'stays'];
      for (const id of ids) await create(id);
      const backup = await dump(ids);
      const receipts: Record<string, unknown>[] = [];
      for (const id of ['gone', 'gone_too', 'returned']) {
        receipts.push((await erase(id, representation)).json);
      }
      const exported = await run(['export']);
      assert.equal(exported.code, 0, exported.err);
      for (const id of ids) assert.ok(!exported.out.includes(`"${id}"`));

      // The backup knows of no erasure. One person comes back by themselves before it is replayed.
      await sql('delete from candidate_tombstones');
      await create('returned', 0);
      const { candidates, ...others } = backup;
      const people = JSON.parse(String(candidates)) as { id: string }[];
      const back = people.filter(({ id }) => id !== 'returned');
      await restore({ ...others, candidates: JSON.stringify(back) });
      const returned = await dump(['returned']);
      assert.ok(await exists('gone'));
      // Served from a cache when it is replayed.
      assert.equal((await service.get('/api/v1/candidates/gone/stats')).json.total, 1);

      // npm says what it runs; the key was changed meanwhile.
      const input = `\n> sono-eval@0.1.1 tombstones\n> node\n\n${exported.out}`;
      const env = { SECRET_KEY: NEXT_KEY, SECRET_KEY_PREVIOUS: SECRET_KEY };
      const replayed = await run(['replay'], { input, env });
      assert.equal(replayed.code, 0, replayed.err);
      const counts = counted(replayed.out);
      assert.equal(counts['tombstones new'], counts['tombstones read']);
      assert.equal(counts['candidates erased'], 2);
      assert.equal(counts['assessments erased'], 2);
      assert.equal(counts['idempotency_keys erased'], 2);
      for (const id of ['gone', 'gone_too']) assert.ok(!(await exists(id)), id);
      for (const id of ['returned', 'stays']) assert.ok(await exists(id), id);
      assert.deepEqual(await dump(['returned']), returned);
      // The process that serves has ended its copy.
      await until(async () => (await service.get('/api/v1/candidates/gone/stats')).status === 404);

      // The receipts are those of before, and once more changes nothing.
      const rows = await sql<{ id: string; handle: string }>(
        `select id, handle from candidate_tombstones where id in (?, ?, ?) order by id`,
        receipts.map((one) => one['receipt_id']),
      );
      assert.deepEqual(
        rows,
        receipts.map((one) => ({ id: one['receipt_id'], handle: one['candidate'] })),
      );
      const again = counted((await run(['replay'], { input, env })).out);
      assert.deepEqual([again['candidates erased'], again['tombstones new']], [0, 0]);

      // Without a file, by what the database itself names.
      await restore(backup);
      const own = await run(['replay'], { env });
      assert.equal(counted(own.out)['tombstones read'], 0);
      assert.equal(counted(own.out)['candidates erased'], 2);
      assert.ok(!(await exists('gone')));
      assert.ok(await exists('stays'));
    });

    it('takes no file that was cut or is none, and does nothing by it', async () => {
      const [one] = await readAll(JSON.stringify({ tombstones: 0 }));
      assert.deepEqual(one, []);
      assert.deepEqual(await readAll(), [[]]);
      const tombstone = JSON.stringify({
        receipt_id: '01a22519-b16e-72ea-8469-e92bef5402a2',
        candidate: handleOf('safe'),
        erased_at: '2099-01-01T00:00:00.000Z',
        erased: { candidates: 1 },
        reason: 'request',
        request_id: null,
      });
      const whole = [tombstone, JSON.stringify({ tombstones: 1 })];
      assert.equal((await readAll('> npm', '', ...whole))[0]?.length, 1);
      for (const lines of [
        [tombstone],
        [tombstone.slice(0, 100)],
        [tombstone, ...whole],
        [...whole, ...whole],
        ['candidate_id', 'safe'],
        [tombstone, '> npm', ...whole.slice(1)],
        [tombstone.replace('request"', 'whim"'), ...whole.slice(1)],
      ]) {
        await assert.rejects(
          readAll(...lines),
          /^TombstoneFileError: (Line \d+ of the file is no line of an export|The file is not whole.*)\.$/,
        );
      }
      await create('safe');
      const { code, out, err } = await run(['replay'], { input: `${tombstone}\n` });
      assert.deepEqual([code, out, err.slice(0, 22)], [65, '', 'The file is not whole:']);
      assert.ok(await exists('safe'));
    });

    it('explains itself when it is called wrongly', async () => {
      const [usage, config] = await Promise.all([
        run(['replay', 'file']),
        run(['export'], { env: { DATABASE_URL: 'mysql://x' } }),
      ]);
      assert.deepEqual([usage.code, config.code], [64, 78]);
      assert.match(usage.err, /^Usage: npm run -s tombstones -- export > file \| replay < file\n/);
    });
  });
});

async function readAll(...lines: string[]) {
  const batches: object[][] = [];
  for await (const batch of readTombstones(Readable.from(lines))) batches.push(batch);
  return batches;
}

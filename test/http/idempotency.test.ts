import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createOnce } from '#src/http/idempotency.ts';
import { createSeal } from '#src/http/sealed.ts';
import { anonymous } from '#src/http/request/caller.ts';
import type { RequestContext } from '#src/http/request/context.ts';
import { ClientGone } from '#src/http/request/deadline.ts';
import { testDatabase } from '#test/support/database.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const submission = {
  candidate_id: 'once',
  content: { code: 'def add(a, b):\n    return a + b\n' },
};

describe('Idempotency-Key', () => {
  const service = testService();
  const post = (key: string, body: unknown = submission, path = '/api/v1/assessments') =>
    service.post(path, body, { 'Idempotency-Key': key });
  /** Where the machine is busy some wait for too long, are shed, and come again. */
  const insist = async (...asked: Parameters<typeof post>): Promise<Answer> => {
    const answer = await post(...asked);
    return answer.status === 503 ? insist(...asked) : answer;
  };
  const stored = async (candidate: string) =>
    (await service.get(`/api/v1/assessments?candidate_id=${candidate}`)).json.items.length;

  it('gives the first answer again, byte for byte, and says so', async () => {
    const first = await post('k1');
    const again = await post('k1');
    assert.equal(first.status, 201);
    assert.equal(again.status, 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.equal(again.headers.get('content-type'), first.headers.get('content-type'));
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(await stored('once'), 1);
  });

  it('refuses the key with another body', async () => {
    await post('k2', { ...submission, candidate_id: 'two' });
    const other = await post('k2', { ...submission, candidate_id: 'other' });
    assert.equal(other.status, 422);
    assert.equal(await stored('other'), 0);
  });

  it('assesses once when 20 ask at the same time; the others get 409 or the same answer', async () => {
    const body = { ...submission, candidate_id: 'race' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => insist('k3', body)));
    const won = answers.filter(({ status }) => status === 201);
    assert.ok(won.length >= 1);
    assert.equal(new Set(won.map(({ text }) => text)).size, 1);
    for (const { status, headers } of answers.filter((answer) => answer.status !== 201)) {
      assert.equal(status, 409);
      assert.equal(headers.get('retry-after'), '1');
    }
    assert.equal(await stored('race'), 1);
  });

  const creating = {
    assessments: { body: { ...submission, candidate_id: 'fifty' }, secret: false },
    candidates: { body: { candidate_id: 'fifty_more' }, secret: false },
    users: {
      body: { username: 'fifty', password: 'correct horse battery staple', role: 'viewer' },
      secret: true,
    },
    'api-keys': { body: { name: 'fifty', role: 'viewer' }, secret: true },
  };
  for (const [name, { body, secret }] of Object.entries(creating)) {
    it(`makes one row of fifty POSTs to ${name} at the same time, and keeps no secret in clear`, async () => {
      const direct = new Client({ connectionString: service.databaseUrl });
      await direct.connect();
      try {
        const table = name.replace('-', '_');
        const count = async () => (await direct.query(`select from ${table}`)).rowCount ?? 0;
        const before = await count();
        const path = `/api/v1/${name}`;
        const answers = await Promise.all(
          Array.from({ length: 50 }, () => insist('fifty', body, path)),
        );
        const statuses = new Set(answers.map(({ status }) => status));
        assert.ok(
          statuses.has(201) && statuses.isSubsetOf(new Set([201, 409])),
          [...statuses].join(),
        );
        assert.equal(await count(), before + 1);
        const first = answers.find(({ status }) => status === 201) ?? assert.fail();
        const again = await post('fifty', body, path);
        assert.deepEqual([again.status, again.text], [201, first.text]);
        assert.equal(again.headers.get('idempotency-replayed'), 'true');
        assert.equal(again.headers.get('cache-control'), first.headers.get('cache-control'));
        assert.equal((await post('fifty', { ...body, more: 1 }, path)).status, 422);
        const kept = await direct.query<{ response: string; request_sha256: string }>(
          'select response, request_sha256 from idempotency_keys',
        );
        const guessed = createHash('sha256').update(JSON.stringify(body)).digest('hex');
        const inClear = kept.rows.some(
          ({ response, request_sha256: hash }) => response === first.text || hash === guessed,
        );
        assert.equal(inClear, !secret);
      } finally {
        await direct.end();
      }
    });
  }

  it('opens a sealed answer after SECRET_KEY was changed, under its own id alone, and none that was altered', () => {
    const [old, next] = [randomBytes(32), randomBytes(32)];
    const sealed = createSeal([old]).seal('{"key":"se_x"}', 'a');
    assert.equal(createSeal([next, old]).open(sealed, 'a'), '{"key":"se_x"}');
    assert.equal(createSeal([next, old]).open(sealed, 'b'), null);
    assert.equal(createSeal([next]).open(sealed, 'a'), null);
    assert.equal(createSeal([old]).open(sealed.replace(/.{4}"$/, 'AAAA"'), 'a'), null);
    const [digest] = createSeal([old]).digests('x');
    assert.deepEqual(createSeal([next, old]).digests('x')[1], digest);
  });

  it('lets a key be used again after a refusal', async () => {
    assert.equal((await post('k4', { candidate_id: 'four' })).status, 422);
    assert.equal((await post('k4', { ...submission, candidate_id: 'four' })).status, 201);
    const candidate = { candidate_id: 'four' };
    assert.equal((await post('k5', candidate, '/api/v1/candidates')).status, 409);
    await service.send('/api/v1/candidates/four', { method: 'DELETE' });
    assert.equal((await post('k5', candidate, '/api/v1/candidates')).status, 201);
  });

  it('keeps keys of different routes apart', async () => {
    assert.equal((await post('k6', { candidate_id: 'six' }, '/api/v1/candidates')).status, 201);
    assert.equal((await post('k6', { ...submission, candidate_id: 'six' })).status, 201);
  });

  it('forgets the answer when the candidate is erased', async () => {
    const body = { ...submission, candidate_id: 'erased' };
    const first = await post('k7', body);
    await service.send('/api/v1/candidates/erased', { method: 'DELETE' });
    const again = await post('k7', body);
    assert.equal(again.status, 201);
    assert.notEqual(again.json.assessment_id, first.json.assessment_id);
  });

  it('forgets the answer when what was created is deleted, and no other answer', async () => {
    const body = { ...submission, candidate_id: 'deleted' };
    const [first, other] = [await post('k9', body), await post('k10', body)];
    const location = String(first.headers.get('location'));
    assert.equal((await service.send(location, { method: 'DELETE' })).status, 204);
    const again = await post('k9', body);
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, null]);
    assert.notEqual(again.json.assessment_id, first.json.assessment_id);
    assert.equal((await service.get(location)).status, 404);
    assert.equal((await post('k10', body)).text, other.text);
  });

  it('lets a key be used again whose request lost the database in the midst of its work', async () => {
    const code = 'def one(a):\n    return a if a > 1 else -a\n'.repeat(3000);
    const body = { candidate_id: 'lost', content: { code } };
    const direct = new Client({ connectionString: service.databaseUrl });
    direct.on('error', () => {});
    await direct.connect();
    const running = async () => {
      const sql = 'select from idempotency_keys where status is null';
      return (await direct.query(sql)).rowCount === 1;
    };
    try {
      const failed = post('k8', body);
      await until(running);
      await service.proxy.set({ kind: 'refuse' });
      assert.equal((await failed).status, 503);
      assert.ok(await running(), 'nobody could give it back');
    } finally {
      await service.recover();
      await direct.end();
    }
    const { status, text } = await post('k8', { ...body, content: submission.content });
    assert.equal(status, 201, text);
    assert.equal(await stored('lost'), 1);
  });

  describe('claimed by another process', () => {
    const lock = `hashtextextended('process other', 0)`;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    let other: Client;
    beforeEach(async () => {
      other = new Client({ connectionString: service.databaseUrl });
      await other.connect();
    });
    afterEach(() => other.end());

    it('is left to it while its session lives, and taken over when that has ended', async () => {
      const body = { ...submission, candidate_id: 'owned' };
      await other.query(`select pg_advisory_lock_shared(${lock})`);
      await other.query(
        `insert into idempotency_keys (id, request_sha256, response, locked_until, expires_at)
         values ($1, $2, 'process other', now() + interval '1 hour', now() + interval '23 hours')`,
        [sha256('POST /api/v1/assessments\nk11'), sha256(JSON.stringify(body))],
      );
      for (let i = 0; i < 5; i += 1) assert.equal((await post('k11', body)).status, 409);
      assert.equal((await post('k11', { ...body, candidate_id: 'another' })).status, 422);
      await other.query(`select pg_advisory_unlock_shared(${lock})`);
      assert.equal((await post('k11', { ...body, candidate_id: 'another' })).status, 422);
      assert.equal((await post('k11', body)).status, 201);
      assert.equal(await stored('owned'), 1);
    });

    it('stores nothing of the request from which it was taken over', async () => {
      const code = 'def one(a):\n    return a if a > 1 else -a\n'.repeat(3000);
      const body = { candidate_id: 'fenced', content: { code } };
      const running = post('k12', body);
      const take = `update idempotency_keys set response = 'process other' where status is null`;
      await until(async () => (await other.query(take)).rowCount === 1);
      assert.equal((await running).status, 409);
      assert.equal(await stored('fenced'), 0);
    });
  });

  it('refuses a key that is too long, and one that is empty', async () => {
    assert.equal((await post('k'.repeat(256))).status, 400);
    assert.equal((await post('')).status, 400);
    assert.equal((await post('k'.repeat(255))).status, 201);
  });
});

describe('Idempotency-Key of a client that hung up', () => {
  const database = testDatabase();

  /** @param during begin of the statement in whose course it hangs up @returns what was asked of the database */
  async function hangUp(during: string): Promise<string[]> {
    const gone = new AbortController();
    const asked: string[] = [];
    const em = () => {
      const real = database.db.em();
      const execute = async (sql: string, parameters: unknown[]) => {
        asked.push(sql.slice(0, 6));
        const rows = await real.execute(sql, parameters);
        if (sql.startsWith(during)) gone.abort(new ClientGone('The client closed the connection.'));
        return rows;
      };
      return { execute } as unknown as typeof real;
    };
    const ctx = {
      get: () => 'key',
      method: 'POST',
      path: '/',
      state: {
        caller: anonymous,
        signal: gone.signal,
        em: database.db.em(gone.signal),
        body: {},
        json: null,
      },
    } as unknown as RequestContext;
    const once = createOnce({
      em,
      holder: 'test',
      leaseMs: 60_000,
      seal: createSeal([randomBytes(32)]),
    });
    const handle = () => {
      asked.push('handle');
      return Promise.resolve({ status: 201 });
    };
    await assert.rejects(once(ctx, 'gone', handle), ClientGone);
    assert.equal(gone.signal.aborted, true);
    assert.deepEqual(await database.db.em().execute('select id from idempotency_keys'), []);
    return asked;
  }

  it('is claimed to the end and given back, and nothing is done for it', async () => {
    assert.deepEqual(await hangUp('insert'), ['delete', 'insert', 'delete']);
  });

  it('is not claimed when that is known before', async () => {
    assert.deepEqual(await hangUp('delete'), ['delete']);
  });
});

describe('Idempotency-Key of a process that was killed', function () {
  this.timeout(300_000);
  const database = testDatabase();

  it('is free for the others long before the lease of its request ends', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-killed-'));
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, RATE_LIMIT_ENABLED: 'false' };
    const [first, second] = await Promise.all([startServiceProcess(env), startServiceProcess(env)]);
    const code = 'def one(a):\n    return a if a > 1 else -a\n'.repeat(6000);
    const send = async (url: string) => {
      const response = await fetch(`${url}/api/v1/assessments`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'killed' },
        body: JSON.stringify({ candidate_id: 'killed', content: { code } }),
      });
      await response.text();
      return response.status;
    };
    const claims = () =>
      database.db
        .em()
        .execute<{ until: Date }[]>(
          `select locked_until as until from idempotency_keys where status is null`,
        );
    try {
      const lost = assert.rejects(send(first.apiUrl));
      await until(async () => (await claims()).length === 1);
      const [claim] = await claims();
      first.signal('SIGKILL');
      await lost;
      await until(async () => (await send(second.apiUrl)) === 201);
      const [row] = await database.db
        .em()
        .execute<{ early: boolean }[]>('select now() < ?::timestamptz as early', [claim?.until]);
      assert.equal(row?.early, true, 'only the lease ended it');
      const [{ n } = { n: 0 }] = await database.db
        .em()
        .execute<{ n: number }[]>('select count(*)::int as n from assessments');
      assert.equal(n, 1);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

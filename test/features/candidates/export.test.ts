/** What a person is given of what is stored of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { candidateAssessments } from '#src/features/assessments/candidate-assessments.ts';
import { personalAssessments } from '#src/features/assessments/personal-assessments.ts';
import { personalDataRoutes } from '#src/features/candidates/personal-data-routes.ts';
import { mapError } from '#src/http/map-error.ts';
import { problems } from '#src/http/problems.ts';
import { anonymous } from '#src/http/request/caller.ts';
import type { Middleware } from '#src/http/request/context.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { unitOfWork } from '#src/http/request/unit-of-work.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import type { PersonalData, StoredItem } from '#src/storage/personal-data.ts';
import { testDatabase, type TestDatabase } from '#test/support/database.ts';
import { serve } from '#test/support/serve.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const MEGABYTE = 1_048_576;

/** Assessments of a megabyte each, as they would be stored. */
async function storeLarge({ db }: Pick<TestDatabase, 'db'>, id: string, count: number) {
  await db.em().execute(
    `insert into assessments (id, candidate_id, submission_type, input_sha256, created_at, input, result)
     select 'assess_' || ? || lpad(n::text, 4, '0'), ?, 'code', repeat('0', 64), now(),
       json_build_object('content', json_build_object('text', repeat('x', ${MEGABYTE}))), '{}'
     from generate_series(1, ?) n`,
    [id, id, count],
  );
}

describe('GET /api/v1/candidates/:id/export', () => {
  // One connection: an export that kept it would let nobody else in.
  const service = testService({}, { max_connections: '1' });
  const content = { code: 'def add(a, b):\n    return a + b\n', explanation: 'Adds “two” – 日本.' };
  const path = (id: string) => `/api/v1/candidates/${id}/export`;

  it('gives the candidate, each assessment with its submission, kept answers, and the counts', async () => {
    const person =
      '{"candidate_id":"ada","initial_data":{ "b": 1.10, "a": [12345678901234567890] }}';
    await service.post('/api/v1/candidates', person);
    const body = { candidate_id: 'ada', content };
    const first = await service.post('/api/v1/assessments', body, { 'Idempotency-Key': 'export' });
    const second = await service.post('/api/v1/assessments', body);
    await service.post('/api/v1/assessments', { ...body, candidate_id: 'bob' });

    const { status, headers, text: document, json } = await service.get(path('ada'));
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(headers.get('content-disposition'), 'attachment; filename="ada.json"');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.ok(document.includes('{ "b": 1.10, "a": [12345678901234567890] }'));
    assert.deepEqual(
      json.assessments.map(({ result }: { result: unknown }) => result),
      [first.json, second.json],
    );
    for (const { submission } of json.assessments) assert.deepEqual(submission.content, content);
    assert.ok(document.includes(first.text));
    const [kept] = json.idempotency_keys;
    assert.deepEqual(kept.response, first.json);
    assert.equal(kept.headers.Location, first.headers.get('location'));
    assert.ok(!document.includes('bob'));
    const { exported_at: at, ...manifest } = json.manifest;
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 600_000);
    assert.deepEqual(manifest, {
      schema_version: 1,
      candidate_id: 'ada',
      counts: {
        candidates: 1,
        assessments: 2,
        files: 0,
        idempotency_keys: 1,
        assessment_appeals: 0,
        assessment_jobs: 0,
        memory_nodes: 0,
        webhook_deliveries: 0,
        webhooks: 0,
        api_keys: 0,
        users: 0,
      },
    });
    assert.equal(Object.keys(json).at(-1), 'manifest');
  });

  it('is 404 for who does not exist, and has no body for HEAD', async () => {
    assert.equal((await service.get(path('nobody'))).status, 404);
    const head = await service.send(path('ada'), { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  it('holds no connection while clients do not read, reads eight at a time, and ends with its client', async () => {
    await service.post('/api/v1/candidates', { candidate_id: 'large' });
    await storeLarge(database, 'large', 20);
    const begin = async () => {
      const request = get(service.url + path('large'));
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      assert.equal(answer.statusCode, 200);
      return answer.pause();
    };
    const slow = [];
    for (let n = 0; n < 8; n += 1) slow.push(await begin());
    const refused = await service.get(path('ada'));
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
    for (let n = 0; n < 5; n += 1) {
      assert.equal((await service.get('/api/v1/candidates/ada')).status, 200);
    }
    const printed: unknown[] = [];
    const print = console.error;
    console.error = (...args: unknown[]) => void printed.push(args);
    const last = slow.pop();
    for (const answer of slow) {
      answer.on('error', () => {});
      answer.destroy();
    }
    await until(async () => (await service.get(path('ada'))).status === 200);
    assert.ok(last !== undefined);
    const { manifest } = JSON.parse(await text(last)) as { manifest: { counts: unknown } };
    assert.deepEqual(manifest.counts, {
      candidates: 1,
      assessments: 20,
      files: 0,
      idempotency_keys: 0,
      assessment_appeals: 0,
      assessment_jobs: 0,
      memory_nodes: 0,
      webhook_deliveries: 0,
      webhooks: 0,
      api_keys: 0,
      users: 0,
    });
    console.error = print;
    // A client that leaves is nobody's error.
    const errors = service.log.filter((line) => line.includes('"level":"error"'));
    assert.deepEqual([...errors, ...printed], []);
  });

  const database = { db: undefined as never } as { db: TestDatabase['db'] };
  before(async () => {
    const { createDatabase } = await import('#src/storage/postgres/database.ts');
    database.db = await createDatabase({ url: service.databaseUrl, entities: [] });
  });
  after(() => database.db.close());
});

describe('an export', () => {
  const database = testDatabase();
  /** Served with these things stored, to a caller who is this person. */
  async function served(
    personalData: PersonalData[],
    candidateId: string | null,
    stallMs = 60_000,
  ) {
    const errors: object[] = [];
    const log = { error: (_: string, fields: object) => errors.push(fields) };
    const signals: AbortSignal[] = [];
    const em = (signal: AbortSignal) => {
      signals.push(signal);
      return database.db.em(signal);
    };
    const deps = { assessments: candidateAssessments, now: () => new Date(0), em, personalData };
    const routes = personalDataRoutes({ ...deps, stallMs, log, erase: undefined } as never);
    const table = createRouteTable(routes);
    const caller: Middleware = (ctx, next) => {
      ctx.state.facts = table.factsOf(ctx.method, ctx.path);
      ctx.state.identity = { ...anonymous, role: candidateId ? 'candidate' : 'admin', candidateId };
      return next();
    };
    const app = await serve(
      problems({ mapError }),
      caller,
      deadline({ timeoutMs: 60_000 }),
      unitOfWork({ fork: (signal) => database.db.em(signal) }),
      table.routes,
    );
    return {
      ...app,
      errors,
      signals,
      path: (id: string) => `${app.url}/api/v1/candidates/${id}/export`,
    };
  }
  const things = (next: PersonalData['next']): PersonalData => ({
    kind: 'things',
    tables: [],
    schema: z.string(),
    next,
    erase: () => Promise.resolve(0),
  });
  const numbered = (count: number) => async (_: unknown, __: string, after: string) => {
    const n = Number(after) + 1;
    const item: StoredItem = { key: String(n), text: `"${'ü'.repeat(MEGABYTE)}"` };
    return n > count ? undefined : item;
  };

  before(async () => {
    await database.db
      .em()
      .execute(
        `insert into candidates (id, initial_data, created_at) values ('ada', '{}', now()), ('bob', '{}', now())`,
      );
  });

  it("is a candidate's own: another person's is the 404 of one who does not exist", async () => {
    await using app = await disposable(served([personalAssessments], 'ada'));
    const own = await fetch(app.path('ada'));
    assert.equal(own.status, 200);
    assert.equal(((await own.json()) as { candidate: object }).candidate !== undefined, true);
    const [foreign, unknown] = await Promise.all(
      ['bob', 'nobody'].map(async (id) => {
        const answer = await fetch(app.path(id));
        const {
          instance: _,
          request_id: __,
          ...problem
        } = (await answer.json()) as Record<string, unknown>;
        return { status: answer.status, problem };
      }),
    );
    assert.equal(foreign?.status, 404);
    assert.deepEqual(foreign, unknown);
  });

  it('reads no further than its client, and keeps letters whole', async () => {
    let read = 0;
    const count = numbered(50);
    const counted = things(async (...args) => {
      read += 1;
      return count(...args);
    });
    await using app = await disposable(served([counted], null));
    const request = get(app.path('ada'));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.pause();
    // Until the sockets are full: what is read does not grow any more.
    let seen = -1;
    await until(() => {
      const same = seen === read && read > 0;
      seen = read;
      return same;
    });
    assert.ok(read < 25, `${read} of 50 items were read for a client that took none`);
    const { things: all } = JSON.parse(await text(answer)) as { things: string[] };
    assert.equal(all.length, 50);
    assert.ok(all.every((one) => one === 'ü'.repeat(MEGABYTE)));
  });

  it('is cut, which is no JSON, when the person is erased or a query fails meanwhile', async () => {
    const erasing = things(async (em, id) => {
      await em.execute('delete from candidates where id = ?', [id]);
      return undefined;
    });
    const failing = things(() => Promise.reject(new Error('no answer')));
    for (const [broken, id] of [
      [erasing, 'bob'],
      [failing, 'ada'],
    ] as const) {
      await using app = await disposable(served([broken], null));
      await assert.rejects(async () => (await fetch(app.path(id))).json());
      assert.equal(app.errors.length, 1);
    }
  });

  it('is cut for a client that takes nothing', async () => {
    await using app = await disposable(served([things(numbered(50))], null, 100));
    const request = get(app.path('ada'));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.pause();
    await until(() => app.signals.at(-1)?.aborted === true);
    await assert.rejects(text(answer));
    assert.deepEqual(app.errors, []);
  });
});

async function disposable<T extends { close: () => Promise<void> }>(made: Promise<T>) {
  const value = await made;
  return Object.assign(value, { [Symbol.asyncDispose]: () => value.close() });
}

import assert from 'node:assert/strict';
import { Client } from 'pg';
import { startWorker, type RunningWorker } from '#src/compose/worker.ts';
import { loadConfig } from '#src/config.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';
import { query } from '#test/support/query.ts';

const code = (name: string) =>
  `def ${name}(items):\n    """Sum of items."""\n    return sum(items)\n`;
const input = (candidate: string, name = 'total') => ({
  candidate_id: candidate,
  content: { code: code(name) },
});

describe('jobs', () => {
  const service = testService();
  const path = '/api/v1/assessments/async';

  const erased = (id: string) => service.send(`/api/v1/assessments/${id}`, { method: 'DELETE' });
  const sql = (text: string, values: unknown[]) => query(service.databaseUrl, text, values);
  const job = async (url: string) => (await service.get(url)).json;
  /** As if each attempt at a job had failed. */
  const die = (id: string, submission: ReturnType<typeof input>) =>
    sql(
      `update assessment_jobs set status = 'failed', is_dead = true, problem = '{}', input = $2::jsonb
         || '{"submission_type":"code","paths_to_evaluate":["technical"],"options":{}}' where id = $1`,
      [id, JSON.stringify(submission)],
    );
  const ended = async (url: string) => {
    await until(async () => (await job(url)).finished_at !== null);
    return job(url);
  };

  it('takes a submission on, and stores its result under the id that it was answered with', async () => {
    const accepted = await service.post(path, input('ada'));
    assert.equal(accepted.status, 202);
    const { job_id, assessment_id, candidate_id, status, status_url } = accepted.json;
    assert.match(job_id, /^job_/);
    assert.deepEqual([candidate_id, status], ['ada', 'queued']);
    assert.equal(accepted.headers.get('location'), status_url);
    const done = await ended(status_url);
    assert.equal(done.status, 'completed');
    assert.deepEqual([done.progress, done.attempts, done.queue_position], [100, 1, null]);
    const stored = await service.get(`/api/v1/assessments/${assessment_id}`);
    assert.deepEqual(done.result, stored.json);
  });

  it('answers a repeated key with the same job, and does the work once', async () => {
    const headers = { 'Idempotency-Key': 'jobs-1' };
    const first = await service.post(path, input('bob'), headers);
    const again = await service.post(path, input('bob'), headers);
    assert.equal(again.text, first.text);
    await ended(first.json.status_url);
    const { json } = await service.get('/api/v1/assessments?candidate_id=bob');
    assert.equal(json.items.length, 1);
  });

  it('refuses what is not valid at once, and other methods', async () => {
    assert.equal((await service.post(path, { candidate_id: 'ada' })).status, 422);
    assert.equal((await service.get(path)).status, 405);
    assert.equal((await service.get('/api/v1/assessments/jobs/nothing')).status, 404);
    const none = '/api/v1/assessments/jobs/job_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d01';
    assert.equal((await service.get(none)).status, 404);
    assert.equal((await service.send(none, { method: 'DELETE' })).status, 404);
  });

  it('refuses to cancel what has ended', async () => {
    const { json } = await service.post(path, input('ada', 'other'));
    await ended(json.status_url);
    const { status, json: problem } = await service.send(json.status_url, { method: 'DELETE' });
    assert.deepEqual([status, problem.error_code], [409, 'CONFLICT']);
  });

  it('streams how a job stands until it has ended', async () => {
    const { json } = await service.post(path, input('ada', 'streamed'));
    const { headers, text } = await service.get(`${json.status_url}/events`);
    assert.equal(headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const last = text.trim().split('\n\n').at(-1) ?? '';
    assert.match(last, /^id: \d+\nevent: completed\ndata: \{/);
    assert.equal(JSON.parse(last.split('data: ')[1] ?? '').job_id, json.job_id);
  });

  it('tells how far a large one is: more each time, until its end', async () => {
    const text = Array.from({ length: 2000 }, (_, n) => code(`f${n}`)).join('');
    const { json } = await service.post(path, { ...input('far'), content: { code: text } });
    const { text: events } = await service.get(`${json.status_url}/events`);
    const told = events.match(/^data: .*$/gm) ?? [];
    const seen = told.map((line): number => JSON.parse(line.slice('data: '.length)).progress);
    assert.deepEqual(seen.slice(-1), [100]);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    const stored = await sql('select revision from assessment_jobs where id = $1', [json.job_id]);
    // Besides what is stored when it is accepted, begun and ended.
    const writes = Number(stored[0]?.['revision']) - 3;
    assert.ok(writes >= 1 && writes <= 4, String(writes));
  });

  it('judges each item of a batch, and lets a bad one fail alone', async () => {
    const items = [input('carl', 'a'), { candidate_id: 'carl' }, input('dora', 'b')];
    const accepted = await service.post('/api/v1/assessments/batch', { items });
    assert.equal(accepted.status, 202, accepted.text);
    const batch = await ended(accepted.json.status_url);
    assert.equal(batch.status, 'completed');
    assert.deepEqual([batch.counts.completed, batch.counts.failed, batch.progress], [2, 1, 100]);
    assert.equal(batch.items[1].problem.errors[0].pointer, '/items/1/content');
    const { text } = await service.get(`${accepted.json.status_url}/events`);
    assert.match(text, /event: completed/);
    const stored = await service.get(`/api/v1/assessments/${batch.items[2].assessment_id}`);
    assert.equal(stored.json.candidate_id, 'dora');
  });

  it('lists what an operator may run again, and runs it under the same assessment id', async () => {
    const { json } = await service.post(path, input('ada', 'revived'));
    const done = await ended(json.status_url);
    await erased(done.assessment_id);
    await die(json.job_id, input('ada', 'revived'));
    const dead = await service.get('/api/v1/admin/jobs/dead');
    assert.deepEqual(
      dead.json.items.map(({ job_id }: { job_id: string }) => job_id),
      [json.job_id],
    );
    const again = `/api/v1/admin/jobs/${json.job_id}/retry`;
    assert.equal((await service.post(again, undefined)).status, 202);
    const revived = await ended(json.status_url);
    assert.equal(revived.status, 'completed');
    assert.equal(revived.result.assessment_id, json.assessment_id);
    assert.equal((await service.post(again, undefined)).status, 409);
    const { json: audit } = await service.get('/api/v1/admin/audit?limit=100');
    const retried = audit.items.filter(
      ({ action }: { action: string }) => action === 'job.retried',
    );
    assert.deepEqual(
      retried.map(({ target }: { target: string }) => target),
      [json.job_id],
      'once: nothing is run again by a 409',
    );
  });

  it('opens the batch of an item that is run again, and ends it with the item', async () => {
    const { json } = await service.post('/api/v1/assessments/batch', {
      items: [input('ada', 'x')],
    });
    const first = await ended(json.status_url);
    const [{ job_id, assessment_id }] = first.items;
    await erased(assessment_id);
    await die(job_id, input('ada', 'x'));
    assert.equal((await service.post(`/api/v1/admin/jobs/${job_id}/retry`, undefined)).status, 202);
    await until(async () => {
      const { status, finished_at } = await job(json.status_url);
      return status === 'completed' && finished_at !== first.finished_at;
    });
  });

  it('does nothing for an attempt at what has ended', async () => {
    const { json } = await service.post(path, input('eve'));
    await ended(json.status_url);
    const queueId = json.job_id.slice(4);
    await sql(
      `update pgboss.job set state = 'created', completed_on = null where id = $1 and state = 'completed'`,
      [queueId],
    );
    await until(async () => {
      const [row] = await sql('select state from pgboss.job where id = $1', [queueId]);
      return row?.['state'] === 'completed';
    });
    const { json: list } = await service.get('/api/v1/assessments?candidate_id=eve');
    assert.equal(list.items.length, 1);
  });

  it('ends with the person that it is about', async () => {
    const items = Array.from({ length: 20 }, (_, n) =>
      input(n % 2 === 0 ? 'gone' : 'kept', `f${n}`),
    );
    const accepted = await service.post('/api/v1/assessments/batch', { items });
    const erasure = await service.send('/api/v1/candidates/gone', { method: 'DELETE' });
    assert.equal(erasure.status, 204, erasure.text);
    await until(async () => {
      const rows = await sql(
        `select count(*)::int as left from assessment_jobs where batch_id = $1 and finished_at is null`,
        [accepted.json.batch_id],
      );
      return rows[0]?.['left'] === 0;
    });
    const { counts } = await job(accepted.json.status_url);
    assert.equal(counts.completed, 10);
    const { json: list } = await service.get('/api/v1/assessments?candidate_id=gone');
    assert.equal(list.items.length, 0);
  });

  it('holds nothing that an erasure of its person needs while it waits for its end', async () => {
    const erasing = new Client({ connectionString: service.databaseUrl });
    await erasing.connect();
    try {
      // Long enough for the erasure to begin meanwhile.
      const text = Array.from({ length: 3000 }, (_, n) => code(`f${n}`)).join('');
      const submission = { ...input('leaving'), content: { code: text } };
      const { json } = await service.post(path, submission);
      await erasing.query('begin');
      await erasing.query(`select from candidates where id = 'leaving' for update`);
      await until(async () => {
        const waiting = await sql(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          [],
        );
        return waiting.length > 0;
      });
      await erasing.query(
        `select from assessment_jobs where candidate_id = 'leaving' for update nowait`,
      );
      const { rowCount } = await erasing.query(
        `delete from assessment_jobs where candidate_id = 'leaving'`,
      );
      assert.equal(rowCount, 1);
      await erasing.query('commit');
      await until(async () => (await service.get(json.status_url)).status === 404);
    } finally {
      await erasing.end();
    }
  });

  it('tells how deep the queues are', async () => {
    const { json } = await service.get('/api/v1/status/system');
    assert.deepEqual(Object.keys(json.jobs), ['assess', 'assess-batch']);
  });
});

describe('a job that runs', () => {
  const service = testService({ API_RUNS_JOBS: 'false' });
  let worker: RunningWorker;
  let threads = 0;
  const count = () => (threads += 1);
  before(async () => {
    // Another process, as far as it can be told from messages: it has a session and threads of its own.
    worker = await startWorker(
      loadConfig({
        APP_ENV: 'testing',
        LOG_LEVEL: 'ERROR',
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: '0',
        DATABASE_URL: service.databaseUrl,
        MAX_CONCURRENT_ASSESSMENTS: '1',
      }),
      new AbortController().signal,
    );
    process.on('worker', count);
  });
  after(async () => {
    process.off('worker', count);
    await worker.stop();
  });

  it('is cancelled from elsewhere, stores nothing, and its thread ends before it would have', async () => {
    const large = Array.from(
      { length: 40_000 },
      (_, n) => `def f${n}(a):\n    return a + ${n}\n`,
    ).join('\n');
    /** Of all services of this process. */
    const lost = async () => {
      const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
      return Number(/^jobs_total\{queue="assess",outcome="lost"\} (\d+)$/m.exec(text)?.[1]);
    };
    const before = await lost();
    const path = '/api/v1/assessments/async';
    const content = { files: [{ path: 'a.py', content: large }] };
    const { json } = await service.post(path, { candidate_id: 'slow', content });
    const { json: next } = await service.post(path, input('next'));
    await until(async () => (await service.get(json.status_url)).json.status === 'processing');
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    try {
      const cancelled = await service.send(json.status_url, { method: 'DELETE' });
      assert.deepEqual([cancelled.status, cancelled.json.status], [202, 'cancelled']);
      // No sign of life gets through, by which it would learn of its end as well.
      await client.query('begin');
      await client.query('lock table pgboss.job in access exclusive mode');
      await until(async () => (await lost()) === before + 1);
    } finally {
      await client.end();
    }
    await until(async () => (await service.get(next.status_url)).json.status === 'completed');
    assert.ok(threads > 0, 'one was begun in place of that which was ended');
    const { json: list } = await service.get('/api/v1/assessments?candidate_id=slow');
    assert.equal(list.items.length, 0);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { testService, type Answer, type TestService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const { content } = JSON.parse(readFileSync('test/fixtures/submission.json', 'utf8')) as {
  content: object;
};
const submission = (candidate: string, more: object = {}) => ({
  candidate_id: candidate,
  content,
  ...more,
});

/** All but what is a new assessment's own. */
function judgement({ json }: Answer): object {
  const {
    assessment_id: _a,
    timestamp: _b,
    processing_time_ms: _c,
    candidate_id,
    metadata,
    ...rest
  } = json;
  assert.ok(candidate_id !== undefined && metadata !== undefined);
  return rest as object;
}

const cacheStatus = ({ headers }: Answer) => headers.get('Cache-Status');

/** A transaction that deletes an assessment waits in its COMMIT while advisory lock 1 is held. */
const holdCommits = `
  create function hold_commit() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(1); return null; end';
  create constraint trigger hold_commit after delete on assessments
    deferrable initially deferred for each row execute function hold_commit()`;

function behaviour(service: TestService): void {
  const assess = (candidate: string, more: object = {}) =>
    service.post('/api/v1/assessments', submission(candidate, more));

  it('judges the same submission once, and answers as if it had judged it anew', async () => {
    const first = await assess('twice');
    assert.deepEqual([first.status, first.json.metadata.cached], [201, false]);
    assert.equal(cacheStatus(first), 'sono-eval; fwd=uri-miss; stored');
    const second = await assess('twice');
    assert.deepEqual([second.status, second.json.metadata.cached], [201, true]);
    assert.match(cacheStatus(second) ?? '', /^sono-eval; hit; ttl=(299|300|29\d)$/);
    assert.match(second.headers.get('Age') ?? '', /^\d+$/);
    assert.deepEqual(judgement(second), judgement(first));
    assert.notEqual(second.json.assessment_id, first.json.assessment_id);
    assert.ok(second.json.processing_time_ms < first.json.processing_time_ms);
    const stored = await service.get(`/api/v1/assessments/${second.json.assessment_id}`);
    assert.deepEqual(stored.json, second.json);
  });

  it('shares no cached judgement between candidates', async () => {
    const first = await assess('one_of_two');
    const second = await assess('two_of_two');
    assert.equal(second.json.candidate_id, 'two_of_two');
    assert.equal(second.json.metadata.cached, false);
    assert.deepEqual(judgement(second), judgement(first));
    assert.ok(!second.text.includes('one_of_two'));
  });

  it('judges anew when any input of the engine differs', async () => {
    await assess('differs');
    for (const more of [
      { options: { include_explanations: false } },
      { options: { weights: { technical: 2 } } },
      { paths_to_evaluate: ['technical'] },
      { submission_type: 'project' },
      { language: 'python' },
      { content: { ...content, explanation: 'Because.' } },
    ]) {
      const { json } = await assess('differs', more);
      assert.equal(json.metadata.cached, false, JSON.stringify(more));
    }
  });

  it('serves a result from the cache, with the same tag, until it is deleted', async () => {
    const { json } = await assess('reader', { content: { code: 'def a():\n    return 1\n' } });
    const path = `/api/v1/assessments/${json.assessment_id}`;
    const fresh = await service.get(path);
    assert.equal(cacheStatus(fresh), 'sono-eval; fwd=uri-miss; stored');
    const kept = await service.get(path);
    assert.match(cacheStatus(kept) ?? '', /hit; ttl=\d+/);
    assert.equal(kept.text, fresh.text);
    assert.equal(kept.headers.get('ETag'), fresh.headers.get('ETag'));
    assert.equal(kept.headers.get('Cache-Control'), 'private, no-cache');
    assert.match(kept.headers.get('Vary') ?? '', /Authorization/);
    const etag = kept.headers.get('ETag') ?? '';
    assert.equal((await service.get(path, { 'If-None-Match': etag })).status, 304);
    assert.equal((await service.get(`${path}/dashboard`)).status, 200);
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 204);
    assert.equal((await service.get(path)).status, 404);
    assert.equal((await service.get(path, { 'If-None-Match': etag })).status, 404);
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 404);
  });

  it('counts an assessment in the statistics as soon as it is answered, and no longer when it is deleted', async () => {
    const stats = () => service.get('/api/v1/candidates/counted/stats');
    assert.equal((await stats()).status, 404);
    for (let total = 1; total <= 3; total++) {
      const { json } = await assess('counted');
      assert.equal((await stats()).json.total, total);
      const again = await stats();
      assert.match(cacheStatus(again) ?? '', /hit/);
      assert.equal(again.json.total, total);
      if (total < 3) continue;
      await service.send(`/api/v1/assessments/${json.assessment_id}`, { method: 'DELETE' });
      assert.equal((await stats()).json.total, 2);
    }
    const future = await service.get('/api/v1/candidates/counted/stats?from=2090-01-01');
    assert.equal(future.json.total, 0);
  });

  it('ends a negative entry when the candidate is created', async () => {
    const path = '/api/v1/candidates/asked_early/stats';
    assert.equal((await service.get(path)).status, 404);
    assert.equal((await service.get(path)).status, 404);
    await service.post('/api/v1/candidates', { candidate_id: 'asked_early' });
    assert.equal((await service.get(path)).status, 200);
  });

  it("removes a person's entries before the erasure is answered", async () => {
    const { json } = await assess('erased', { content: { code: 'secret_of_erased = 1\n' } });
    const paths = [`/api/v1/assessments/${json.assessment_id}`, '/api/v1/candidates/erased/stats'];
    for (const path of paths) for (let i = 0; i < 2; i++) await service.get(path);
    await service.send('/api/v1/candidates/erased', { method: 'DELETE' });
    for (const path of paths) assert.equal((await service.get(path)).status, 404);
    const again = await assess('erased', { content: { code: 'secret_of_erased = 1\n' } });
    assert.equal(again.json.metadata.cached, false);
  });

  it('invalidates a deleted assessment though the answer to its COMMIT was lost', async () => {
    const { json } = await assess('lost_answer');
    const stats = '/api/v1/candidates/lost_answer/stats';
    assert.equal((await service.get(stats)).json.total, 1);
    const path = `/api/v1/assessments/${json.assessment_id}`;
    const lock = new Client({ connectionString: service.databaseUrl });
    await lock.connect();
    try {
      await lock.query(holdCommits);
      await lock.query('select pg_advisory_lock(1)');
      const deleted = service.send(path, { method: 'DELETE' });
      await until(async () => {
        const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
          and datname = current_database()`;
        return ((await lock.query(waiting)).rowCount ?? 0) > 0;
      });
      await service.proxy.set({ kind: 'reset-reply' });
      await lock.query('select pg_advisory_unlock(1)');
      assert.ok((await deleted).status >= 500);
    } finally {
      await service.recover();
      await lock.query('drop function hold_commit cascade');
      await lock.end();
    }
    await until(async () => (await service.get(path)).status === 404);
    assert.equal((await service.get(stats)).json.total, 0);
  });

  it('serves cached reads and answers 503 to writes while the database is down', async () => {
    const { json } = await assess('survivor');
    const held = `/api/v1/assessments/${json.assessment_id}`;
    for (const path of [held, '/api/v1/candidates/survivor/stats']) await service.get(path);
    await service.proxy.set({ kind: 'refuse' });
    try {
      for (const path of [held, '/api/v1/candidates/survivor/stats']) {
        const answer = await service.get(path);
        assert.equal(answer.status, 200);
        assert.match(cacheStatus(answer) ?? '', /hit/);
      }
      assert.equal((await assess('survivor')).status, 503);
      const other = await service.get('/api/v1/candidates/nobody_known/stats');
      assert.equal(other.status, 503);
    } finally {
      await service.recover();
    }
    await until(async () => (await assess('survivor')).status === 201);
  });
}

describe('cached assessments in one process', () => {
  behaviour(testService({ RATE_LIMIT_ENABLED: 'false' }));
});

describe('cached assessments with Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  const env: Record<string, string> = { RATE_LIMIT_ENABLED: 'false' };
  before(async function () {
    this.timeout(300_000);
    server = await startRedisServer();
    env['REDIS_URL'] = server.url;
    redis = createRedis({ url: server.url });
  });
  const service = testService(env);
  after(async () => {
    await redis.close();
    await server.stop();
  });

  behaviour(service);

  it('leaves nothing of an erased person in Redis', async () => {
    const code = 'unmistakable_name = 1\n';
    const { json } = await service.post('/api/v1/assessments', {
      candidate_id: 'in_redis',
      content: { code, explanation: 'I chose unmistakable_name because it cannot be mistaken.' },
    });
    await service.get(`/api/v1/assessments/${json.assessment_id}`);
    await service.get('/api/v1/candidates/in_redis/stats');
    const holding = async () => {
      const keys = await redis.client.keys('sono-eval:cache:2:entry:*');
      const texts = await Promise.all(keys.map((key) => redis.client.get(key)));
      return texts.filter((text) => /in_redis|unmistakable/.test(text ?? '')).length;
    };
    assert.ok((await holding()) >= 2);
    await service.send('/api/v1/candidates/in_redis', { method: 'DELETE' });
    assert.equal(await holding(), 0);
  });
});

describe('assessments with the cache switched off', () => {
  const service = testService({ CACHE_ENABLED: 'false', RATE_LIMIT_ENABLED: 'false' });

  it('are judged every time', async () => {
    for (let i = 0; i < 2; i++) {
      const answer = await service.post('/api/v1/assessments', submission('never'));
      assert.equal(answer.json.metadata.cached, false);
      assert.equal(cacheStatus(answer), 'sono-eval; fwd=bypass');
    }
    const { json } = await service.get('/api/v1/status/system');
    assert.equal(json.configuration.cache_enabled, false);
  });
});

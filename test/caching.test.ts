/** The cache as clients, operators and other replicas see it, through the whole service. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import type { Outcome } from '#src/resilience/circuit-breaker/circuit-state.ts';
import { testDatabase, type TestDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { testService, type TestService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const code = (name: string) => ({ code: `def ${name}(a, b):\n    return a + b\n` });
/** Enough to be judged and quoted. */
const submission = readFileSync('test/fixtures/submission.json', 'utf8');
const { content: whole } = JSON.parse(submission) as { content: object };
const { content: unmistakable } = JSON.parse(submission.replaceAll('totals', 'unmistakable')) as {
  content: object;
};
const assessment = (candidate: string, more: object = {}) => ({
  candidate_id: candidate,
  content: code('add'),
  ...more,
});

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

async function call(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = /json/.test(response.headers.get('Content-Type') ?? '')
    ? JSON.parse(text === '' ? 'null' : text)
    : undefined;
  const { status, headers: received } = response;
  return { status, headers: received, text, json };
}

const isHit = ({ headers }: Answer) => /; hit; ttl=/.test(headers.get('Cache-Status') ?? '');

/** Two processes of the service, each with its own proxy before one Redis. */
function replicas(database: TestDatabase, redisDb = 0) {
  const proxies: FaultProxy[] = [];
  const processes: ServiceProcess[] = [];
  const parts = {} as { redis: RedisServer; client: RedisConnection['client'] };
  let connection: RedisConnection;
  let dataDir = '';
  const env = (proxy: FaultProxy): Record<string, string> => ({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(proxy.port),
    REDIS_DB: String(redisDb),
    REDIS_PASSWORD: parts.redis.password,
    // What is shared is shown here, also on a machine where Redis has to wait for its turn.
    REDIS_TIMEOUT: '1s',
    SECRET_KEY: 'the-same-in-every-replica-0123456789',
    RATE_LIMIT_ENABLED: 'false',
  });
  const url = (index: number, path: string) => `${processes[index]?.apiUrl}/api/v1${path}`;

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-caching-'));
    parts.redis = await startRedisServer();
    const { port, password } = parts.redis;
    connection = createRedis({ port, password, db: redisDb, commandTimeoutMs: 5000 });
    parts.client = connection.client;
    await until(() => connection.ping(500));
    for (let i = 0; i < 2; i += 1) proxies.push(await startFaultProxy({ port }));
    processes.push(...(await Promise.all(proxies.map((one) => startServiceProcess(env(one))))));
    await until(async () => {
      for (const index of [0, 1]) {
        const { json } = await call(url(index, '/status/system'));
        if (json.cache.bus_connected !== true) return false;
      }
      return true;
    });
  });
  after(async () => {
    for (const proxy of proxies) await proxy.set({ kind: 'pass' });
    await Promise.all(processes.map((one) => one.stop()));
    await Promise.all(proxies.map((one) => one.close()));
    await connection.close();
    await parts.redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  return {
    parts,
    proxies,
    /** Of replica 0 or 1. */
    get: (index: number, path: string, headers = {}) =>
      call(url(index, path), 'GET', undefined, headers),
    assess: (index: number, body: object, headers = {}) =>
      call(url(index, '/assessments'), 'POST', body, headers),
    remove: (index: number, path: string) => call(url(index, path), 'DELETE'),
    invalidate: (index: number, body: object) =>
      call(url(index, '/admin/cache/invalidate'), 'POST', body),
    stats: async (index: number) => (await call(url(index, '/status/system'))).json.cache,
    metrics: async (index: number) =>
      (await call(`http://${processes[index]?.metricsTarget}/metrics`)).text,
    /** Started with the same Redis and other settings, for one question. */
    async withOther<T>(more: Record<string, string>, ask: (url: string) => Promise<T>): Promise<T> {
      const proxy = proxies[0];
      if (proxy === undefined) throw new Error('There is no proxy.');
      const other = await startServiceProcess({ ...env(proxy), ...more });
      try {
        return await ask(`${other.apiUrl}/api/v1`);
      } finally {
        await other.stop();
      }
    },
  };
}

/** Everything in Redis, names and contents. */
async function everything(client: RedisConnection['client']): Promise<string> {
  const seen: unknown[] = [];
  for (const key of await client.keys('*')) {
    seen.push(key);
    const type = await client.type(key);
    if (type === 'string') seen.push(await client.get(key));
    if (type === 'zset') seen.push(await client.zrange(key, '0', '-1'));
    if (type === 'hash') seen.push(await client.hgetall(key));
  }
  return JSON.stringify(seen);
}

const entriesOf = (client: RedisConnection['client'], cache: string) =>
  client.keys(`sono-eval:cache:2:entry:${cache}:*`);

describe('caching by two replicas with one Redis', () => {
  const two = replicas(testDatabase());
  const { parts, proxies } = two;
  /** Of replica 0 so far, by what its breaker made of them. */
  const callsOfRedis = async (...outcomes: Outcome[]) => {
    const found = (await two.metrics(0)).matchAll(
      /^circuit_breaker_calls_total\{name="redis_service",outcome="(\w+)"\} (\d+)$/gm,
    );
    return [...found]
      .filter(([, outcome]) => outcomes.some((one) => one === outcome))
      .reduce((sum, [, , count]) => sum + Number(count), 0);
  };

  it('answers on one what was judged on the other, and says so', async () => {
    const first = await two.assess(0, assessment('shared'));
    assert.deepEqual([first.status, first.json.metadata.cached], [201, false], first.text);
    const second = await two.assess(1, assessment('shared'));
    assert.deepEqual([second.status, second.json.metadata.cached], [201, true], second.text);
    assert.ok(isHit(second));
    const {
      assessment_id: _a,
      timestamp: _b,
      processing_time_ms: _c,
      metadata: _d,
      ...judged
    } = second.json;
    for (const [name, value] of Object.entries(judged)) {
      assert.deepEqual(value, first.json[name], name);
    }
  });

  it('deletes on one what the other holds', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { json } = await two.assess(0, assessment('deleted'));
      const path = `/assessments/${json.assessment_id}`;
      await two.get(0, path);
      assert.ok(isHit(await two.get(0, path)));
      assert.equal((await two.get(0, '/candidates/deleted/stats')).json.total, 1);
      assert.equal((await two.remove(1, path)).status, 204);
      // Long before its time to live is over.
      await until(async () => (await two.get(0, path)).status === 404);
      assert.equal((await two.get(0, '/candidates/deleted/stats')).json.total, 0);
    }
  });

  it('counts on one what was assessed on the other', async () => {
    for (let total = 1; total <= 10; total += 1) {
      await two.assess(total % 2, assessment('counted'));
      for (const index of [0, 1]) {
        await until(
          async () => (await two.get(index, '/candidates/counted/stats')).json.total === total,
        );
      }
    }
  });

  for (const lost of ['nothing', 'the indexes', 'the generations', 'both'] as const) {
    it(`erases a person in both tiers, also when Redis has evicted ${lost}`, async () => {
      const id = `erased_${lost.replace(' ', '_')}`;
      const content = unmistakable;
      const { json } = await two.assess(0, assessment(id, { content }));
      const kept = await two.assess(0, assessment('bystander', { content: code('bystander') }));
      assert.equal(kept.status, 201);
      const paths = [`/assessments/${json.assessment_id}`, `/candidates/${id}/stats`];
      for (const index of [0, 1]) for (const path of paths) await two.get(index, path);
      await two.assess(1, assessment(id, { content }));
      const quoted = (await everything(parts.client)).includes('unmistakable');
      assert.ok(quoted);
      const held = (await two.stats(1)).caches;
      assert.ok(held.candidate_stats.cached_entries > 0);
      for (const kind of ['index', 'generation']) {
        if (lost !== 'both' && !lost.includes(kind)) continue;
        const keys = await parts.client.keys(`sono-eval:cache:2:${kind}:*`);
        await parts.client.del(...keys);
      }
      assert.equal((await two.remove(0, `/candidates/${id}`)).status, 204);
      const left = await everything(parts.client);
      assert.ok(!left.includes('unmistakable') && !left.includes(id));
      for (const index of [0, 1]) {
        for (const path of [...paths, `/candidates/${id}`]) {
          assert.equal((await two.get(index, path)).status, 404, `${index} ${path}`);
        }
        const { json: list } = await two.get(index, `/assessments?candidate_id=${id}`);
        assert.deepEqual(list.items, []);
      }
      const after = (await two.stats(1)).caches;
      assert.equal(after.engine_results.cached_entries, held.engine_results.cached_entries - 1);
      const anew = await two.assess(1, assessment(id, { content }));
      assert.equal(anew.json.metadata.cached, false);
      await two.remove(0, `/candidates/${id}`);
    });
  }

  it('takes foreign data in Redis for a miss, counts and removes it', async () => {
    const { client } = parts;
    const corrupt = async () => {
      const lines = (await two.metrics(0)).split('\n');
      return lines
        .filter((line) => /^sono_eval_cache_evictions_total|^cache_evictions_total/.test(line))
        .filter((line) => line.includes('reason="corrupt"'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const { json: other } = await two.assess(0, assessment('bystander'));
    const { json } = await two.assess(0, assessment('poisoned'));
    const path = `/assessments/${json.assessment_id}`;
    const prime = async (): Promise<string> => {
      await two.invalidate(0, { all: true });
      await two.get(1, path);
      const [key = ''] = await entriesOf(client, 'assessment_results');
      return key;
    };
    const text = async (key: string) => (await client.get(key)) ?? '';
    const withHead = (change: (payload: string, head: string) => string) => async (key: string) => {
      const whole = await text(key);
      const line = whole.indexOf('\n');
      const head = whole.slice(0, line);
      await client.set(key, `${head}\n${change(whole.slice(line + 1), head)}`, 'PX', 100_000);
    };
    const poisons: Record<string, (key: string) => Promise<unknown>> = {
      garbage: (key) => client.set(key, 'garbage', 'PX', 100_000),
      binary: (key) => client.set(key, '\u0000\uffff\n\r\u0001', 'PX', 100_000),
      truncated: async (key) => {
        const whole = await text(key);
        await client.set(key, whole.slice(0, -20), 'PX', 100_000);
      },
      'the head alone': withHead(() => ''),
      'a list': (key) => client.del(key).then(() => client.rpush(key, 'a', 'b')),
      'a hash': (key) => client.del(key).then(() => client.hset(key, 'a', 'b')),
      __proto__: withHead((payload) => payload.replace('{', '{"__proto__":{"admin":true},')),
      'another shape': withHead(() => '{"body":1,"etag":"x"}'),
      'another member': withHead((payload) => payload.replace('{', '{"more":1,')),
      'the entry of another key': async (key) => {
        await two.get(1, `/assessments/${other.assessment_id}`);
        const keys = await entriesOf(client, 'assessment_results');
        const from = keys.find((one) => one !== key) ?? '';
        await client.set(key, await text(from), 'PX', 100_000);
      },
      // The last: while it travels the breaker may open, and what comes then is not read at all.
      huge: withHead(() => `{"body":"${'x'.repeat(30_000_000)}","etag":"x"}`),
    };
    /** Whether it was removed and counted; the right answer is given in any case. */
    const taken = async (name: string, poison: (key: string) => Promise<unknown>) => {
      const key = await prime();
      await poison(key);
      const before = await corrupt();
      const planted = await client.dump(key);
      await until(async () => {
        const answer = await two.get(0, path);
        assert.equal(answer.status, 200, name);
        assert.deepEqual(answer.json, json, name);
        return isHit(answer);
      });
      const isRemoved = !isDeepStrictEqual(await client.dump(key), planted);
      return isRemoved && (await corrupt()) > before;
    };
    for (const [name, poison] of Object.entries(poisons)) {
      const isTaken = await taken(name, poison);
      // It may not get through in time: then it is removed when it is looked for the next time.
      if (name !== 'huge') assert.ok(isTaken, `${name}: removed and counted`);
    }
  });

  it('recovers from Redis keys of the wrong type or malformed', async () => {
    const { client } = parts;
    const { json } = await two.assess(0, assessment('wrong_types'));
    const paths = [`/assessments/${json.assessment_id}`, '/candidates/wrong_types/stats'];
    for (const kind of ['entry', 'lease', 'generation', 'index', 'position']) {
      for (const wrong of ['list', 'hash', 'text']) {
        for (const path of paths) await two.get(0, path);
        const keys = new Set(await client.keys(`sono-eval:cache:2:${kind}*`));
        const entries = await client.keys('sono-eval:cache:2:entry:*');
        if (kind === 'lease')
          for (const key of entries) keys.add(key.replace(':entry:', ':lease:'));
        for (const key of keys) {
          await client.del(key);
          if (wrong === 'list') await client.rpush(key, 'x');
          else if (wrong === 'hash') await client.hset(key, { number: 'x y', epoch: 'x y' });
          else await client.set(key, 'x y\n');
        }
        const what = `${kind} as ${wrong}`;
        const deleted = await two.assess(1, assessment('wrong_types', { content: code('other') }));
        assert.equal(deleted.status, 201, what);
        await two.remove(1, `/assessments/${deleted.json.assessment_id}`);
        assert.equal((await two.invalidate(1, { tags: ['candidate:wrong_types'] })).status, 200);
        for (const path of paths) {
          // Shared again: what one has loaded, the other gets from Redis.
          await until(async () => {
            await two.invalidate(1, { tags: ['candidate:wrong_types', 'personal'] });
            const answers = [await two.get(0, path), await two.get(1, path)];
            for (const { status } of answers) assert.equal(status, 200, what);
            return answers.every((answer, index) => isHit(answer) === (index === 1));
          }).catch((error: unknown) => {
            throw new Error(`${what}, ${path}`, { cause: error });
          });
        }
      }
    }
    const { json: system } = await two.get(1, '/status/system');
    assert.equal(system.circuit_breakers.redis_service.state, 'closed');
  });

  it('lets an operator invalidate by key, tag and everything, of any replica', async () => {
    const { json } = await two.assess(0, assessment('operated'));
    const path = `/assessments/${json.assessment_id}`;
    const prime = async () => {
      for (const index of [0, 1, 0, 1]) await two.get(index, path);
      for (const index of [0, 1]) assert.ok(isHit(await two.get(index, path)));
    };
    for (const what of [
      { keys: [`assessment_results:${json.assessment_id}`] },
      { tags: ['personal'] },
      { all: true },
    ]) {
      await prime();
      const { status, json: said } = await two.invalidate(0, what);
      assert.equal(status, 200);
      assert.ok(said.invalidated >= 1, JSON.stringify(said));
      await until(async () => !isHit(await two.get(1, path)));
    }
    for (const bad of [
      {},
      { keys: 'x' },
      { keys: [1] },
      { keys: [''] },
      { tags: Array.from({ length: 501 }, String) },
      { all: false },
      { all: 'yes' },
      { everything: true },
      [],
      null,
    ]) {
      assert.equal((await two.invalidate(0, bad as object)).status, 422, JSON.stringify(bad));
    }
  });

  for (const kind of ['black-hole', 'refuse'] as const) {
    it(`asks Redis no more once its breaker is open, and writes right, when it is gone (${kind})`, async () => {
      const { json } = await two.assess(0, assessment(`faulty_${kind}`));
      const ids = [json.assessment_id];
      for (let i = 0; i < 3; i += 1) {
        ids.push((await two.assess(0, assessment(`faulty_${kind}`))).json.assessment_id);
      }
      const refused = await callsOfRedis('rejected');
      await proxies[0]?.set({ kind });
      for (const id of ids.slice(1)) {
        // Delivered by the other one.
        assert.equal((await two.remove(0, `/assessments/${id}`)).status, 204);
        await two.assess(0, assessment(`faulty_${kind}`));
        const { json: stats } = await two.get(0, `/candidates/faulty_${kind}/stats`);
        assert.equal(stats.total, 4);
        assert.equal((await two.get(0, `/assessments/${id}`)).status, 404);
      }
      assert.equal((await two.remove(0, `/candidates/faulty_${kind}`)).status, 204);
      assert.equal((await two.get(0, `/assessments/${json.assessment_id}`)).status, 404);
      // Told at once that there is no Redis, without asking it; how long writes take, chaos says.
      assert.ok((await callsOfRedis('rejected')) - refused >= ids.length);
      await proxies[0]?.set({ kind: 'pass' });
      await until(async () => {
        const { status } = await two.get(1, `/candidates/faulty_${kind}/stats`);
        const left = await everything(parts.client);
        return status === 404 && !left.includes(`faulty_${kind}`);
      });
      await until(async () => (await two.stats(0)).bus_connected === true);
      await two.assess(0, assessment(`faulty_${kind}`));
      await until(async () => isHit(await two.assess(1, assessment(`faulty_${kind}`))));
    });
  }

  it('keeps results of different settings apart, over restarts with the same Redis', async () => {
    const body = {
      candidate_id: 'restarted',
      content: whole,
      paths_to_evaluate: ['technical', 'design'],
    };
    const base = await two.assess(0, body);
    assert.equal((await two.assess(0, body)).json.metadata.cached, true);
    const changes: Record<string, string>[] = [
      { ASSESSMENT_ENABLE_EXPLANATIONS: 'false' },
      { ASSESSMENT_MULTI_PATH_TRACKING: 'false' },
      { DARK_HORSE_MODE: 'disabled' },
    ];
    const answers = await Promise.all(
      changes.map((more) => two.withOther(more, (url) => call(`${url}/assessments`, 'POST', body))),
    );
    for (const [index, more] of changes.entries()) {
      const json = answers[index]?.json;
      assert.equal(json.metadata.cached, false, JSON.stringify(more));
      const judged = ({ path_scores, micro_motives }: Answer['json']) =>
        JSON.stringify([path_scores, micro_motives]);
      assert.ok(judged(json) !== judged(base.json), JSON.stringify(more));
    }
  });
});

describe('caching in another database of Redis', () => {
  const two = replicas(testDatabase(), 3);
  const { parts } = two;

  it('stays in its database when connections are lost', async () => {
    const names = ['sono-eval-rate-limit', 'sono-eval-cache', 'sono-eval-bus'];
    const databases = async () => {
      const list = String(await parts.client.call('CLIENT', 'LIST'));
      const clients = list.split('\n').filter((line) => line.includes('name=sono-eval-'));
      return names.map((name) =>
        clients
          .filter((line) => line.includes(`name=${name} `))
          .map((line) => /\bdb=(\d+)/.exec(line)?.[1]),
      );
    };
    const eachHas = names.map(() => ['3', '3']);
    for (let round = 0; round < 3; round += 1) {
      await until(async () => assert.deepEqual(await databases(), eachHas));
      const candidate = `reconnected_${round}`;
      await until(async () => (await two.stats(0)).bus_connected === true);
      await until(async () => (await two.stats(1)).bus_connected === true);
      await until(async () => {
        await two.assess(0, assessment(candidate));
        return isHit(await two.assess(1, assessment(candidate)));
      });
      const space = await parts.client.info('keyspace');
      assert.deepEqual(space.match(/^db\d+/gm), ['db3'], space);
      await parts.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await parts.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    }
  });
});

describe('caching in one process', () => {
  // More at once than there are connections: they wait for one as long as it takes.
  const service = testService(
    { RATE_LIMIT_ENABLED: 'false', MAX_CONCURRENT_ASSESSMENTS: '4' },
    { connect_timeout: '60' },
  );
  const assess = (candidate: string, more: object = {}, headers = {}) =>
    service.post('/api/v1/assessments', assessment(candidate, more), headers);

  it('reads every acknowledged write under concurrent reads and writes', async () => {
    const answered = new Map<string, number>();
    const write = async (candidate: string, n: number) => {
      const { json, status } = await assess(candidate, { content: code(`f${n % 3}`) });
      assert.equal(status, 201);
      answered.set(candidate, (answered.get(candidate) ?? 0) + 1);
      const least = answered.get(candidate) ?? 0;
      const [stats, list, one] = await Promise.all([
        service.get(`/api/v1/candidates/${candidate}/stats`),
        service.get(`/api/v1/assessments?candidate_id=${candidate}&limit=100`),
        service.get(`/api/v1/assessments/${json.assessment_id}`),
      ]);
      assert.ok(stats.json.total >= least, `${stats.json.total} of ${least}`);
      const ids = list.json.items.map((item: { assessment_id: string }) => item.assessment_id);
      assert.ok(ids.includes(json.assessment_id));
      assert.equal(one.status, 200);
    };
    let next = 0;
    const writer = async () => {
      while (next < 200) await write(`writer_${next % 4}`, next++);
    };
    // Fewer at once than find room: the others would be told to come again.
    await Promise.all(Array.from({ length: 12 }, writer));
    for (const [candidate, total] of answered) {
      const { json } = await service.get(`/api/v1/candidates/${candidate}/stats`);
      assert.equal(json.total, total);
    }
  });

  it('judges anew at any difference of content, but not of member order', async () => {
    const files = [
      { path: 'a.py', content: 'a = 1\n' },
      { path: 'b.py', content: 'b = 2\n' },
    ];
    const commits = [{ message: 'one' }, { message: 'two' }];
    const base = {
      content: { code: 'x = 1  # \u00e9\n', files, commits, template_files: files.slice(1) },
      options: { weights: { technical: 2, design: 1 } },
    };
    const asked = (more: object) => assess('differs', { ...base, ...more });
    const first = await asked({});
    const same = await service.post(
      '/api/v1/assessments',
      `{"options":{"weights":{"design":1,"technical":2}},"content":${JSON.stringify({
        template_files: base.content.template_files,
        commits,
        files: files.map(({ path, content }) => ({ content, path })),
        code: base.content.code,
      })},"candidate_id":"differs"}`,
    );
    assert.equal(same.json.metadata.cached, true);
    const own = ['assessment_id', 'timestamp', 'processing_time_ms', 'metadata'];
    for (const name of Object.keys(first.json)) {
      if (!own.includes(name)) assert.deepEqual(same.json[name], first.json[name], name);
    }
    const { content } = base;
    for (const more of [
      { candidate_id: 'differs_more' },
      { content: { ...content, code: 'x = 1  # e\u0301\n' } },
      { content: { ...content, commits: commits.toReversed() } },
      { content: { ...content, files: files.toReversed() } },
      { content: { ...content, template_files: files } },
      { content: { ...content, template_files: undefined } },
      { content: { ...content, template_files: [] } },
      { content: { ...content, reviews: [] } },
      { content: { ...content, reviews: [''] } },
      { options: {} },
      { options: { weights: { technical: 2 } } },
      { options: { weights: { technical: 2, design: 1.0000001 } } },
      { options: { ...base.options, challenge: '' } },
      { paths_to_evaluate: ['technical'] },
      { submission_type: 'project' },
      { language: 'python' },
    ]) {
      const { status, json } = await asked(more);
      assert.deepEqual([status, json.metadata?.cached], [201, false], JSON.stringify(more));
    }
  });

  it('replays the first answer for an Idempotency-Key, regardless of the cache', async () => {
    await assess('once');
    const key = { 'Idempotency-Key': 'cached-1' };
    const first = await assess('once', {}, key);
    assert.equal(first.json.metadata.cached, true);
    const again = await assess('once', {}, key);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('Idempotency-Replayed'), 'true');
    assert.equal(again.headers.get('Cache-Status'), null);
    assert.equal((await service.get('/api/v1/candidates/once/stats')).json.total, 2);
    const other = await assess('once', {}, { 'Idempotency-Key': 'cached-2' });
    assert.notEqual(other.json.assessment_id, first.json.assessment_id);
  });

  describe('conditional requests', () => {
    let paths: string[] = [];
    before(async () => {
      const { json } = await assess('conditional');
      paths = [
        `/api/v1/assessments/${json.assessment_id}`,
        `/api/v1/assessments/${json.assessment_id}/dashboard`,
        '/api/v1/candidates/conditional',
        '/api/v1/candidates/conditional/stats',
      ];
    });

    it('are answered as RFC 9110 says', async () => {
      for (const path of paths) {
        const { headers } = await service.get(path);
        const etag = headers.get('ETag') ?? '';
        assert.match(etag, /^"[\w-]{20,}"$/, path);
        assert.equal(headers.get('Cache-Control'), 'private, no-cache');
        const table: [string, Record<string, string>, number][] = [
          ['the tag', { 'If-None-Match': etag }, 304],
          ['weak', { 'If-None-Match': `W/${etag}` }, 304],
          ['a list', { 'If-None-Match': `"a", W/"b",${etag} , "c"` }, 304],
          ['any', { 'If-None-Match': '*' }, 304],
          ['another', { 'If-None-Match': '"another"' }, 200],
          ['another and a star', { 'If-None-Match': '"a", *' }, 200],
          ['a star in a tag', { 'If-None-Match': '"*"' }, 200],
          ['the tag within another', { 'If-None-Match': `"a,${etag.slice(1, -1)},b"` }, 200],
          ['match', { 'If-Match': etag }, 200],
          ['match in a list', { 'If-Match': `"a", "b,c" ,${etag}` }, 200],
          ['match nothing', { 'If-Match': '' }, 412],
          ['match any', { 'If-Match': ' * ' }, 200],
          ['match weak', { 'If-Match': `W/${etag}` }, 412],
          ['match another', { 'If-Match': '"another"' }, 412],
          ['match another and a star', { 'If-Match': '"a", *' }, 412],
          ['match no quotes', { 'If-Match': etag.slice(1, -1) }, 412],
          ['match, and known', { 'If-Match': etag, 'If-None-Match': etag }, 304],
          ['no match, and known', { 'If-Match': '"a"', 'If-None-Match': etag }, 412],
          ['no quotes', { 'If-None-Match': etag.slice(1, -1) }, 200],
          ['in another', { 'If-None-Match': `"x${etag.slice(1)}` }, 200],
          ['empty', { 'If-None-Match': '' }, 200],
          ['lower-case w', { 'If-None-Match': `w/${etag}` }, 200],
          ['a date', { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
          [
            'another and a date',
            { 'If-None-Match': '"x"', 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
            200,
          ],
          ['a range', { Range: 'bytes=0-1' }, 200],
        ];
        for (const [name, sent, expected] of table) {
          assert.equal((await service.get(path, sent)).status, expected, `${path}: ${name}`);
        }
      }
    });

    it('delete what the client has seen, and nothing else', async () => {
      const { json } = await assess('seen');
      for (const path of [`/api/v1/assessments/${json.assessment_id}`, '/api/v1/candidates/seen']) {
        const remove = (etag: string) =>
          service.send(path, { method: 'DELETE', headers: { 'If-Match': etag } });
        const etag = (await service.get(path)).headers.get('ETag') ?? '';
        for (const other of ['"another"', `W/${etag}`, '"a", *']) {
          const refused = await remove(other);
          assert.deepEqual([refused.status, refused.json.error_code], [412, 'PRECONDITION_FAILED']);
        }
        assert.equal((await service.get(path)).status, 200);
        assert.equal((await remove(`"another", ${etag}`)).status, 204);
        for (const gone of [etag, '*', '"another"']) assert.equal((await remove(gone)).status, 404);
      }
    });

    it('carry on 304 the headers of 200, and no body', async () => {
      for (const path of paths) {
        const full = await service.get(path);
        const etag = full.headers.get('ETag') ?? '';
        for (const method of ['GET', 'HEAD']) {
          const answer = await service.send(path, { method, headers: { 'If-None-Match': etag } });
          assert.equal(answer.status, 304, `${method} ${path}`);
          assert.equal(answer.text, '');
          for (const name of ['ETag', 'Cache-Control', 'Vary']) {
            assert.equal(answer.headers.get(name), full.headers.get(name), `${name} of ${path}`);
          }
          for (const name of ['Content-Type', 'Content-Length', 'Transfer-Encoding']) {
            assert.equal(answer.headers.get(name), null, `${name} of ${path}`);
          }
          assert.match(answer.headers.get('X-Request-ID') ?? '', /./);
        }
        const head = await service.send(path, { method: 'HEAD' });
        assert.equal(head.text, '');
        for (const name of ['ETag', 'Cache-Control', 'Content-Type', 'Content-Length']) {
          assert.equal(head.headers.get(name), full.headers.get(name), `${name} of HEAD ${path}`);
        }
      }
    });

    it('answer 200 after a change, and 404 when the resource is gone', async () => {
      const { json } = await assess('vanishing');
      const stats = '/api/v1/candidates/vanishing/stats';
      const path = `/api/v1/assessments/${json.assessment_id}`;
      const [one, two] = [await service.get(path), await service.get(stats)];
      const tags = [one, two].map(({ headers }) => headers.get('ETag') ?? '');
      await assess('vanishing', { content: code('another') });
      const changed = await service.get(stats, { 'If-None-Match': tags[1] ?? '' });
      assert.deepEqual([changed.status, changed.json.total], [200, 2]);
      await service.send('/api/v1/candidates/vanishing', { method: 'DELETE' });
      for (const gone of [
        path,
        `${path}/dashboard`,
        `${path}/report`,
        stats,
        '/api/v1/candidates/vanishing',
      ]) {
        for (const sent of [tags.join(', '), '*']) {
          const answer = await service.get(gone, { 'If-None-Match': sent });
          assert.equal(answer.status, 404, gone);
          assert.equal(answer.headers.get('ETag'), null);
          assert.equal(answer.headers.get('Cache-Control'), 'no-store');
        }
      }
    });
  });

  it('marks no response as storable by shared caches', async () => {
    const { json } = await assess('downstream');
    const id = json.assessment_id;
    for (const path of [
      '/assessments',
      `/assessments/${id}`,
      `/assessments/${id}/dashboard`,
      `/assessments/${id}/report`,
      '/candidates',
      '/candidates/downstream',
      '/candidates/downstream/stats',
      '/candidates/nobody_there',
      '/status/system',
    ]) {
      const { headers } = await service.get(`/api/v1${path}`, { Authorization: 'Bearer someone' });
      assert.match(headers.get('Cache-Control') ?? '', /private|no-store/, path);
    }
    const posted = await assess('downstream');
    assert.match(posted.headers.get('Cache-Control') ?? '', /private|no-store/);
  });
});

describe('caching switched', () => {
  const env = { RATE_LIMIT_ENABLED: 'false' };
  const off = testService({ ...env, CACHE_ENABLED: 'false' });
  const short = testService({ ...env, CACHE_TTL_SECONDS: '1' });
  const small = testService({ ...env, CACHE_MAX_BYTES: '1048576' });
  const assess = (service: TestService, candidate: string, more: object = {}) =>
    service.post('/api/v1/assessments', assessment(candidate, more));

  it('off answers never from a cache', async () => {
    const { json } = await assess(off, 'off');
    const path = `/api/v1/assessments/${json.assessment_id}`;
    for (let i = 0; i < 2; i += 1) {
      const answer = await off.get(path);
      assert.deepEqual(answer.json, json);
      assert.equal(answer.headers.get('Cache-Status'), 'sono-eval; fwd=bypass');
      assert.equal(answer.headers.get('Age'), null);
    }
    const etag = (await off.get(path)).headers.get('ETag') ?? '';
    assert.equal((await off.get(path, { 'If-None-Match': etag })).status, 304);
    assert.equal((await off.send(path, { method: 'DELETE' })).status, 204);
    assert.equal((await off.get(path)).status, 404);
    const { json: system } = await off.get('/api/v1/status/system');
    assert.equal(system.cache.enabled, false);
    assert.equal(system.cache.cached_entries, 0);
  });

  it('to a TTL of one second expires after it', async () => {
    // Renewed in the background for as long as it is asked for.
    await until(async () => {
      const answer = await assess(short, 'short');
      assert.ok(Number(answer.headers.get('Age') ?? 0) <= 1);
      assert.match(answer.headers.get('Cache-Status') ?? '', /ttl=[01]$|uri-miss/);
      const { json } = await short.get('/api/v1/status/system');
      return json.cache.caches.engine_results.loads >= 3;
    });
  });

  it('to the least memory stays below it, with right answers', async () => {
    for (let i = 0; i < 60; i += 1) {
      const { status, json } = await assess(small, `small_${i % 7}`, { content: code(`f${i}`) });
      assert.equal(status, 201);
      assert.deepEqual((await small.get(`/api/v1/assessments/${json.assessment_id}`)).json, json);
      const { json: system } = await small.get('/api/v1/status/system');
      assert.ok(system.cache.memory_usage_estimate <= 1_048_576);
    }
    const { json: system } = await small.get('/api/v1/status/system');
    assert.ok(system.cache.cached_entries > 0 && system.cache.evictions > 0);
  });
});

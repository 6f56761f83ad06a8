/** What is erased through one replica is read from no other, whatever links are cut. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** Two processes of the service with one database; each with its own proxy before one Redis, or without. */
function twoReplicas(options: { redis: boolean }) {
  const database = testDatabase();
  const proxies: FaultProxy[] = [];
  const processes: ServiceProcess[] = [];
  let redis: RedisServer | undefined;
  let dataDir = '';

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-erasing-'));
    if (options.redis) redis = await startRedisServer();
    for (let i = 0; i < 2; i += 1) {
      if (redis !== undefined) proxies.push(await startFaultProxy({ port: redis.port }));
      await startOne();
    }
  });
  after(async () => {
    await pass();
    await Promise.all(processes.map((one) => one.stop()));
    await Promise.all(proxies.map((one) => one.close()));
    await redis?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function startOne() {
    const port = proxies.at(-1)?.port;
    const shared =
      redis === undefined
        ? {}
        : {
            REDIS_HOST: '127.0.0.1',
            REDIS_PORT: String(port),
            REDIS_PASSWORD: redis.password,
            REDIS_TIMEOUT: '1s',
            SECRET_KEY: 'the-same-in-every-replica-0123456789',
          };
    processes.push(
      await startServiceProcess({
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        RATE_LIMIT_ENABLED: 'false',
        ...shared,
      }),
    );
    if (redis === undefined) return;
    const index = processes.length - 1;
    await until(async () => (await ask(index, '/status/system')).json.cache.bus_connected);
  }
  async function ask(index: number, path: string, method = 'GET', body?: object): Promise<Answer> {
    const response = await fetch(`${processes[index]?.apiUrl}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, json: text === '' ? null : JSON.parse(text) };
  }
  const cacheStatus = async (index: number, path: string) =>
    (await ask(index, path)).headers.get('Cache-Status') ?? '';
  const cut = async (fault: Fault, ...indexes: number[]) => {
    for (const index of indexes) await proxies[index]?.set(fault);
  };
  const pass = () => cut({ kind: 'pass' }, 0, 1);

  return {
    get: ask,
    cacheStatus,
    remove: (index: number, path: string) => ask(index, path, 'DELETE'),
    cut,
    pass,
    kill: (index: number) => processes[index]?.signal('SIGKILL'),
    /** What the replica's metrics say. */
    async erasuresPending(index: number): Promise<number> {
      const text = await (await fetch(`http://${processes[index]?.metricsTarget}/metrics`)).text();
      const [, value] = /^cache_erasures_pending(?:\{[^}]*\})? (\d+)$/m.exec(text) ?? [];
      return Number(value);
    },
    async erasuresLeft(): Promise<number> {
      const sql = 'select count(*)::int as n from cache_erasures';
      const [row] = await database.db.em().execute<{ n: number }[]>(sql);
      return row?.n ?? NaN;
    },
    /** An assessment that both replicas serve from their caches. */
    async cached(id: string): Promise<{ assessment: string; paths: string[] }> {
      const body = { candidate_id: id, content: { code: 'def add(a, b):\n    return a + b\n' } };
      const { json } = await ask(0, '/assessments', 'POST', body);
      const assessment = `/assessments/${json.assessment_id}`;
      const paths = [assessment, `/candidates/${id}/stats`];
      for (const index of [0, 1]) {
        for (const path of paths) {
          await until(async () => {
            return /; hit; ttl=/.test(await cacheStatus(index, path));
          });
        }
      }
      return { assessment, paths };
    },
  };
}

describe('erasing through one of two replicas', function () {
  this.timeout(300_000);
  const two = twoReplicas({ redis: true });
  afterEach(() => two.pass());
  const isGone = async (path: string) => {
    for (const index of [1, 0]) {
      const { status } = await two.get(index, path);
      assert.equal(status, 404, `replica ${index} serves ${path}`);
    }
  };

  for (const kind of ['refuse', 'black-hole'] as const) {
    it(`is delivered by the other one when the eraser's link to Redis is cut (${kind}): a person`, async () => {
      const id = `person_${kind}`;
      const { paths } = await two.cached(id);
      await two.cut({ kind }, 0);
      assert.equal((await two.remove(0, `/candidates/${id}`)).status, 204);
      for (const path of [...paths, `/candidates/${id}`]) await isGone(path);
      assert.equal(await two.erasuresLeft(), 0);
      assert.equal((await two.remove(0, `/candidates/${id}`)).status, 404);
    });

    it(`is delivered by the other one when the eraser's link to Redis is cut (${kind}): an assessment`, async () => {
      const { assessment, paths } = await two.cached(`assessed_${kind}`);
      await two.cut({ kind }, 0);
      assert.equal((await two.remove(0, assessment)).status, 204);
      await isGone(assessment);
      assert.equal((await two.get(1, String(paths[1]))).json.total, 0);
      assert.equal(await two.erasuresLeft(), 0);
    });
  }

  it('claims nothing while no process can tell Redis, and says what became of it to who asks again', async () => {
    const { paths } = await two.cached('nobody');
    await two.cut({ kind: 'refuse' }, 0, 1);
    for (let i = 0; i < 2; i += 1) {
      const { status, headers, json } = await two.remove(0, '/candidates/nobody');
      assert.deepEqual([status, json.error_code], [503, 'SERVICE_UNAVAILABLE']);
      assert.equal(headers.get('retry-after'), '1');
    }
    assert.equal(await two.erasuresLeft(), 1);
    for (const index of [0, 1]) await until(async () => (await two.erasuresPending(index)) === 1);
    // Both have heard of it, and read nothing from Redis before it is delivered.
    for (const path of paths) await isGone(path);
    await two.cut({ kind: 'pass' }, 1);
    for (const path of paths) await isGone(path);
    // As long as it is 503, nobody has told Redis yet.
    await until(async () => {
      const { status, json } = await two.remove(0, '/candidates/nobody');
      assert.ok([204, 404, 503].includes(status), JSON.stringify(json));
      return status !== 503;
    });
    assert.equal(await two.erasuresLeft(), 0);
    for (const index of [0, 1]) await until(async () => (await two.erasuresPending(index)) === 0);
  });

  it('is delivered by the others when the eraser dies with it', async () => {
    const { paths } = await two.cached('orphaned');
    await two.cut({ kind: 'refuse' }, 0, 1);
    assert.equal((await two.remove(0, '/candidates/orphaned')).status, 503);
    two.kill(0);
    await two.cut({ kind: 'pass' }, 1);
    for (const path of paths) assert.equal((await two.get(1, path)).status, 404);
    await until(async () => (await two.erasuresLeft()) === 0);
    for (const path of paths) assert.equal((await two.get(1, path)).status, 404);
  });
});

describe('erasing through one of two replicas without Redis', function () {
  this.timeout(300_000);
  const two = twoReplicas({ redis: false });

  it('ends the copies of the other one, long before their time to live is over, and nobody else’s', async () => {
    const others = await two.cached('another');
    const { paths } = await two.cached('alone');
    assert.equal((await two.remove(0, '/candidates/alone')).status, 204);
    for (const path of paths) {
      assert.equal((await two.get(0, path)).status, 404);
      await until(async () => (await two.get(1, path)).status === 404);
    }
    for (const path of others.paths) {
      for (const index of [0, 1]) assert.match(await two.cacheStatus(index, path), /; hit; ttl=/);
    }
    assert.equal(await two.erasuresLeft(), 0);
  });
});

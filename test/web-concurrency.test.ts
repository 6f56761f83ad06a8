/** Several processes behind one port, without Redis: for clients and for Prometheus they are one service. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { inherited } from '#test/support/child-environment.ts';
import { makeTestDir, testDatabase } from '#test/support/database.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';
import { isRunning } from '#test/support/running.ts';
import { killChild } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';

const QUOTA = 12;
const limited = '/api/v1/errors';

type Line = Record<string, unknown>;

describe('a service of two processes', () => {
  const database = testDatabase();
  const dataDir = makeTestDir();
  const logDir = makeTestDir();
  let service: ChildProcess;
  let exit: Promise<unknown[]>;
  let api = '';
  let metrics = '';
  let output = '';
  const lines = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const events = (name: string) => lines().filter((line) => line['event.name'] === name);
  const pidsOf = (found: Line[]) => [...new Set(found.map((line) => Number(line['process.pid'])))];
  let clients = 0;
  const newClient = () => ({ 'X-Forwarded-For': `198.51.100.${++clients}` });

  before(async () => {
    service = spawn(
      process.execPath,
      ['--import', './telemetry/start.ts', 'src/main.ts', '--end-with-parent'],
      {
        env: {
          ...inherited,
          WEB_CONCURRENCY: '2',
          DATABASE_URL: database.url,
          DATA_DIR: dataDir,
          LOG_DIR: logDir,
          API_HOST: '127.0.0.1',
          API_PORT: '0',
          METRICS_HOST: '127.0.0.1',
          METRICS_PORT: '0',
          AUTH_REQUIRED: 'false',
          RATE_LIMIT_PER_MINUTE: String(QUOTA),
          TRUSTED_PROXIES: '127.0.0.1',
          SHUTDOWN_LEAD_SECONDS: '0',
          API_RUNS_JOBS: 'false',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    exit = once(service, 'exit');
    service.stdout?.on('data', (bytes) => (output += String(bytes)));
    await Promise.race([
      until(() => events('service.ready').length === 1),
      exit.then(() => assert.fail(output)),
    ]);
    const [ready] = events('service.ready');
    api = String(ready?.['api.url']);
    metrics = String(ready?.['metrics.url']);
  });
  after(async () => {
    await killChild(service);
    for (const dir of [dataDir, logDir]) rmSync(dir, { recursive: true, force: true });
  });

  /** On a connection of its own: they are dealt out in turns. */
  const open = (path: string, options: RequestOptions = {}) =>
    request(api + path, { agent: false, ...options });
  const answerOf = async (asked: ReturnType<typeof open>) => {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  };
  const get = (path: string, headers: Record<string, string> = newClient()) =>
    answerOf(open(path, { headers }).end());
  const post = (path: string, body: object) =>
    answerOf(
      open(path, {
        method: 'POST',
        headers: { ...newClient(), 'Content-Type': 'application/json' },
      }).end(JSON.stringify(body)),
    );
  const scrape = async () => {
    const accept = 'application/openmetrics-text; version=1.0.0';
    const body = await (await fetch(metrics, { headers: { accept } })).text();
    const families = parseExposition(body, 'openmetrics');
    return {
      samples: (name: string) => families.get(name)?.samples ?? [],
      sum: (name: string, suffix = '', labels: Record<string, string> = {}) =>
        (families.get(name)?.samples ?? [])
          .filter((sample) => sample.name === name + suffix)
          .filter(({ labels: has }) => Object.entries(labels).every(([k, v]) => has[k] === v))
          .reduce((sum, { value }) => sum + value, 0),
    };
  };
  const answered = async () =>
    (await scrape()).sum('http_request_duration_seconds', '_count', { route: limited });

  it('answers in both, whose log lines are whole and say which it was', async () => {
    const from = newClient();
    await Promise.all(Array.from({ length: 10 }, () => get(limited, from)));
    const served = () => events('http.request').filter((line) => line['http.route'] === limited);
    await until(() => served().length === 10);
    const pids = pidsOf(served());
    assert.equal(pids.length, 2);
    assert.deepEqual(new Set(pids), new Set(pidsOf(events('process.ready'))));
    assert.equal(new Set(lines().map((line) => line['service.instance.id'])).size, 1);
    for (const number of ['01', '02']) {
      const file = readFileSync(`${logDir}/sono-eval-${number}.log`, 'utf8').trim().split('\n');
      assert.equal(pidsOf(file.map((line) => JSON.parse(line) as Line)).length, 1);
    }
  });

  it('admits exactly the quota over both, in one burst and from connection to connection', async () => {
    for (const atOnce of [2 * QUOTA, 1]) {
      const from = newClient();
      const statuses: unknown[] = [];
      for (let asked = 0; asked < QUOTA + 8; asked += atOnce) {
        const answers = await Promise.all(Array.from({ length: atOnce }, () => get(limited, from)));
        statuses.push(...answers.map(({ status }) => status));
        assert.ok(answers.every(({ headers }) => headers['x-ratelimit-backend'] === 'memory'));
      }
      assert.equal(statuses.filter((status) => status === 200).length, QUOTA);
      assert.ok(statuses.every((status) => status === 200 || status === 429));
    }
  });

  it('forgets in both what an operator resets', async () => {
    const from = newClient();
    await Promise.all(Array.from({ length: QUOTA + 4 }, () => get(limited, from)));
    const subject = from['X-Forwarded-For'];
    const path = `/api/v1/admin/rate-limits?subject=${subject}`;
    const state = JSON.parse((await get(path)).body) as { policies: { used: number }[] };
    assert.equal(state.policies[0]?.used, QUOTA);
    const { status } = await answerOf(open(path, { method: 'DELETE', headers: newClient() }).end());
    assert.equal(status, 204);
    const after = JSON.parse((await get(path)).body) as { policies: { used: number }[] };
    assert.equal(after.policies[0]?.used, 0);
  });

  it('serves from neither cache what one of them was told is void', async () => {
    assert.equal((await post('/api/v1/candidates', { candidate_id: 'cached' })).status, 201);
    const path = '/api/v1/candidates/cached/stats';
    const hits = async () => {
      const answers = [await get(path), await get(path)];
      return answers.filter(({ headers }) => /; hit/.test(String(headers['cache-status']))).length;
    };
    await until(async () => (await hits()) === 2);
    const told = await post('/api/v1/admin/cache/invalidate', { tags: ['candidate:cached'] });
    assert.equal(told.status, 200);
    assert.equal(await hits(), 0);
  });

  it('lets an operator’s decision on a breaker hold in both', async () => {
    const decide = (body: object) =>
      post('/api/v1/admin/circuit-breakers/redis_service', { reason: 'a test', ...body });
    const states = async () => {
      const answers = [await get('/api/v1/status/system'), await get('/api/v1/status/system')];
      return answers.map(({ body }) => {
        const { circuit_breakers: all } = JSON.parse(body) as {
          circuit_breakers: Record<string, { state: string }>;
        };
        return all['redis_service']?.state;
      });
    };
    assert.equal((await decide({ state: 'disabled', ttl_seconds: 600 })).status, 200);
    assert.deepEqual(await states(), ['disabled', 'disabled']);
    assert.equal((await decide({ state: 'auto' })).status, 200);
    assert.deepEqual(await states(), ['closed', 'closed']);
  });

  it('is one scrape that adds up, however often it is asked', async () => {
    const before = await answered();
    await Promise.all(Array.from({ length: 8 }, () => get(limited)));
    for (let round = 0; round < 3; round += 1) assert.equal(await answered(), before + 8);
    const { sum, samples } = await scrape();
    assert.equal(sum('app_processes'), 2);
    assert.equal(sum('app_ready'), 1);
    assert.equal(sum('app_build_info'), 1);
    for (const one of ['target_info', 'process_start_time_seconds', 'app_build_info']) {
      assert.equal(samples(one).length, 1, one);
    }
  });

  it('goes on when one is killed, starts another, and lets no counter fall', async () => {
    const before = await answered();
    const [victim = 0] = pidsOf(events('process.ready'));
    process.kill(victim, 'SIGKILL');
    await until(() => events('process.ended').length === 1);
    for (let asked = 0; asked < 10; asked += 1) assert.equal((await get(limited)).status, 200);
    assert.equal(await answered(), before + 10);
    await until(() => pidsOf(events('process.ready')).length === 3);
    const both = new Set<unknown>();
    const from = newClient();
    await until(async () => {
      assert.equal((await get(limited, from)).status, 200);
      for (const line of events('http.request').slice(-2)) both.add(line['process.pid']);
      return both.size === 2 && !both.has(victim);
    });
    assert.ok((await answered()) >= before + 10);
    assert.equal((await scrape()).sum('app_processes'), 2);
  });

  it('drains a request in progress on SIGTERM and leaves no process behind', async () => {
    const pids = [service.pid ?? 0, ...pidsOf(events('process.ready'))];
    const body = JSON.stringify({ candidate_id: 'drained' });
    const slow = open('/api/v1/candidates', {
      method: 'POST',
      headers: {
        ...newClient(),
        'Content-Type': 'application/json',
        'Content-Length': body.length,
      },
    });
    slow.write(body.slice(0, 5));
    const { samples } = await scrape();
    assert.ok(samples('http_requests_in_flight').length > 0);
    await until(async () => (await scrape()).sum('http_requests_in_flight') === 1);
    service.kill('SIGTERM');
    await until(() => lines().filter(({ message }) => message === 'draining').length === 3);
    slow.end(body.slice(5));
    assert.equal((await answerOf(slow)).status, 201);
    assert.deepEqual(await exit, [0, null]);
    assert.deepEqual(pids.filter(isRunning), []);
  });
});

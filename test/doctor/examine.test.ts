/** The whole checklist against real servers, with the service running and without. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from '#src/doctor/examine.ts';
import type { ItemId } from '#src/doctor/checklist.ts';
import { exitCode, jsonReport, textReport } from '#src/doctor/report.ts';
import { freePort } from '#test/support/free-port.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { runNode } from '#test/support/run-node.ts';
import { testDatabase } from '#test/support/database.ts';
import { testService } from '#test/support/service.ts';

const ids: ItemId[] = [
  'database',
  'secret-key',
  'allowed-hosts',
  'upload-limit',
  'redis-password',
  'env-file',
  'https',
  'rate-limiting',
  'health-checks',
  'logging',
  'circuit-breakers',
  'backups',
  'scans',
];
const secrets = {
  SECRET_KEY: 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=',
  METRICS_TOKEN: 'Rk9Xv2Tq7Wm4Zc1Ln8Bp5Hs3Jd6Yf0Gt',
};

describe('the doctor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sono-doctor-'));
  const migrated = testDatabase();
  const empty = testDatabase({ migrated: false });
  const service = testService();
  let closed: RedisServer;
  let open: RedisServer;
  let idle: string;
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    const config = join(folder, 'redis.conf');
    writeFileSync(config, '');
    closed = await startRedisServer();
    open = await startRedisServer({ config });
    idle = String(await freePort());
  });
  after(async () => {
    await Promise.all([closed.stop(), open.stop()]);
    rmSync(folder, { recursive: true });
  });

  const production = () => ({
    APP_ENV: 'production',
    DATABASE_URL: migrated.url,
    ...secrets,
    ALLOWED_HOSTS: 'api.example.com',
    PUBLIC_URL: 'https://api.example.com',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(closed.port),
    REDIS_PASSWORD: closed.password,
    API_PORT: new URL(service.url).port,
    METRICS_PORT: new URL(service.metricsUrl).port,
  });
  const look = (environment: Record<string, string>, now = () => new Date()) =>
    examine({
      environment,
      url: undefined,
      folder,
      uid: 1000,
      node: '26.10.0',
      neededNode: '>=26.0.0',
      now,
    });
  /** Of one item: status and what was found that is not good. */
  const of = async (id: ItemId, environment: Record<string, string>, now?: () => Date) => {
    const item = (await look(environment, now)).find((each) => each.id === id);
    assert.ok(item);
    const bad = item.findings.filter(({ status }) => status === 'warn' || status === 'fail');
    for (const { fix } of bad) assert.ok(fix !== null && fix.length > 5, 'no fix');
    return [item.status, bad.map(({ detail, fix }) => `${detail} ${fix}`).join(' ')] as const;
  };

  it('finds nothing wrong with a production that is as it should be, and says what it did not see', async () => {
    const items = await look(production());
    assert.deepEqual(items.map(({ id }) => id).slice(0, 13), ids, 'the order of the guide');
    for (const { id, status, findings } of items) {
      const elsewhere = ['env-file', 'https', 'backups', 'scans'].includes(id);
      assert.equal(status, elsewhere ? 'unknown' : 'pass', JSON.stringify([id, findings]));
    }
    assert.deepEqual([exitCode(items, false), exitCode(items, true)], [0, 0]);
    assert.match(textReport('production', items), /^PASS {2}Rate limiting active$/m);
    const all = textReport('production', items) + jsonReport('production', '1', items);
    const passwords = [new URL(migrated.url).password, closed.password];
    for (const secret of [...Object.values(secrets), ...passwords]) {
      assert.ok(!all.includes(secret));
    }
    const database = items.find(({ id }) => id === 'database')?.findings ?? [];
    assert.match(database[0]?.detail ?? '', /^PostgreSQL \d+ answers, without TLS\.$/);
  });

  it('fails by every rule of production, and goes on to ask what can be asked', async () => {
    const env = { ...production(), SECRET_KEY: 'a'.repeat(64), ALLOWED_HOSTS: '*', DEBUG: 'true' };
    const items = await look(env);
    const failed = items.filter(({ status }) => status === 'fail').map(({ id }) => id);
    assert.deepEqual(failed, ['secret-key', 'allowed-hosts', 'https', 'logging']);
    assert.equal(items[0]?.status, 'pass');
    assert.equal(exitCode(items, false), 1);
    const unreadable = await look({ ...production(), MAX_UPLOAD_SIZE: 'much' });
    assert.equal(unreadable.find(({ id }) => id === 'upload-limit')?.status, 'fail');
  });

  it('says what is wrong between it and PostgreSQL', async () => {
    const url = (change: (url: URL) => void) => {
      const changed = new URL(migrated.url);
      change(changed);
      return { ...production(), DATABASE_URL: changed.href };
    };
    const cases: [Record<string, string>, RegExp][] = [
      [url((one) => (one.password = 'n5Rk8Xw2')), /refuses the user or the password.*Correct user/],
      [url((one) => (one.pathname = '/nothing')), /no such database.*create/],
      [url((one) => (one.port = idle)), /ECONNREFUSED.*Is PostgreSQL running/],
      [
        url((one) => (one.hostname = 'no-such-host.invalid')),
        /not known \(ENOTFOUND\).*Correct the host/,
      ],
      [
        { ...production(), DATABASE_URL: empty.url },
        /migration\(s\) are pending.*npm run migrate up/,
      ],
    ];
    for (const [env, said] of cases) {
      const [status, text] = await of('database', env);
      assert.deepEqual([status, said.test(text)], ['fail', true], text);
      assert.ok(!text.includes('n5Rk8Xw2'));
    }
  });

  it('warns of clocks that are apart', async () => {
    const late = () => new Date(Date.now() - 40_000);
    const [status, text] = await of('process', production(), late);
    assert.equal(status, 'warn');
    assert.match(text, /are (39|4\d) s apart.*NTP/);
  });

  it('says what is wrong between it and Redis', async () => {
    const redis = (change: Record<string, string>) => ({ ...production(), ...change });
    const cases: [Record<string, string>, RegExp][] = [
      [redis({ REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb' }), /WRONGPASS.*Set REDIS_PASSWORD/],
      [redis({ REDIS_PORT: String(open.port) }), /does not ask for the password.*requirepass/],
      [redis({ REDIS_PORT: idle }), /ECONNREFUSED.*Is Redis running/],
      [redis({ REDIS_HOST: 'no-such-host.invalid' }), /ENOTFOUND.*REDIS_HOST or REDIS_URL/],
    ];
    for (const [env, said] of cases) {
      const [status, text] = await of('redis-password', env);
      assert.deepEqual([status, said.test(text)], ['fail', true], text);
    }
  });

  it('tells a service that is not there from one that does not answer', async () => {
    const away = { ...production(), API_PORT: idle, METRICS_PORT: idle };
    for (const id of ['health-checks', 'circuit-breakers'] as const) {
      assert.equal((await of(id, away))[0], 'unknown');
    }
    let healthy = 404;
    const stranger = createServer(({ url }, response) =>
      response.writeHead(url === '/health' ? healthy : 404).end(),
    ).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const port = String((stranger.address() as AddressInfo).port);
    const other = {
      ...production(),
      API_PORT: port,
      METRICS_PORT: port,
      SUPERSET_HOST: `http://127.0.0.1:${port}`,
    };
    assert.match((await of('health-checks', other))[1], /Liveness answers 404/);
    assert.match((await of('circuit-breakers', other))[1], /without circuit_breaker_state/);
    assert.match((await of('superset', other))[1], /answers 404 to GET \/health.*Superset itself/);
    healthy = 503;
    assert.match((await of('superset', other))[1], /answers 503.*log/);
    healthy = 200;
    const [status, said] = await of('superset', other);
    assert.deepEqual([status, said.includes('over HTTP')], ['warn', true], said);
    assert.equal(
      (await of('superset', { ...other, SUPERSET_HOST: `127.0.0.1:${idle}` }))[0],
      'fail',
    );
    for (const [SUPERSET_SECRET_KEY, bad] of [
      ['superset', /SUPERSET_SECRET_KEY is a default or guessable value/],
      [secrets.SECRET_KEY, /SECRET_KEY must not be the secret of SUPERSET_SECRET_KEY/],
    ] as const) {
      const items = await look({ ...other, SUPERSET_SECRET_KEY });
      assert.ok(items.some(({ findings }) => findings.some(({ detail }) => bad.test(detail))));
    }
    stranger.close();
  });

  it('takes a development as it is, and says what production would refuse', async () => {
    const items = await look({ API_PORT: idle, METRICS_PORT: idle });
    assert.deepEqual(
      items.filter(({ status }) => status === 'fail' || status === 'warn').map(({ id }) => id),
      [],
    );
    const refused = items.flatMap(({ findings }) => findings.map(({ detail }) => detail));
    for (const name of ['DATABASE_URL', 'SECRET_KEY', 'ALLOWED_HOSTS']) {
      assert.ok(refused.some((detail) => detail.startsWith(`Production would refuse: ${name} `)));
    }
  });

  it('is a command, for people and for programs, with an exit code', async () => {
    const doctor = (args: string[], env: Record<string, string>) =>
      runNode(['src/doctor.ts', ...args], { DATA_DIR: folder, ...env }).result;
    const strict = await doctor(['--json', '--strict'], {
      ...production(),
      RATE_LIMIT_MODE: 'shadow',
    });
    assert.deepEqual([strict.code, strict.stderr], [1, '']);
    const { summary, items } = JSON.parse(strict.stdout) as {
      summary: Record<string, number>;
      items: { id: string; status: string }[];
    };
    assert.deepEqual([summary['fail'], items.length], [0, 19]);
    assert.ok(Number(summary['warn']) > 0);
    assert.equal(items.find(({ id }) => id === 'rate-limiting')?.status, 'warn');
    const wrong = await doctor(['--url', 'http://api.example.com'], {});
    assert.deepEqual([wrong.code, wrong.stdout], [64, '']);
    assert.match(wrong.stderr, /^Usage: npm run doctor/);
  });
});

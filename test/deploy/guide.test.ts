/** What the deployment guide has an operator type, word for word, against what there is. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { loadConfig } from '#src/config.ts';
import { ConfigError } from '#src/errors.ts';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { imageEnvironment, readStages } from '#test/support/image.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { testService } from '#test/support/service.ts';

const database = new URL('postgresql://sono@db.internal:5432/sono_eval?sslmode=require');
database.password = 'Wq7-Tz2mKp';
/** Variables of its `docker run`, the address of the database as an operator would fill it in. */
const dockerRun = {
  APP_ENV: 'production',
  DATABASE_URL: database.href,
  REDIS_HOST: 'redis',
};
const missing = {
  SECRET_KEY: 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=',
  ALLOWED_HOSTS: 'api.example.com',
  REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb',
};

describe("the guide's docker run", () => {
  const faultsOf = (env: Record<string, string>) => {
    try {
      loadConfig({ ...imageEnvironment(), ...env });
      return '';
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
  };

  it('is told which variables its three leave open, with how to make each', () => {
    const told = faultsOf(dockerRun);
    const named = [...told.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    assert.deepEqual(named, Object.keys(missing));
    assert.match(told, /SECRET_KEY="\$\(openssl rand -base64 48\)"/);
    assert.match(told, /REDIS_PASSWORD="\$\(openssl rand -hex 24\)"/);
    assert.match(told, /ALLOWED_HOSTS=yourdomain\.com/);
    assert.equal(faultsOf({ ...dockerRun, ...missing }), '');
  });

  it('fills the volume that it mounts at /app/logs, as a user that may write there', () => {
    assert.equal(
      loadConfig({ ...imageEnvironment(), ...dockerRun, ...missing }).log.dir,
      '/app/logs',
    );
    const final = readStages().at(-1)?.instructions ?? [];
    const made = final.find(({ name, text }) => name === 'RUN' && text.includes('/app/logs'));
    assert.match(made?.text ?? '', /install --directory --owner node --group node /);
    assert.ok(final.some(({ name, text }) => name === 'USER' && text === '1000:1000'));
    // Without a volume, as where the file system is read-only, it is switched off by an empty value.
    assert.equal(
      loadConfig({ ...imageEnvironment(), ...dockerRun, ...missing, LOG_DIR: '' }).log.dir,
      undefined,
    );
  });

  it('finds curl in the image, and the port that it publishes', () => {
    const final = readStages().at(-1)?.instructions ?? [];
    assert.ok(final.some(({ name, text }) => name === 'RUN' && /install .*\bcurl\b/.test(text)));
    assert.ok(final.some(({ name, text }) => name === 'EXPOSE' && text.startsWith('8000 ')));
    assert.equal(loadConfig({}).api.port, 8000);
  });
});

describe("the guide's commands, of a production", () => {
  const env: Record<string, string> = {
    ...missing,
    APP_ENV: 'production',
    AUTH_REQUIRED: 'true',
    RATE_LIMIT_PER_MINUTE: '60',
    RATE_LIMIT_PER_HOUR: '1000',
  };
  let redis: RedisServer;
  let redisCli = '';
  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    redis = await startRedisServer();
    Object.assign(env, {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_PASSWORD: redis.password,
    });
    const tool = await findDebianTool('redis-cli');
    const settings = Object.entries(tool.env).map(([name, value]) => `${name}='${value}'`);
    redisCli = `${[...settings, `'${tool.path}'`].join(' ')} -p ${redis.port}`;
  });
  after(() => redis.stop());
  const service = testService(env);

  /** In the shell of who has the addresses of the guide. */
  async function type(command: string): Promise<{ code: number; stdout: string }> {
    const { port } = new URL(service.url);
    const jq = await findDebianTool('jq');
    const here = `redis-cli() { ${redisCli} "$@"; }\njq() { '${jq.path}' "$@"; }\n${command}`;
    return new Promise((resolve) => {
      execFile(
        'bash',
        ['-c', here.replaceAll('localhost:8000', `localhost:${port}`)],
        { env: { ...process.env, ...jq.env, REDISCLI_AUTH: redis.password } },
        (error, stdout) => resolve({ code: Number(error?.code ?? 0), stdout }),
      ).stdin?.end();
    });
  }

  it('answer: of the container’s health', async () => {
    const health = 'curl -f http://localhost:8000/health || exit 1';
    const { code, stdout } = await type(health);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { status: string }).status, 'healthy');
    const nobody = health.replace('localhost:8000', '127.0.0.1:1');
    assert.equal((await type(nobody)).code, 1);
  });

  it('answer: of Redis and the circuit breakers', async () => {
    assert.deepEqual(await type('redis-cli ping'), { code: 0, stdout: 'PONG\n' });
    const { stdout } = await type(
      'curl http://localhost:8000/api/v1/status/system | jq .circuit_breakers',
    );
    const breakers = JSON.parse(stdout) as Record<string, { state: string }>;
    assert.equal(breakers['redis_service']?.state, 'closed');
  });

  it('answer: how long a request took', async () => {
    const { stdout } = await type('curl -i http://localhost:8000/api/v1/health');
    assert.match(stdout, /^HTTP\/1\.1 200 OK\r$/m);
    assert.match(stdout, /^X-Process-Time: \d+\.\d+\r$/im);
  });

  // Of PostgreSQL's client; a machine may have none.
  if (spawnSync('psql', ['--version']).status !== 0) return;
  it('answer: which tables there are', async () => {
    const { stdout } = await type(
      'psql -d sono_eval -c "\\dt"'.replace('sono_eval', `'${service.databaseUrl}'`),
    );
    for (const table of ['candidates', 'assessments'])
      assert.match(stdout, new RegExp(`\\b${table}\\b`));
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadConfig } from '#src/config.ts';
import { ConfigError } from '#src/errors.ts';

const key = 'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aEuK5vXo0ZiMgB';
const production = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://sono:s3cr3t-pass@db.example.com:5432/sono_eval',
  SECRET_KEY: key,
  ALLOWED_HOSTS: 'api.example.com',
};

function faults(env: Record<string, string>, now?: Date) {
  try {
    loadConfig(env, now);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return { error, variables: error.faults.map((fault) => fault.variable) };
  }
  return assert.fail('expected the configuration to be refused');
}

describe('configuration', () => {
  it('needs no variable at all in development', () => {
    const config = loadConfig({});
    assert.equal(config.environment, 'development');
    assert.equal(config.api.port, 8000);
    assert.equal(config.metrics.port, 9464);
    assert.equal(config.api.maxBodyBytes, 10_485_760);
    assert.equal(config.api.requestTimeoutMs, 30_000);
    assert.equal(config.redis, null);
  });

  it('accepts the deployment guide’s variables', () => {
    const config = loadConfig({
      ...production,
      DEBUG: 'false',
      LOG_LEVEL: 'INFO',
      ALLOWED_HOSTS: 'yourdomain.com,api.yourdomain.com',
      REDIS_HOST: 'redis.example.com',
      REDIS_PORT: '6379',
      REDIS_PASSWORD: 'w4Vn8RtQz2LkXc7B',
      MAX_UPLOAD_SIZE: '10485760',
      ASSESSMENT_ENABLE_EXPLANATIONS: 'true',
      ASSESSMENT_MULTI_PATH_TRACKING: 'true',
      MAX_CONCURRENT_ASSESSMENTS: '8',
      BATCH_SIZE: '64',
      SUPERSET_HOST: 'superset.example.com',
      SUPERSET_SECRET_KEY: 'Zp3Lw9Xc6Vt1Bn8Kq4Rm7Yd2Fh5Gs0JaUoEiTzQxWyN=',
    });
    assert.equal(config.supersetHost, 'superset.example.com');
    assert.deepEqual(config.api.allowedHosts, ['yourdomain.com', 'api.yourdomain.com']);
    assert.equal(config.assessments.maxConcurrent, 8);
  });

  it('bounds the items of a batch that are in the queue, and how long jobs are kept', () => {
    const { jobs } = loadConfig({ BATCH_SIZE: '64', JOB_RETENTION_DAYS: '7' });
    assert.deepEqual([jobs.batchSize, jobs.retentionDays], [64, 7]);
    assert.deepEqual([loadConfig({}).jobs.batchSize, loadConfig({}).jobs.retentionDays], [32, 30]);
    const wrong = { BATCH_SIZE: 'many', JOB_RETENTION_DAYS: 'for ever' };
    assert.deepEqual(faults(wrong).variables, ['BATCH_SIZE', 'JOB_RETENTION_DAYS']);
  });

  it('logs JSON in production, and elsewhere what the terminal decides or LOG_FORMAT says', () => {
    assert.equal(loadConfig({}).log.format, 'auto');
    assert.equal(loadConfig({ LOG_FORMAT: 'pretty' }).log.format, 'pretty');
    assert.equal(loadConfig(production).log.format, 'json');
    assert.equal(loadConfig({ ...production, LOG_FORMAT: 'auto' }).log.format, 'json');
    assert.deepEqual(faults({ ...production, LOG_FORMAT: 'pretty' }).variables, ['LOG_FORMAT']);
    assert.deepEqual(faults({ LOG_FORMAT: 'xml' }).variables, ['LOG_FORMAT']);
  });

  it('takes networks of proxies, and names those that are none', () => {
    const networks = ' 10.0.0.0/8, 2001:db8::/32 ,192.0.2.1';
    assert.deepEqual(loadConfig({ TRUSTED_PROXIES: networks }).rateLimit.trustedProxies, [
      '10.0.0.0/8',
      '2001:db8::/32',
      '192.0.2.1',
    ]);
    assert.deepEqual(loadConfig({}).rateLimit.trustedProxies, []);
    for (const wrong of [
      '*',
      'proxy.local',
      '10.0.0.0/33',
      '10.0.0/8',
      '::1/129',
      '10.0.0.1/',
      '1.2.3.4/8/8',
    ]) {
      assert.deepEqual(
        faults({ TRUSTED_PROXIES: `127.0.0.1,${wrong}` }).variables,
        ['TRUSTED_PROXIES'],
        wrong,
      );
    }
  });

  it('does not trust everybody in production', () => {
    for (const everybody of ['0.0.0.0/0', '::/0', '10.0.0.0/8,::/000']) {
      const env = { ...production, TRUSTED_PROXIES: everybody };
      assert.deepEqual(faults(env).variables, ['TRUSTED_PROXIES'], everybody);
      assert.ok(loadConfig({ TRUSTED_PROXIES: everybody }), everybody);
    }
  });

  it('has limits and a cache by default, and refuses what neither can mean', () => {
    const { rateLimit, cache } = loadConfig({});
    const { enabled, mode, perMinute, perHour, instances } = rateLimit;
    assert.deepEqual(
      [enabled, mode, perMinute, perHour, instances],
      [true, 'enforce', 60, 1000, 1],
    );
    assert.deepEqual(cache, { enabled: true, ttlSeconds: 300, maxBytes: 67_108_864 });
    const wrong = {
      RATE_LIMIT_ENABLED: 'perhaps',
      RATE_LIMIT_MODE: 'Shadow!',
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_PER_HOUR: '-1',
      RATE_LIMIT_INSTANCES: '1.5',
      CACHE_ENABLED: 'maybe',
      CACHE_TTL_SECONDS: '0',
      CACHE_MAX_BYTES: '64MB',
    };
    assert.deepEqual(faults(wrong).variables.sort(), Object.keys(wrong).sort());
  });

  it('is frozen all the way down', () => {
    const config = loadConfig({});
    assert.ok(
      Object.isFrozen(config) &&
        Object.isFrozen(config.api) &&
        Object.isFrozen(config.api.allowedHosts),
    );
  });

  it('reports every fault together, with an example and without any value', () => {
    const { error, variables } = faults({
      API_PORT: 'eighty-thousand',
      REQUEST_TIMEOUT: 'soon-ish',
      DATABASE_URL: 'sqlite:////data/hidden.db',
      LOG_LEVEL: 'chatty-level',
    });
    assert.deepEqual(variables.sort(), [
      'API_PORT',
      'DATABASE_URL',
      'LOG_LEVEL',
      'REQUEST_TIMEOUT',
    ]);
    for (const value of ['eighty-thousand', 'soon-ish', 'hidden.db', 'chatty-level']) {
      assert.ok(!error.message.includes(value), `the message shows ${value}`);
    }
    for (const fault of error.faults) assert.ok(fault.example.length > 0);
  });

  it('reads levels in any case and durations with units', () => {
    const config = loadConfig({ LOG_LEVEL: 'warning', REQUEST_TIMEOUT: '500ms' });
    assert.equal(config.log.level, 'warn');
    assert.equal(config.api.requestTimeoutMs, 500);
    assert.equal(loadConfig({ REQUEST_TIMEOUT: '2m' }).api.requestTimeoutMs, 120_000);
    assert.equal(loadConfig({ REQUEST_TIMEOUT: '5' }).api.requestTimeoutMs, 5000);
  });

  it('accepts a whole configuration for production', () => {
    assert.equal(loadConfig(production).production, true);
  });

  for (const [name, change, variable] of [
    ['SQLite', { DATABASE_URL: 'sqlite:///./sono.db' }, 'DATABASE_URL'],
    ['the embedded database', { DATABASE_URL: '' }, 'DATABASE_URL'],
    ['a missing SECRET_KEY', { SECRET_KEY: '' }, 'SECRET_KEY'],
    ['a short SECRET_KEY', { SECRET_KEY: key.slice(1) }, 'SECRET_KEY'],
    [
      'a default SECRET_KEY',
      { SECRET_KEY: 'change-me-in-production-please-now-0123' },
      'SECRET_KEY',
    ],
    [
      'the guide’s placeholder',
      { SECRET_KEY: '<generate-strong-random-key>-0123456789' },
      'SECRET_KEY',
    ],
    ['one letter 40 times', { SECRET_KEY: 'a'.repeat(40) }, 'SECRET_KEY'],
    ['DEBUG', { DEBUG: 'true' }, 'DEBUG'],
    ['a wildcard host', { ALLOWED_HOSTS: '*' }, 'ALLOWED_HOSTS'],
    ['a wildcard subdomain', { ALLOWED_HOSTS: 'a.example.com,*.example.com' }, 'ALLOWED_HOSTS'],
    ['no host', { ALLOWED_HOSTS: ' , ' }, 'ALLOWED_HOSTS'],
  ] as const) {
    it(`refuses ${name} in production`, () => {
      assert.deepEqual(faults({ ...production, ...change }).variables, [variable]);
    });
  }

  it('reads mounted secrets, and refuses a variable set twice or a file that is not there', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'sono-config-')), 'key');
    writeFileSync(file, `${key}\n`);
    const { SECRET_KEY: _, ...rest } = production;
    assert.ok(loadConfig({ ...rest, SECRET_KEY_FILE: file }).production);
    assert.deepEqual(faults({ ...production, SECRET_KEY_FILE: file }).variables, ['SECRET_KEY']);
    assert.ok(
      faults({ ...rest, SECRET_KEY_FILE: `${file}-absent` }).variables.includes('SECRET_KEY_FILE'),
    );
  });

  it('answers any text in any numeric variable with a number in range or a named fault', () => {
    const numeric = [
      'API_PORT',
      'MAX_UPLOAD_SIZE',
      'SLOW_REQUEST_MS',
      'MAX_CONCURRENT_ASSESSMENTS',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...numeric), fc.string(), (variable, text) => {
        try {
          loadConfig({ [variable]: text });
        } catch (error) {
          assert.ok(error instanceof ConfigError);
          assert.deepEqual(
            error.faults.map((fault) => fault.variable),
            [variable],
          );
        }
      }),
    );
  });
});

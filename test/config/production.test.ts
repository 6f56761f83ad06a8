/** What production refuses, rule by rule; each other value of the same variable is accepted. */
import assert from 'node:assert/strict';
import { loadConfig } from '#src/config.ts';
import { configWarnings } from '#src/config/warnings.ts';
import { ConfigError } from '#src/errors.ts';

const key = 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=';
const otherKey = 'Zp3Lw9Xc6Vt1Bn8Kq4Rm7Yd2Fh5Gs0JaUoEiTzQxWyN=';
const now = new Date('2026-11-29T12:00:00Z');
const production = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://sono:n5Rk8Xw2@db.example.com:5432/sono_eval?sslmode=verify-full',
  SECRET_KEY: key,
  ALLOWED_HOSTS: 'api.example.com',
};
const redis = { REDIS_HOST: 'redis', REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb' };
const database = (password: string) => ({ DATABASE_URL: `postgresql://sono${password}@db/sono` });

const debugUntil = (end: string) => ({
  ...production,
  LOG_LEVEL: 'DEBUG',
  LOG_DEBUG_UNTIL: end,
});

function refusal(change: Record<string, string>): ConfigError | undefined {
  try {
    loadConfig({ ...production, ...change }, now);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
}

const refused: [variable: string, changes: Record<string, string>[]][] = [
  [
    'DATABASE_URL',
    [
      { DATABASE_URL: '' },
      { DATABASE_URL: 'sqlite:///./sono.db' },
      { DATABASE_URL: 'sqlite:////data/x.db' },
      { DATABASE_URL: 'mysql://u:n5Rk8Xw2@h/d' },
      database(''),
      database(':'),
      database(':sono'),
      database(':Password'),
      database(':postgres'),
      database(':change%2Dme'),
      database(':<password>'),
    ],
  ],
  [
    'SECRET_KEY',
    [
      { SECRET_KEY: '' },
      { SECRET_KEY: 'a'.repeat(32) },
      { SUPERSET_SECRET_KEY: key },
      { SECRET_KEY_PREVIOUS: key },
      { METRICS_TOKEN: key },
      { BOOTSTRAP_ADMIN_API_KEY: key },
      { DATABASE_URL: `postgresql://u:${encodeURIComponent(key)}@db/sono` },
      { REDIS_HOST: 'redis', REDIS_PASSWORD: key },
      { REDIS_URL: `redis://:${encodeURIComponent(key)}@redis` },
    ],
  ],
  [
    'SECRET_KEY_PREVIOUS',
    [{ SECRET_KEY_PREVIOUS: 'short' }, { SECRET_KEY_PREVIOUS: 'a'.repeat(64) }],
  ],
  [
    'ALLOWED_HOSTS',
    [
      '',
      ',',
      '*',
      'a.example.com,*.example.com',
      'https://api.example.com',
      'api.example.com/v1',
      'user:pass@api.example.com',
      'api.example.com,localhost',
      'api.example.com,localhost:8000',
      'a.localhost,api.example.com',
      'api.example.com,127.0.0.1',
      'api.example.com,[::1]:8000',
      '192.0.2.1',
      '192.0.2.1:8000,[2001:db8::1]',
      'api example.com',
    ].map((ALLOWED_HOSTS) => ({ ALLOWED_HOSTS })),
  ],
  [
    'MAX_UPLOAD_SIZE',
    ['0', '1023', '104857601', '10MB', '-1', '1e6'].map((MAX_UPLOAD_SIZE) => ({ MAX_UPLOAD_SIZE })),
  ],
  [
    'REDIS_PASSWORD',
    [
      { REDIS_HOST: 'redis' },
      { REDIS_HOST: 'redis', REDIS_PASSWORD: '' },
      { REDIS_HOST: 'redis', REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6V' },
      { REDIS_HOST: 'redis', REDIS_PASSWORD: '<strong-password>' },
      { REDIS_URL: 'redis://redis:6379/0' },
      { REDIS_URL: 'redis://user@redis:6379/0' },
      { REDIS_URL: 'redis://:short@redis:6379/0' },
      // The one in the URL is sent.
      { REDIS_URL: 'redis://:short@redis:6379/0', REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb' },
    ],
  ],
  ['RATE_LIMIT_ENABLED', [{ RATE_LIMIT_ENABLED: 'false' }]],
  ['RATE_LIMIT_PER_MINUTE', [{ RATE_LIMIT_PER_MINUTE: '0' }, { RATE_LIMIT_PER_MINUTE: '100001' }]],
  ['RATE_LIMIT_PER_HOUR', [{ RATE_LIMIT_PER_HOUR: '6000001' }]],
  ['LOG_LEVEL', [{ LOG_LEVEL: 'DEBUG' }, { LOG_LEVEL: 'debug' }]],
  [
    'LOG_DEBUG_UNTIL',
    ['tomorrow', '2026-11-29', '2026-11-29T12:00:00', '2026-11-30T12:00:01Z'].map(
      (LOG_DEBUG_UNTIL) => ({ LOG_DEBUG_UNTIL }),
    ),
  ],
  ['LOG_FORMAT', [{ LOG_FORMAT: 'pretty' }]],
  ['DEBUG', [{ DEBUG: 'true' }]],
  ['NODE_ENV', [{ NODE_ENV: 'development' }, { NODE_ENV: 'test' }]],
  [
    'TRUSTED_PROXIES',
    [
      '0.0.0.0/0',
      '::/0',
      '0.0.0.0/1,128.0.0.0/1',
      '10.0.0.0/7',
      '2000::/3',
      '::ffff:0.0.0.0/96',
    ].map((TRUSTED_PROXIES) => ({ TRUSTED_PROXIES })),
  ],
  [
    'SUPERSET_SECRET_KEY',
    [
      { SUPERSET_SECRET_KEY: 'x' },
      { SUPERSET_SECRET_KEY: 'superset-is-a-long-key-0J8f7Kd2Lq9Xw3Zr5Vt1' },
    ],
  ],
  ['SUPERSET_HOST', [{ SUPERSET_HOST: 'https://u:p@superset/x' }, { SUPERSET_HOST: 'a b' }]],
  [
    'PUBLIC_URL',
    [
      'api.example.com',
      'http://api.example.com',
      'https://other.example.com',
      'https://u:p@api.example.com',
      'https://api.example.com?x=1',
      'https://api.example.com/#x',
      'ftp://api.example.com',
    ].map((PUBLIC_URL) => ({ PUBLIC_URL })),
  ],
  ['AUTH_REQUIRED', [{ AUTH_REQUIRED: 'false' }]],
  [
    'BOOTSTRAP_ADMIN_API_KEY',
    [
      { BOOTSTRAP_ADMIN_API_KEY: 'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aE' },
      { BOOTSTRAP_ADMIN_API_KEY: 'admin-key-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Y' },
      { BOOTSTRAP_ADMIN_API_KEY: 'a'.repeat(40) },
    ],
  ],
  [
    'METRICS_TOKEN',
    [
      { METRICS_TOKEN: 'short' },
      { METRICS_TOKEN: 'two words' },
      { METRICS_TOKEN: 'ab'.repeat(20) },
    ],
  ],
];

const accepted: Record<string, string>[] = [
  {},
  redis,
  { REDIS_URL: 'rediss://sono:h7Tq2Wn9Zx4Lk6Vb@redis:6380/1' },
  { REDIS_URL: 'redis://redis', REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb' },
  { ALLOWED_HOSTS: 'api.example.com,10.0.0.7,api.example.com:8443' },
  { ALLOWED_HOSTS: 'API.Example.com', PUBLIC_URL: 'https://api.example.com/sono/' },
  { ALLOWED_HOSTS: 'api.example.com', PUBLIC_URL: 'https://api.example.com:8443' },
  { DATABASE_URL: 'postgresql://sono@%2Fvar%2Frun%2Fpostgresql/sono' },
  { LOG_LEVEL: 'DEBUG', LOG_DEBUG_UNTIL: '2026-11-29T14:00:00+01:00' },
  { NODE_ENV: 'production' },
  { TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8,192.0.2.1,::ffff:10.0.0.0/104' },
  { SUPERSET_HOST: 'superset:8088', SUPERSET_SECRET_KEY: otherKey },
  { SUPERSET_HOST: 'https://superset.example.com/' },
  { SECRET_KEY_PREVIOUS: 'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aEu' },
  { METRICS_TOKEN: 'Rk9Xv2Tq7Wm4Zc1Ln8Bp5Hs3Jd6Yf0Gt' },
  { BOOTSTRAP_ADMIN_API_KEY: otherKey },
  { RATE_LIMIT_MODE: 'shadow', RATE_LIMIT_PER_MINUTE: '100000' },
];

describe('a configuration for production', () => {
  for (const [variable, changes] of refused) {
    it(`is refused by ${variable} alone, without a word of its value`, () => {
      for (const change of changes) {
        const error = refusal(change);
        const what = JSON.stringify(change);
        assert.ok(error !== undefined, `accepted: ${what}`);
        assert.deepEqual(
          error.faults.map((fault) => fault.variable),
          [variable],
          what,
        );
        const secrets = Object.entries(change).filter(
          ([name, text]) => /KEY|TOKEN|PASSWORD|URL/.test(name) && text.length > 6,
        );
        for (const [, text] of secrets) assert.ok(!error.message.includes(text), what);
      }
    });
  }

  it('is accepted where a value only looks like those', () => {
    for (const change of accepted) {
      assert.equal(refusal(change)?.message, undefined, JSON.stringify(change));
    }
  });

  it('is refused for all of them at once', () => {
    const all = Object.assign({}, ...refused.map(([, changes]) => changes.at(-1))) as Record<
      string,
      string
    >;
    const names = refusal(all)?.faults.map(({ variable }) => variable) ?? [];
    const apart = ['REDIS_PASSWORD', 'SECRET_KEY', 'LOG_LEVEL'];
    for (const [variable] of refused) {
      assert.ok(names.includes(variable) || apart.includes(variable), variable);
    }
  });

  it('names the command that makes a key', () => {
    assert.match(refusal({ SECRET_KEY: '' })?.message ?? '', /openssl rand -base64 48/);
  });

  it('may have debug lines for some hours, and after them starts as if nobody had asked', () => {
    const { log } = loadConfig(debugUntil('2026-11-29T12:00:01Z'), now);
    assert.deepEqual([log.level, log.debugUntil], ['debug', now.getTime() + 1000]);
    assert.equal(loadConfig(debugUntil('2026-11-29T12:00:00Z'), now).log.level, 'info');
  });

  it('starts with a warning where it is unwise, but no danger by itself', () => {
    const warned = (change: Record<string, string>) =>
      configWarnings(
        loadConfig({ ...production, PUBLIC_URL: 'https://api.example.com', ...change }, now),
      ).map(({ variable }) => variable);
    assert.deepEqual(warned({}), []);
    assert.deepEqual(warned({ PUBLIC_URL: '' }), ['PUBLIC_URL']);
    assert.deepEqual(warned({ RATE_LIMIT_MODE: 'shadow' }), ['RATE_LIMIT_MODE']);
    assert.deepEqual(warned(debugUntil('2026-11-29T13:00:00Z')), ['LOG_DEBUG_UNTIL']);
    assert.deepEqual(warned(debugUntil('2026-11-29T11:00:00Z')), ['LOG_DEBUG_UNTIL']);
    const login = 'postgresql://sono:n5Rk8Xw2@';
    assert.deepEqual(warned({ DATABASE_URL: `${login}db/sono` }), ['DATABASE_URL']);
    assert.deepEqual(warned({ DATABASE_URL: `${login}db/sono?sslmode=disable` }), ['DATABASE_URL']);
    assert.deepEqual(warned({ DATABASE_URL: `${login}127.0.0.1:5432/sono` }), []);
    const superuser = production.DATABASE_URL.replace('//sono:', '//postgres:');
    assert.deepEqual(warned({ DATABASE_URL: superuser }), ['DATABASE_URL']);
    assert.deepEqual(configWarnings(loadConfig({ RATE_LIMIT_MODE: 'shadow' })), []);
  });

  it('is needed in production alone: development takes what it is given', () => {
    const loose = {
      SECRET_KEY: 'dev',
      REDIS_HOST: 'localhost',
      RATE_LIMIT_ENABLED: 'false',
      LOG_LEVEL: 'DEBUG',
      PUBLIC_URL: 'http://localhost:8000',
      NODE_ENV: 'test',
    };
    assert.equal(loadConfig(loose).log.level, 'debug');
  });

  it('is not what a process starts with that was never told so: NODE_ENV alone is a question', () => {
    assert.throws(() => loadConfig({ NODE_ENV: 'production' }), /APP_ENV is not set, and NODE_ENV/);
    assert.ok(loadConfig({ NODE_ENV: 'production', APP_ENV: 'staging' }));
    assert.ok(loadConfig({ NODE_ENV: 'production', APP_ENV: 'development' }));
  });
});

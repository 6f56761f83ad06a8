/** The variables of the deployment guide, as they stand there, in the ways in which such a file is read. */
import assert from 'node:assert/strict';
import { parseEnv } from 'node:util';
import { loadConfig } from '#src/config.ts';

/** Word for word, but for what it asks to be replaced. */
const guide = `# Application
APP_ENV=production
DEBUG=false
LOG_LEVEL=INFO

# Security
SECRET_KEY=<generate-strong-random-key>
ALLOWED_HOSTS=yourdomain.com,api.yourdomain.com

# Database (CRITICAL - do not use SQLite in production)
DATABASE_URL=postgresql://user:password@postgres.example.com:5432/sono_eval

# Redis
REDIS_HOST=redis.example.com
REDIS_PORT=6379
REDIS_PASSWORD=<strong-password>

# File Upload
MAX_UPLOAD_SIZE=10485760  # 10MB

# Assessment
ASSESSMENT_ENABLE_EXPLANATIONS=true
ASSESSMENT_MULTI_PATH_TRACKING=true

# Superset
SUPERSET_HOST=superset.example.com
SUPERSET_SECRET_KEY=<generate-strong-random-key>
`;
const filled = guide
  .replace('<generate-strong-random-key>', 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=')
  .replace('<strong-password>', 'h7Tq2Wn9Zx4Lk6Vb')
  .replace('user:password@', 'user:n5Rk8Xw2@')
  .replace('<generate-strong-random-key>', 'Zp3Lw9Xc6Vt1Bn8Kq4Rm7Yd2Fh5Gs0JaUoEiTzQxWyN=');

/** As `docker run --env-file` reads it: a comment is a line of its own, and anything else is the value. */
function asDocker(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

describe('the variables of the deployment guide', () => {
  for (const [reader, read] of [
    ['Docker', asDocker],
    ['Node.js', (text: string) => parseEnv(text) as Record<string, string>],
  ] as const) {
    it(`are a configuration for production once its blanks are filled in, read by ${reader}`, () => {
      const config = loadConfig(read(filled));
      assert.equal(config.production, true);
      assert.equal(config.api.maxBodyBytes, 10_485_760);
      assert.deepEqual(config.api.allowedHosts, ['yourdomain.com', 'api.yourdomain.com']);
      assert.equal(config.redis?.host, 'redis.example.com');
      assert.equal(config.supersetHost, 'superset.example.com');
    });

    it(`are refused with its blanks, each by name, read by ${reader}`, () => {
      assert.throws(
        () => loadConfig(read(guide)),
        ({ faults }: { faults: { variable: string }[] }) => {
          assert.deepEqual(faults.map(({ variable }) => variable).sort(), [
            'DATABASE_URL',
            'REDIS_PASSWORD',
            'SECRET_KEY',
            'SUPERSET_SECRET_KEY',
          ]);
          return true;
        },
      );
    });
  }

  it('may have a comment behind them, but for secrets, URLs and folders, of which it may be a part', () => {
    const config = loadConfig({
      API_PORT: '8001 # of the API',
      LOG_LEVEL: 'warning\t# not too much',
      RATE_LIMIT_MODE: '   # the default',
      TRUSTED_PROXIES: '10.0.0.0/8 # the load balancer',
      PUBLIC_URL: 'https://api.example.com/ # through the load balancer',
      REDIS_HOST: 'redis # in compose',
      REDIS_PASSWORD: 'left # as it is',
      DATA_DIR: '/data/a # b',
    });
    assert.deepEqual(
      [config.api.port, config.log.level, config.rateLimit.mode, config.rateLimit.trustedProxies],
      [8001, 'warn', 'enforce', ['10.0.0.0/8']],
    );
    assert.equal(config.api.publicUrl, 'https://api.example.com');
    assert.deepEqual([config.redis?.host, config.redis?.password], ['redis', 'left # as it is']);
    assert.equal(config.database.dataDir, '/data/a # b');
    assert.equal(loadConfig({ API_HOST: 'a#b' }).api.host, 'a#b');
    for (const name of ['DATABASE_URL', 'REDIS_URL']) {
      const url = name === 'REDIS_URL' ? 'redis://h/0' : 'postgresql://u:p@h/d';
      assert.throws(() => loadConfig({ [name]: `${url}  # primary` }), /a comment behind it/);
    }
  });
});

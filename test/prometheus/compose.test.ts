/** docker-compose.yml without a Docker engine: by its own validator where there is one, and by what it promises. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '#src/config.ts';
import {
  oneShots as once,
  readCompose,
  secretsFolders,
  secretsScript,
  type ComposeService,
} from '#test/support/compose-file.ts';
import { Ajv } from 'ajv';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { readYaml, yamlFiles } from '#test/support/prometheus-rules.ts';

const run = promisify(execFile);

describe('docker-compose.yml', () => {
  const compose = readCompose();
  const services = Object.entries(compose.services);
  const service = (name: string) => compose.services[name] as ComposeService;

  // Debian's python one and the plugin of Docker; a machine may have neither.
  for (const command of ['docker-compose', 'docker compose']) {
    const [name = '', ...args] = command.split(' ');
    if (spawnSync(name, [...args, 'version']).status !== 0) continue;
    it(`is accepted by ${command}`, () => run(name, [...args, 'config', '--quiet']));
  }

  it('has every part of the picture', () => {
    assert.deepEqual(Object.keys(compose.services).sort(), [
      'alertmanager',
      'api',
      'blackbox',
      'exporter-user',
      'grafana',
      'jaeger',
      'mailpit',
      'migrate',
      'postgres',
      'postgres-exporter',
      'prometheus',
      'redis',
      'redis-exporter',
      'secrets',
      'superset',
      'superset-init',
      'superset-user',
      'victorialogs',
      'worker',
    ]);
  });

  it('is what the compose specification allows, member by member', () => {
    const schema = JSON.parse(readFileSync('test/fixtures/compose-schema.json', 'utf8')) as object;
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    assert.equal(validate(readCompose()), true, JSON.stringify(validate.errors));
    const wrong = readCompose();
    Object.assign(wrong.services['api'] ?? {}, { health_check: {} });
    assert.equal(validate(wrong), false);
  });

  it('runs the service alone without a profile, and needs nothing of a profile that it is not in', () => {
    const of = (name: string) => service(name).profiles ?? [];
    assert.deepEqual(
      services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name),
      ['secrets', 'postgres', 'redis', 'migrate', 'api', 'worker'],
    );
    assert.deepEqual([...new Set(services.flatMap(([, { profiles = [] }]) => profiles))].sort(), [
      'analytics',
      'monitoring',
    ]);
    for (const [name, { depends_on = {} }] of services) {
      for (const other of Object.keys(depends_on)) {
        assert.ok(
          of(other).length === 0 || of(other).every((profile) => of(name).includes(profile)),
          `${name} needs ${other}`,
        );
      }
    }
  });

  it('has the API answer and the worker work, in the same image with the same secrets', () => {
    const [api, worker] = [service('api'), service('worker')];
    assert.deepEqual([api.image, api.volumes], [worker.image, worker.volumes]);
    assert.deepEqual(
      worker.command,
      api.command?.map((word) => word.replace('main.ts', 'worker.ts')),
    );
    assert.deepEqual({ ...worker.environment, API_RUNS_JOBS: 'false' }, api.environment);
    assert.equal(worker.environment?.['API_RUNS_JOBS'], 'true');
    assert.deepEqual(worker.ports, []);
    assert.ok(JSON.stringify(worker.healthcheck).includes(`:${loadConfig({}).metrics.port}/livez`));
  });

  it('gives nobody a secret but by a file', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|_KEY|TOKEN|DATABASE_URL/.test(variable)) continue;
        assert.match(variable, /_FILE$/, name);
        assert.match(value, /^\/run\/secrets\/\w+$/, name);
      }
    }
  });

  it('pins every image', () => {
    for (const [name, { image, build }] of services) {
      const version = build === undefined ? /:v?\d+\.\d+[\w.-]*$/ : /:local$/;
      assert.match(image, version, name);
    }
  });

  it('asks every lasting part for its health, and starts what needs it after that', () => {
    for (const [name, { healthcheck, depends_on = {}, restart }] of services) {
      assert.equal(healthcheck !== undefined, !once.has(name), name);
      assert.equal(restart === 'unless-stopped', !once.has(name), name);
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const expected = once.has(other) ? 'service_completed_successfully' : 'service_healthy';
        assert.equal(condition, expected, `${name} needs ${other}`);
      }
    }
  });

  it('runs nothing as root but the part that hands out the secrets, without a network', () => {
    for (const [name, { user, build }] of services) {
      if (name === 'secrets' || build !== undefined) continue;
      assert.match(user ?? '', /^[1-9]\d*:\d+$/, name);
    }
    assert.equal(service('secrets').network_mode, 'none');
    assert.match(readFileSync('Dockerfile', 'utf8'), /\nUSER 1000:1000\n/);
  });

  it('publishes on this machine only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    assert.ok(ports.length >= 5);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
  });

  it('mounts files that exist, read-only, and volumes that are declared', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) {
        const [source = '', , mode] = volume.split(':');
        if (!source.startsWith('.')) {
          assert.ok(source in compose.volumes, `${name}: ${source}`);
          continue;
        }
        assert.ok(existsSync(source), `${name}: ${source}`);
        assert.equal(mode, 'ro', volume);
      }
    }
  });

  it('leaves the service time to stop, and Prometheus what the objectives look back on', () => {
    assert.equal(service('api').stop_grace_period, '50s');
    const { shutdown } = loadConfig({});
    assert.ok(50_000 >= shutdown.leadMs + shutdown.graceMs + 5000);
    assert.ok(service('prometheus').command?.includes('--storage.tsdb.retention.time=31d'));
  });

  it('gives Prometheus and Alertmanager flags that they know', async () => {
    for (const tool of ['prometheus', 'alertmanager'] as const) {
      const { path, env } = await findDebianTool(tool);
      const { stdout, stderr } = await run(path, ['--help'], { env: { ...process.env, ...env } });
      const help = stdout + stderr;
      for (const flag of service(tool).command ?? []) {
        const [name = ''] = flag.split('=');
        assert.ok(help.includes(`${name}=`), `${tool} ${name}`);
      }
    }
  });

  it('scrapes and shows parts of itself, over a network that they share', () => {
    const inMonitoring = (host: string) => {
      assert.ok(service(host)?.networks?.includes('monitoring'), host);
    };
    for (const file of yamlFiles('prometheus/targets')) {
      for (const { targets } of readYaml(file) as { targets: string[] }[]) {
        for (const target of targets) {
          inMonitoring(target.replace(/^http:\/\//, '').split(':')[0] ?? '');
        }
      }
    }
    const datasources = readdirSync('grafana/provisioning/datasources');
    assert.ok(datasources.length > 0);
    for (const file of datasources) {
      const urls = readFileSync(`grafana/provisioning/datasources/${file}`, 'utf8').matchAll(
        /^\s+url: http:\/\/(\w+):\d+$/gm,
      );
      for (const [, host = ''] of urls) inMonitoring(host);
    }
  });

  it('sets variables that Grafana documents, or that our provisioning asks for', () => {
    const documented =
      /^GF_(SERVER_ROOT_URL|SECURITY_ADMIN_PASSWORD__FILE|AUTH_ANONYMOUS_(ENABLED|ORG_ROLE)|USERS_ALLOW_SIGN_UP|ANALYTICS_(REPORTING_ENABLED|CHECK_FOR_UPDATES)|PLUGINS_PREINSTALL|DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH)$/;
    const { environment = {} } = service('grafana');
    const asked = readdirSync('grafana/provisioning/datasources')
      .map((file) => readFileSync(`grafana/provisioning/datasources/${file}`, 'utf8'))
      .join('\n');
    for (const variable of Object.keys(environment)) {
      if (!asked.includes(`\${${variable}}`)) assert.match(variable, documented);
    }
    const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    assert.ok(
      existsSync(home.replace('/etc/', 'grafana/').replace('grafana/grafana/', 'grafana/')),
    );
  });

  describe('the secrets', () => {
    let dir: string;
    before(async () => {
      dir = mkdtempSync(join(tmpdir(), 'sono-secrets-'));
      for (const name of secretsFolders()) mkdirSync(join(dir, name));
      await write();
    });
    after(() => rmSync(dir, { recursive: true, force: true }));

    const write = () => run('bash', ['-euc', secretsScript(dir)]);
    const secret = (path: string) => readFileSync(join(dir, path), 'utf8').trim();

    it('are made once, long, for their owner only', async () => {
      const files = secretsFolders().flatMap((folder) =>
        readdirSync(join(dir, folder)).map((file) => join(folder, file)),
      );
      assert.ok(files.length > 8);
      const before = files.map(secret);
      for (const text of before) assert.ok(text.length >= 38, 'too short');
      await write();
      assert.deepEqual(files.map(secret), before);
      for (const file of files) assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file);
    });

    it('are the same on both sides', () => {
      assert.equal(
        new URL(secret('api/database_url')).password,
        secret('postgres/postgres_password'),
      );
      const [required, exporter = ''] = secret('redis/redis.conf').split('\n');
      assert.equal(required, `requirepass ${secret('api/redis_password')}`);
      const passwords = JSON.parse(secret('redis-exporter/passwords.json')) as object;
      const [address, password] = Object.entries(passwords)[0] ?? [];
      assert.equal(address, 'redis://exporter@redis:6379');
      assert.ok(exporter.startsWith(`user exporter on >${password} `), exporter);
      assert.equal(secret('postgres/exporter_password'), secret('postgres-exporter/password'));
      assert.equal(new Set([required, password, secret('postgres-exporter/password')]).size, 3);
    });

    it('make, with the variables of the service, a configuration that production accepts', () => {
      const here = (env: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(env).map(([name, value]) => [
            name,
            value.replace('/run/secrets', join(dir, 'api')),
          ]),
        );
      const { environment: api = {} } = service('api');
      // What whoever runs it in earnest says, and what is so without a word of his.
      const said = {
        APP_ENV: 'production',
        ALLOWED_HOSTS: 'api.example.com',
        PUBLIC_URL: 'https://api.example.com',
      };
      for (const name of Object.keys(said)) assert.ok(name in api, name);
      const config = loadConfig({ ...here(api), ...said });
      assert.equal(config.production, true);
      assert.equal(loadConfig(here(api)).environment, 'staging');
      assert.equal(config.redis?.host, 'redis');
      assert.equal(new URL(config.database.url ?? '').hostname, 'postgres');
      loadConfig({ ...here(service('migrate').environment ?? {}), ...said });

      const known = readFileSync('src/config/variables.ts', 'utf8');
      for (const variable of Object.keys(api)) {
        const name = variable.replace(/_FILE$/, '');
        const others = /^(OTEL_.*|NODE_OPTIONS)$/;
        assert.ok(known.includes(`  ${name}: [`) || others.test(name), variable);
      }
    });
  });
});

describe("Jaeger's configuration", () => {
  interface Collector {
    service: {
      extensions: string[];
      pipelines: Record<
        string,
        { receivers: string[]; processors?: string[]; exporters: string[] }
      >;
    };
    [kind: string]: unknown;
  }

  for (const file of ['telemetry/jaeger.yml', 'telemetry/jaeger-tail-sampling.yml']) {
    it(`${file} uses all it defines and defines all it uses`, () => {
      const config = readYaml(file) as Collector;
      const defined = (...kinds: string[]) =>
        kinds.flatMap((kind) => Object.keys(config[kind] ?? {})).sort();
      const pipelines = Object.values(config.service.pipelines);
      const used = (kind: 'receivers' | 'processors' | 'exporters') =>
        [...new Set(pipelines.flatMap((pipeline) => pipeline[kind] ?? []))].sort();
      assert.deepEqual(used('receivers'), defined('receivers', 'connectors'));
      assert.deepEqual(used('processors'), defined('processors'));
      assert.deepEqual(used('exporters'), defined('exporters', 'connectors'));
      assert.deepEqual([...config.service.extensions].sort(), defined('extensions'));
    });
  }
});

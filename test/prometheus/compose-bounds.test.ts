/** docker-compose.yml: what no service may take from the others, and where its links lead. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readCompose } from '#test/support/compose-file.ts';
import { yamlFiles } from '#test/support/prometheus-rules.ts';

const units: Record<string, number> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** As Docker reads `512m`. */
function bytes(text = ''): number {
  const [, amount, unit = ''] = /^(\d+)([kmg])b?$/.exec(text) ?? assert.fail(`no size: ${text}`);
  return Number(amount) * (units[unit] ?? 0);
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services } = readCompose();
const every = Object.entries(services);
const service = (name: string) => services[name] ?? assert.fail(`no service ${name}`);
const flag = (name: string, start: string) =>
  service(name)
    .command?.find((argument) => argument.startsWith(start))
    ?.slice(start.length) ?? assert.fail(`${name} has no ${start}`);

describe('docker-compose.yml bounds', () => {
  it('the log of every service, so that it does not fill the disk', () => {
    for (const [name, { logging }] of every) {
      assert.equal(logging?.driver, 'json-file', name);
      const { 'max-size': size, 'max-file': files } = logging.options;
      assert.ok(bytes(size) * Number(files) <= bytes('64m'), name);
    }
  });

  it('the memory and the processes of every service', () => {
    for (const [name, { mem_limit, pids_limit }] of every) {
      assert.ok(bytes(mem_limit) >= bytes('64m') && bytes(mem_limit) <= bytes('2g'), name);
      assert.ok(Number(pids_limit) > 100 && Number(pids_limit) < 1000, name);
    }
  });

  it('the heap of the service, the data of Redis and the shared memory of PostgreSQL below that', () => {
    const { environment = {}, mem_limit } = service('api');
    const [, heap] = /^--max-old-space-size=(\d+)$/.exec(environment['NODE_OPTIONS'] ?? '') ?? [];
    assert.equal((Number(heap) * 1024 ** 2) / bytes(mem_limit), 0.75);

    const { command = [], mem_limit: redis } = service('redis');
    const max = command[command.indexOf('--maxmemory') + 1];
    assert.ok(bytes(max) * 2 <= bytes(redis));

    const { shm_size, mem_limit: postgres } = service('postgres');
    assert.ok(bytes(shm_size) * 2 <= bytes(postgres));
  });
});

describe('docker-compose.yml publishes', () => {
  const published = every.flatMap(([, { ports = [] }]) =>
    ports.map((port) => port.split(':')[1] ?? ''),
  );
  const portOf = (name: string) => service(name).ports?.[0]?.split(':')[1];
  const monitoring = ['prometheus', 'alertmanager', 'mailpit', 'grafana', 'jaeger'];

  it('what somebody looks at, and nothing else; the first lines say where', () => {
    const head = text.slice(0, text.indexOf('\nx-'));
    const named = [...head.matchAll(/(?:localhost|[A-Z]\w+) ?:(\d+)/g)].map(
      ([, port = '']) => port,
    );
    assert.deepEqual(named.toSorted(), published.toSorted());
    assert.deepEqual(
      every
        .filter(([, { ports = [] }]) => ports.length > 0)
        .map(([name]) => name)
        .sort(),
      ['api', ...monitoring, 'victorialogs', 'superset'].sort(),
    );
  });

  it('the address that each tool takes for its own, so that its links can be opened', () => {
    const external = {
      prometheus: flag('prometheus', '--web.external-url='),
      alertmanager: flag('alertmanager', '--web.external-url='),
      grafana: service('grafana').environment?.['GF_SERVER_ROOT_URL'] ?? '',
    };
    for (const [name, url] of Object.entries(external)) {
      // A path in it would move the pages that the health checks ask for.
      assert.equal(new URL(url).href, `http://localhost:${portOf(name)}/`, name);
    }
  });

  it('whatever else is linked to on this machine', () => {
    const files = [
      'prometheus/prometheus.yml',
      'prometheus/alertmanager.yml',
      ...yamlFiles('grafana/provisioning/datasources'),
    ];
    const linked = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/https?:\/\/localhost:(\d+)/g)].map(
        ([, port = '']) => ({ file, port }),
      ),
    );
    assert.ok(linked.length >= 3);
    assert.deepEqual(
      linked.filter(({ port }) => !published.includes(port)),
      [],
    );
  });

  it('the inbox that Alertmanager sends to by its internal name, over a network they share', () => {
    const alertmanager = readFileSync('prometheus/alertmanager.yml', 'utf8');
    const [, host = '', port] = /smtp_smarthost: (\w+):(\d+)/.exec(alertmanager) ?? [];
    assert.equal(port, '1025');
    const shared = service(host).networks?.filter((network) =>
      service('alertmanager').networks?.includes(network),
    );
    assert.deepEqual(shared, ['monitoring']);
    assert.deepEqual(service('alertmanager').depends_on, {
      [host]: { condition: 'service_healthy' },
    });
  });
});

/** The shipped configuration of the probe, in a real blackbox exporter, against what a service may answer. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { healthPaths } from '#src/resilience/health/health-paths.ts';
import { findDebianTool } from '#test/support/debian-tools.ts';
import { freePort } from '#test/support/free-port.ts';
import { killChild } from '#test/support/started-process.ts';
import { readYaml } from '#test/support/prometheus-rules.ts';
import { until } from '#test/support/until.ts';

describe('the probe from outside', function () {
  this.timeout(300_000);
  const cleanup = new AsyncDisposableStack();
  let exporter: string;
  let answer = { status: 200, headers: {} as Record<string, string> };
  let target: string;
  const hosts: (string | undefined)[] = [];

  before(async () => {
    const server = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.writeHead(answer.status, answer.headers).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanup.defer(async () => {
      server.close();
      await once(server, 'close');
    });
    const address = server.address();
    target = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    exporter = `127.0.0.1:${await freePort()}`;
    const { path, env } = await findDebianTool('blackbox');
    const child = spawn(
      path,
      ['--config.file=prometheus/blackbox.yml', `--web.listen-address=${exporter}`],
      { env: { ...process.env, ...env }, stdio: 'ignore' },
    );
    cleanup.defer(() => killChild(child));
    await until(async () => (await fetch(`http://${exporter}/-/healthy`)).ok);
  });
  after(() => cleanup.disposeAsync());

  async function probe(): Promise<string | undefined> {
    const query = new URLSearchParams({ module: 'readiness', target });
    const response = await fetch(`http://${exporter}/probe?${query.toString()}`);
    return /^probe_success (\d)$/m.exec(await response.text())?.[1];
  }

  it('passes on 200', async () => {
    answer = { status: 200, headers: {} };
    assert.equal(await probe(), '1');
  });

  it('fails on 503, and on what leads elsewhere', async () => {
    answer = { status: 503, headers: {} };
    assert.equal(await probe(), '0');
    answer = { status: 302, headers: { Location: '/elsewhere' } };
    assert.equal(await probe(), '0');
  });

  it('asks by a host that compose allows, and for readiness', () => {
    assert.equal(hosts.length, 3);
    const text = readFileSync('docker-compose.yml', 'utf8');
    const allowed = /ALLOWED_HOSTS: \$\{ALLOWED_HOSTS:-(\w+)\}/.exec(text)?.[1] ?? '';
    assert.deepEqual([...new Set(hosts)], [allowed]);
    const [group] = readYaml('prometheus/targets/api-probe.yml') as { targets: string[] }[];
    assert.deepEqual(
      group?.targets.map((url) => new URL(url).pathname),
      [healthPaths.readiness],
    );
    const { scrape_configs } = parse(readFileSync('prometheus/prometheus.yml', 'utf8')) as {
      scrape_configs: { job_name: string; params?: { module: string[] } }[];
    };
    const job = scrape_configs.find(({ job_name }) => job_name === 'api-probe');
    assert.deepEqual(job?.params?.module, ['readiness']);
  });
});

/**
 * Every command and every query of the runbooks, run while what its page is for is broken: on a real
 * service, Prometheus, Alertmanager, Redis and PostgreSQL. What fails or says nothing fails here. One
 * service, and one fault after the other.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { testDatabase } from '#test/support/database.ts';
import { startLoggedTool } from '#test/support/logged-tool.ts';
import { speedUpAlertmanager } from '#test/support/monitoring-config.ts';
import { freePort } from '#test/support/free-port.ts';
import { startTroubledExporters } from '#test/support/troubled-exporters.ts';
import { startRedisServer } from '#test/support/redis-server.ts';
import { readRunbooks } from '#test/support/runbook-pages.ts';
import { faultsOf, startRunbookRig, type RunbookRig } from '#test/support/runbook-rig.ts';
import { until } from '#test/support/until.ts';
import {
  assess,
  faults,
  filteredLines,
  omitted,
  post,
  times,
  tryPages,
  type Fault,
} from './runbook-faults.ts';

const isFailed = (line: Record<string, unknown>) =>
  Number(line['http.response.status_code'] ?? 0) >= 500;

describe('the commands of the runbooks', function () {
  this.timeout(300_000);
  const database = testDatabase();
  const cleanup = new AsyncDisposableStack();
  let rig: RunbookRig;

  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sono-eval-runbooks-'));
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    const redis = await startRedisServer();
    cleanup.defer(() => redis.stop());
    const receiver = await refusingServer();
    cleanup.defer(() => receiver.close());
    const config = readFileSync('prometheus/alertmanager.yml', 'utf8');
    writeFileSync(join(dir, 'alertmanager.yml'), speedUpAlertmanager(config, receiver.url));
    const alertmanager = `127.0.0.1:${await freePort()}`;
    const alertmanagerTool = await startLoggedTool('alertmanager', {
      args: [
        `--config.file=${dir}/alertmanager.yml`,
        `--storage.path=${dir}/alertmanager`,
        `--web.listen-address=${alertmanager}`,
        '--cluster.listen-address=',
      ],
      log: join(dir, 'alertmanager.log'),
      readyUrl: `http://${alertmanager}/-/ready`,
    });
    cleanup.defer(() => alertmanagerTool.stop());
    const blackbox = `127.0.0.1:${await freePort()}`;
    const blackboxTool = await startLoggedTool('blackbox', {
      args: ['--config.file=prometheus/blackbox.yml', `--web.listen-address=${blackbox}`],
      log: join(dir, 'blackbox.log'),
      readyUrl: `http://${blackbox}/-/healthy`,
    });
    cleanup.defer(() => blackboxTool.stop());
    rig = await startRunbookRig({
      databaseUrl: database.url,
      redis,
      blackbox,
      alertmanager: { address: alertmanager, log: alertmanagerTool.log },
      targets: { alertmanager: [alertmanager], jaeger: [`127.0.0.1:${await freePort()}`] },
    });
    cleanup.defer(() => rig.stop());
    await rig.ask('/api/v1/candidates', post({ candidate_id: 'erased' }));
    await rig.ask('/api/v1/candidates/erased');
    await assess(rig);
    await rig.untilScraped();
  });
  after(() => cleanup.disposeAsync());

  const untilAlertsOf = (fault: Fault, traffic: () => Promise<unknown> = () => Promise.resolve()) =>
    rig.untilAlerts(faults[fault].alerting, traffic);

  it('are all tried, under one fault, or there is a reason why not', () => {
    const pages = readRunbooks();
    const tried = Object.values(faults).flatMap(({ alerting, also }) => [...alerting, ...also]);
    assert.deepEqual(tried.toSorted(), pages.map(({ name }) => name).toSorted());
    const written = new Set(pages.flatMap(({ commands }) => commands));
    const gone = [...omitted].filter((command) => !written.has(command));
    assert.deepEqual(gone, [], 'no page has these any more');
  });

  describe('with servers in trouble', () => {
    before(async () => {
      const exporters = await startTroubledExporters();
      cleanup.defer(() => exporters.close());
      rig.prometheus.setTargets('postgres', [exporters.targets.postgres]);
      rig.prometheus.setTargets('redis', [exporters.targets.redis]);
      await rig.shell.run(`redis ACL SETUSER exporter on '>exporter' -@all +ping +info`);
      await untilAlertsOf('the exporters tell of trouble', () => rig.ask('/api/v1/candidates'));
    });
    after(async () => {
      rig.prometheus.setTargets('postgres', []);
      rig.prometheus.setTargets('redis', []);
    });

    tryPages('the exporters tell of trouble', () => rig);
  });

  describe('without Redis', () => {
    before(async () => {
      // So that its slow log says something.
      await rig.shell.run('redis config set slowlog-log-slower-than 0');
      rig.forget();
      await rig.redis.set({ kind: 'refuse' });
      const isUndelivered = () =>
        rig.service.log().some((line) => line['event.name'] === 'cache.erasure_undelivered');
      const erasing = until(async () => {
        await rig.ask('/api/v1/candidates/erased', { method: 'DELETE' });
        return isUndelivered();
      });
      await untilAlertsOf('Redis cannot be reached', () =>
        Promise.all(times(5, () => rig.ask('/api/v1/candidates'))),
      );
      await erasing;
    });
    after(() => rig.redis.set({ kind: 'pass' }));

    tryPages('Redis cannot be reached', () => rig);
  });

  describe('without PostgreSQL', () => {
    before(async () => {
      await until(
        async () => (await rig.prometheus.query('component_up{component="redis"} == 1')).length > 0,
      );
      rig.forget();
      await rig.database.set({ kind: 'refuse' });
      let candidates = 0;
      const register = () =>
        rig.ask('/api/v1/candidates', post({ candidate_id: `candidate_${candidates++}` }));
      await untilAlertsOf('PostgreSQL refuses connections', () =>
        Promise.all([...times(4, register), ...times(2, () => assess(rig))]),
      );
    });
    after(() => rig.database.set({ kind: 'pass' }));

    tryPages('PostgreSQL refuses connections', () => rig);

    it('show every request that failed, those that an open breaker refused, too', async () => {
      const readFailed = () => rig.service.log().filter(isFailed);
      await until(() => readFailed().length === rig.failed());
      const failed = readFailed();
      assert.deepEqual(new Set(failed.map(({ level }) => level)), new Set(['error', 'warn']));
      const submitted = failed.filter((line) => line['http.route'] === '/api/v1/assessments');
      assert.ok(submitted.length > 0 && submitted.length < failed.length);
      const shown = async (name: string) => (await filteredLines(rig, name)).length;
      assert.equal(await shown('ApiErrorBudgetBurn'), failed.length);
      assert.equal(await shown('ApiRouteErrorRatioHigh'), submitted.length);
      assert.equal(await shown('AssessmentFailuresHigh'), submitted.length);
      const told = await filteredLines(rig, 'DbErrorsHigh');
      assert.equal(told.filter((line) => line.startsWith('Request ')).length, failed.length);
    });

    it('would be seen to fail, to say nothing, or to ask for what is not there', async () => {
      const commands = [
        `logs | jq -cR 'fromjson? | select(.event_name == "health.changed")'`,
        'curl -sf $API/api/v1/nothing',
        'docker compose logs nobody',
        `sql 'select * from nothing'`,
        'docker compose exec -T redis redis-cli -e client list',
        'curl -s http://localhost:1/metrics',
      ];
      const told = await faultsOf(rig, { name: 'page', commands, queries: ['component_down'] });
      assert.equal(told.length, 7, told.join('\n'));
      assert.match(told[0] ?? '', /^page: logs .*\n {2}prints nothing$/);
      assert.match(told[4] ?? '', /NOAUTH/);
      assert.match(told[6] ?? '', /^page: component_down\n {2}has no series$/);
    });
  });

  describe('without monitoring', () => {
    before(async () => {
      rig.forget();
      await breakMonitoring(rig);
      await untilAlertsOf('the monitoring is broken', () => rig.ask('/api/v1/candidates'));
    });

    tryPages('the monitoring is broken', () => rig, {
      'promtool check config prometheus/prometheus.yml': /FAILED/,
    });
  });

  describe('without the service', () => {
    before(async () => {
      rig.forget();
      await rig.service.crash();
      await untilAlertsOf('the service has crashed');
    });

    tryPages('the service has crashed', () => rig);
  });

  describe('with the service that is back', () => {
    before(async () => {
      await rig.service.start();
      await until(async () => (await rig.prometheus.query('app_ready')).length > 0);
    });

    tryPages('the service has crashed and is back', () => rig);
  });

  describe('without targets', () => {
    before(async () => {
      rig.prometheus.setTargets('api', []);
      rig.prometheus.setTargets('alertmanager', []);
      await untilAlertsOf('Prometheus finds neither');
    });

    tryPages('Prometheus finds neither', () => rig);
  });
});

/** A rule that fails, records that are gone, and a configuration that is refused. */
async function breakMonitoring({ prometheus }: RunbookRig): Promise<void> {
  const config = join(prometheus.etc, 'prometheus');
  writeFileSync(join(config, 'rules', 'slo.yml'), 'groups: []\n');
  const rules = [{ record: 'ambiguous', expr: 'up + on () up' }];
  const broken = stringify({ groups: [{ name: 'broken', rules }] });
  writeFileSync(join(config, 'rules', 'broken.yml'), broken);
  prometheus.reload();
  await until(async () =>
    (await (await fetch(`${prometheus.url}/api/v1/rules`)).text()).includes('ambiguous'),
  );
  writeFileSync(join(config, 'prometheus.yml'), 'scrape_configs: [{ job: misspelt }]\n');
  prometheus.reload();
}

/** As a receiver whose address is wrong: told so, Alertmanager does not try again. */
async function refusingServer(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Of a Prometheus that many share, the rules read the service's own series only. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { staleFiles } from '#grafana/committed.ts';
import { resource } from '#prometheus/build.ts';
import { monitoringJobs } from '#prometheus/rules/meta.ts';
import { withinScope } from '#prometheus/scope.ts';
import { checkWithTool } from '#test/support/check-with-tool.ts';
import { readQuery } from '#test/support/prometheus-query.ts';
import { readRules, readYaml, yamlFiles, type Rule } from '#test/support/prometheus-rules.ts';
import { runNode } from '#test/support/run-node.ts';

interface TestFile {
  rule_files: string[];
  evaluation_interval: string;
  tests: {
    interval: string;
    input_series: { series: string; values: string }[];
    alert_rule_test?: { eval_time: string; alertname: string; exp_alerts: unknown[] }[];
    promql_expr_test?: unknown;
    external_labels?: unknown;
  }[];
}

interface Resource {
  kind: string;
  metadata: { namespace?: string };
  spec: { groups: { name: string; rules: Rule[] }[] };
}

/** What is missing is an alert, too: this much of the service is there, and well. */
const wellService = [
  'up{job="api",instance="well:9464"}',
  'app_ready{job="api",instance="well:9464"}',
  'probe_success{job="api-probe",instance="https://well"}',
].map((series) => ({ series, values: '1x3000' }));

/** The same history, told of another job: wherever the alerts of the file fired, they are to be quiet. */
function toldOfAnotherJob(path: string): { file: TestFile; firing: string[] } {
  const original = readYaml(path) as TestFile;
  const firing: string[] = [];
  const tests = original.tests.map(({ interval, input_series, alert_rule_test = [] }) => {
    const fired = alert_rule_test.filter(
      ({ alertname, exp_alerts }) => exp_alerts.length > 0 && alertname !== 'Watchdog',
    );
    firing.push(...fired.map(({ alertname }) => alertname));
    return {
      interval,
      input_series: [
        ...input_series.map(({ series, values }) => ({
          series: series.replaceAll(/job="[^"]*"/g, 'job="foreign"'),
          values,
        })),
        ...wellService,
      ],
      alert_rule_test: fired.map((check) => ({ ...check, exp_alerts: [] })),
    };
  });
  const rule_files = original.rule_files.map((file) => resolve('prometheus/tests', file));
  return { file: { ...original, rule_files, tests }, firing };
}

describe('the scope of the rules', function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), 'sono-scope-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('is put into every selector, but for those that are about another job', () => {
    const scope = { job: 'a', namespace: 'n' };
    const within = (expr: string) => withinScope(expr, scope);
    assert.equal(within('rate(x[5m])'), 'rate(x{job="a",namespace="n"}[5m])');
    assert.equal(
      within('x{y="z"} > x{}'),
      'x{job="a",namespace="n",y="z"} > x{job="a",namespace="n"}',
    );
    assert.equal(within('up{job=~"b|c"} == 0'), 'up{job=~"b|c"} == 0');
    assert.equal(within('x{myjob="b"}'), 'x{job="a",namespace="n",myjob="b"}');
    assert.equal(within('probe_success'), 'probe_success{job="a-probe",namespace="n"}');
    assert.equal(within('vector(1)'), 'vector(1)');
    assert.equal(within('x offset 1w'), 'x{job="a",namespace="n"} offset 1w');
    assert.equal(within('sum by (job) (x)'), 'sum by (job) (x{job="a",namespace="n"})');
    assert.throws(() => within('sum(x'), /No PromQL/);
  });

  it('is in every selector of the committed rules', () => {
    for (const { expr, alert, record } of readRules()) {
      for (const { metric, labels } of readQuery(expr).selectors) {
        assert.ok(labels.includes('job'), `${alert ?? record}: ${metric}`);
      }
    }
  });

  // Two are about how alerts end; none fires in them that does not fire in the others.
  const replayed = yamlFiles('prometheus/tests').filter(
    (path) => !/slo-incidents|rate-limit-surge/.test(path),
  );

  it('is looked at with a history in which every alert about the service fires', () => {
    const fired = new Set(replayed.flatMap((path) => toldOfAnotherJob(path).firing));
    const alerts = readRules().flatMap(({ alert }) => alert ?? []);
    assert.deepEqual(
      alerts.filter((name) => name !== 'Watchdog' && !fired.has(name)),
      [],
    );
  });

  for (const path of replayed) {
    it(`keeps the alerts of ${basename(path, '.test.yml')} quiet about another job`, async () => {
      const { file, firing } = toldOfAnotherJob(path);
      assert.ok(firing.length > 0);
      const written = join(dir, basename(path));
      writeFileSync(written, stringify(file));
      assert.match(await checkWithTool('promtool', 'test', 'rules', written), /SUCCESS/);
    });
  }

  it('of the monitoring is what prometheus.yml scrapes besides the service', () => {
    const { scrape_configs } = readYaml('prometheus/prometheus.yml') as {
      scrape_configs: { job_name: string }[];
    };
    assert.deepEqual(
      scrape_configs
        .map(({ job_name }) => job_name)
        .filter((job) => job !== 'api')
        .sort(),
      [...monitoringJobs].sort(),
    );
  });

  describe('in the resource for the Prometheus operator', () => {
    const groupsOf = (text: string) => (parse(text) as Resource).spec.groups;

    it('is the committed one: the same rules, with links that need no external labels', () => {
      assert.deepEqual(staleFiles(resource), []);
      const groups = groupsOf(resource.files.get('prometheus-rule.yml') ?? '');
      const own = readRules().filter(({ file }) => file !== 'meta');
      assert.deepEqual(
        groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
        own.map(({ expr }) => expr),
      );
      assert.doesNotMatch(JSON.stringify(groups), /externalLabels/);
    });

    it('can be another, with namespace and cluster', async () => {
      const { stdout } = await runNode([
        'prometheus/build.ts',
        '--job=web',
        '--namespace=prod',
        '--cluster=eu-1',
        '--grafana-url=https://grafana.test',
      ]).result;
      const { kind, metadata, spec } = parse(stdout) as Resource;
      assert.deepEqual([kind, metadata.namespace], ['PrometheusRule', 'prod']);
      for (const { expr } of spec.groups.flatMap(({ rules }) => rules)) {
        for (const { metric, labels } of readQuery(expr).selectors) {
          for (const label of ['job', 'namespace', 'cluster']) {
            assert.ok(labels.includes(label), `${metric}: no ${label} in ${expr}`);
          }
        }
        assert.doesNotMatch(expr, /job="api"/);
      }
      assert.match(stdout, /dashboard_url: 'https:\/\/grafana\.test\/d\/api-slo'/);
      const written = join(dir, 'rule.yml');
      writeFileSync(written, stringify(spec));
      await checkWithTool('promtool', 'check', 'rules', '--lint-fatal', written);
    });
  });
});

/** The way from a notification to its cause, on the committed runbooks and dashboards. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUNBOOKS } from '#grafana/links.ts';
import { readExpectedAlerts } from '#test/support/prometheus-rules.ts';
import { follow, jqOf, linesWith, panelAt, runbookStep, traceLinks } from './follow.ts';
import { incidents } from './incidents.ts';
import { fromLogfmt, type TraceSpan } from './traces.ts';
import { isExecutable } from '#test/support/debian-packages.ts';

const failing: TraceSpan = {
  name: 'SELECT candidates',
  durationMs: 2,
  failed: true,
  attributes: {
    'db.system.name': 'postgresql',
    'db.response.status_code': '42P01',
    'db.query.text': 'select id from candidates where id = ?',
  },
};
const renamed = incidents(15).find(({ name }) => name === 'table-renamed');
const line = {
  level: 'error',
  message: 'Request failed',
  'db.response.status_code': '42P01',
  trace_id: 'a'.repeat(32),
};

describe('the way from a notification', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sono-follow-'));
  const logFile = join(dir, 'sono-eval.log');
  after(() => rmSync(dir, { recursive: true, force: true }));
  const fields = renamed?.logLine ?? {};

  /** @param series what each query finds; @param spans of the trace in the log and of the dots */
  const way = (series: number, spans: TraceSpan[], dashboard = 'api-slo?viewPanel=panel-8') => {
    writeFileSync(logFile, `${JSON.stringify(line)}\nno JSON\n`);
    return follow({
      annotations: {
        runbook_url: `${RUNBOOKS}/ApiErrorBudgetBurn.md`,
        dashboard_url: `http://localhost:3000/d/${dashboard}`,
      },
      prometheus: {
        url: '',
        instant: async () => Array.from({ length: series }, () => ({ metric: {}, values: [] })),
        range: async () => [],
        labelValues: async () => [],
        version: async () => 3,
        exemplars: async () => [{ labels: { trace_id: line.trace_id }, value: 1, timestamp: 0 }],
      },
      traces: {
        endpoint: '',
        command: (id) => `trace ${id}`,
        spansOf: async (id) => (id === line.trace_id ? spans : []),
        close: async () => {},
      },
      logFile,
      logLine: fields,
      isCause: renamed?.isCause ?? (() => false),
      scrapeS: 15,
      since: 0,
    });
  };
  const deadEnds = async (...args: Parameters<typeof way>) =>
    (await way(...args)).steps.filter(({ found }) => found === null).map(({ what }) => what);

  it('is two commands when the log line leads to the trace of the failing statement', async () => {
    const { steps, clicks, commands } = await way(1, [failing]);
    assert.deepEqual(
      steps.map(({ found }) => found === null),
      [false, false, false, false],
    );
    assert.match(steps.at(-1)?.found ?? '', /42P01.*select id from candidates/);
    assert.deepEqual([clicks, commands], [null, 2]);
  });

  it('is three clicks when a dot of the panel leads there', async () => {
    const { clicks } = await way(1, [failing], 'api-http?viewPanel=panel-2');
    assert.equal(clicks, 3);
  });

  it('has a dead end where a panel shows nothing, or is none', async () => {
    assert.deepEqual(await deadEnds(0, [failing]), ['panel of the notification']);
    for (const place of ['api-slo', 'api-slo?viewPanel=panel-999', 'api-none?viewPanel=panel-1']) {
      assert.deepEqual(await deadEnds(1, [failing], place), ['panel of the notification'], place);
    }
  });

  it('has a dead end where the trace does not show the cause, or is unknown', async () => {
    const { attributes } = failing;
    const mute = { ...failing, attributes: { ...attributes, 'db.response.status_code': '' } };
    for (const spans of [[], [mute], [{ ...failing, failed: false }]]) {
      assert.deepEqual(await deadEnds(1, spans), ['its trace']);
    }
  });

  it('has a dead end where no log line has the failure and a trace', () => {
    const text = [line, { ...line, level: 'info' }, { ...line, trace_id: undefined }]
      .map((one) => JSON.stringify(one))
      .join('\n');
    assert.deepEqual(linesWith(text, fields), [line.trace_id]);
    assert.deepEqual(linesWith(text, { ...fields, message: /Other/ }), []);
  });

  it('has a dead end where there is no such runbook', () => {
    assert.ok(runbookStep(`${RUNBOOKS}/ComponentDown.md`).found);
    for (const url of [`${RUNBOOKS}/Nothing.md`, `${RUNBOOKS}/`, 'https://example.com/a.md', '']) {
      assert.equal(runbookStep(url).found, null, url);
    }
  });

  it('begins with a panel and a runbook for every alert that a rule test shows', () => {
    const told = readExpectedAlerts().filter(({ labels }) => labels['severity'] !== 'none');
    assert.ok(told.length > 50);
    for (const { alertname, annotations } of told) {
      assert.ok(panelAt(annotations['dashboard_url'] ?? ''), alertname);
      assert.ok(runbookStep(annotations['runbook_url']).found, alertname);
    }
  });

  it('reads the tags of the links to Jaeger as its data source does', () => {
    const panel = panelAt('http://localhost:3000/d/api-slo?viewPanel=panel-8');
    assert.ok(panel);
    assert.deepEqual(traceLinks(panel), [
      { title: 'Failed traces', tags: 'otel.status_code=ERROR', minDuration: '' },
    ]);
    assert.deepEqual(fromLogfmt(String.raw`error=true http.route="/api/v1/a \"b\"" x=`), {
      error: 'true',
      'http.route': '/api/v1/a "b"',
      x: '',
    });
  });

  const jq = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'jq'))
    .find(isExecutable);
  if (jq !== undefined) {
    it('prints a command for jq that finds the same lines', () => {
      writeFileSync(
        logFile,
        `${JSON.stringify(line)}\nno JSON\n${JSON.stringify({ ...line, level: 'info' })}\n`,
      );
      const output = execFileSync('sh', ['-c', jqOf(fields, logFile)], { cwd: dir });
      assert.equal(output.toString(), `${JSON.stringify([line.trace_id, line.message, null])}\n`);
    });
  }
});

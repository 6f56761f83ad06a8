/** Who is paged reads a mail: the committed Alertmanager configuration, sending to a server that keeps it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readExpectedAlerts } from '#test/support/prometheus-rules.ts';
import { speedUpAlertmanager } from '#test/support/monitoring-config.ts';
import { freePort } from '#test/support/free-port.ts';
import { startAlertmanager } from '#test/support/prometheus-stack.ts';
import { killChild } from '#test/support/started-process.ts';
import { startSmtpSink, type Mail, type SmtpSink } from '#test/support/smtp-sink.ts';
import { until } from '#test/support/until.ts';

const committed = readFileSync('prometheus/alertmanager.yml', 'utf8');
const source = 'http://localhost:9090/graph?g0.expr=component_up+%3D%3D+0&g0.tab=1';

interface Sent {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt?: string;
  generatorURL?: string;
}

function shown(name: string): Sent {
  const { labels, annotations } =
    readExpectedAlerts().find(({ alertname }) => alertname === name) ??
    assert.fail(`no rule test shows ${name}`);
  return {
    labels: { ...labels, alertname: name },
    annotations,
    startsAt: '2026-01-02T03:04:05Z',
    generatorURL: source,
  };
}

describe('the mail about an alert', function () {
  this.timeout(300_000);
  const cleanup = new AsyncDisposableStack();
  let sink: SmtpSink;
  let alertmanager: string;

  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sono-mail-'));
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    sink = await startSmtpSink();
    cleanup.defer(() => sink.close());
    const config = join(dir, 'alertmanager.yml');
    writeFileSync(
      config,
      committed
        .replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 100ms')
        .replace('mailpit:1025', sink.address),
    );
    mkdirSync(join(dir, 'storage'));
    const address = `127.0.0.1:${await freePort()}`;
    const child = await startAlertmanager({ config, storage: join(dir, 'storage'), address });
    cleanup.defer(() => killChild(child));
    alertmanager = `http://${address}`;
  });
  after(() => cleanup.disposeAsync());

  async function post(...alerts: Sent[]): Promise<void> {
    const response = await fetch(`${alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(alerts),
    });
    assert.equal(response.status, 200, await response.text());
  }

  async function mailTo(to: string, subject: RegExp, text = ''): Promise<Mail> {
    const find = () =>
      sink.mails.find(
        (mail) => mail.to === to && subject.test(mail.subject) && mail.text.includes(text),
      );
    await until(() => find() !== undefined);
    return find() ?? assert.fail();
  }

  /** Whatever is said, nothing is left out of it or over from its template. */
  function assertWhole({ subject, text, contentType }: Mail): void {
    assert.match(contentType, /^text\/plain; charset=UTF-8/i);
    for (const line of [subject, ...text.split('\n')]) {
      assert.doesNotMatch(line, /\{\{|\}\}|<no value>|%!|\[\]|null/);
      assert.doesNotMatch(line, /[:,=]$|^[:,]|\s$|\s{2}|=\s/, `something is empty: ${line}`);
    }
    assert.doesNotMatch(text, /\n{3}/);
  }

  it('says who is to act on what, why and where, and then that it is over', async () => {
    const page = shown('ComponentDown');
    const { summary = '', description = '' } = page.annotations;
    const { runbook_url: runbook = '', dashboard_url: dashboard = '' } = page.annotations;
    assert.ok(summary && description && runbook && dashboard);
    await post(page);
    const firing = await mailTo('pager@sono-eval.localhost', /^critical/);
    assertWhole(firing);
    assert.equal(firing.subject, `critical, postgres: ${summary}`);
    const lines = firing.text.split('\n');
    for (const line of [
      `FIRING: ${summary}`,
      description,
      `What to do: ${runbook}`,
      `Dashboard: ${dashboard}`,
      `Its query: ${source}`,
      'since 2026-01-02 03:04:05 UTC',
    ]) {
      assert.ok(lines.includes(line), `${line} is missing in:\n${firing.text}`);
    }
    assert.match(firing.text, /^alertname=ComponentDown cause=postgres .*severity=critical/m);

    await post({ ...page, endsAt: '2026-01-02T04:05:06Z' });
    const resolved = await mailTo('pager@sono-eval.localhost', /^resolved/);
    assertWhole(resolved);
    assert.equal(resolved.subject, `resolved, postgres: ${summary}`);
    assert.ok(resolved.text.includes(`RESOLVED: ${summary}\n`));
    assert.match(resolved.text, /^since .* UTC until 2026-01-02 04:05:06 UTC$/m);
    assert.doesNotMatch(resolved.text, /Silence/);
  });

  it('leads to a silence of this alert and no other', async () => {
    const alert = shown('ComponentDown');
    alert.labels['service'] = 'a b&c+d';
    await post(alert);
    const { text } = await mailTo('pager@sono-eval.localhost', /^critical/, 'service=a b&c+d');
    const [, url = ''] = /^Silence it: (\S+)$/m.exec(text) ?? [];
    assert.match(url, /^http:\/\/[^/]+\/#\/silences\/new\?filter=/);
    const filter = decodeURIComponent(url.split('filter=')[1] ?? '');
    assert.deepEqual(
      filter.slice(1, -1).split(',').sort(),
      Object.entries(alert.labels)
        .map(([name, value]) => `${name}="${value}"`)
        .sort(),
    );
    // Alertmanager itself reads it as matchers of this alert.
    const matchers = filter.slice(1, -1).split(',');
    const query = matchers.map((one) => `filter=${encodeURIComponent(one)}`).join('&');
    const found = (await (await fetch(`${alertmanager}/api/v2/alerts?${query}`)).json()) as Sent[];
    assert.deepEqual(
      found.map(({ labels }) => labels['service']),
      ['a b&c+d'],
    );
  });

  it('is one for all alerts of a cause, and names each of them', async () => {
    await post(
      { ...shown('DbLatencyHigh'), startsAt: '2026-01-02T03:00:00Z' },
      shown('DbPoolSaturated'),
    );
    const mail = await mailTo('ticket@sono-eval.localhost', /other alerts/);
    assertWhole(mail);
    assert.match(mail.subject, /^warning, postgres: .+ \(and other alerts\)$/);
    for (const name of ['DbLatencyHigh', 'DbPoolSaturated']) {
      assert.ok(mail.text.includes(`FIRING: ${shown(name).annotations['summary']}\n`), name);
    }
  });

  it('says what it can of an alert without cause, texts and links', async () => {
    const labels = { alertname: 'OfSomebodyElse', service: 'other' };
    await post({ labels, annotations: {}, startsAt: '2026-01-02T03:04:05Z' });
    const mail = await mailTo('ticket@sono-eval.localhost', /OfSomebodyElse/);
    assertWhole(mail);
    assert.equal(mail.subject, 'firing: OfSomebodyElse');
  });

  it('goes to all who are told, but for the dead man’s switch and what only holds back', () => {
    const { receivers } = parse(committed, { merge: true }) as {
      receivers: { name: string; email_configs?: { to: string; send_resolved: boolean }[] }[];
    };
    assert.deepEqual(
      receivers.map(({ name, email_configs = [] }) => [name, email_configs.map(({ to }) => to)]),
      [
        ['dead-man', []],
        ...['pager', 'ticket', 'log'].map((name) => [name, [`${name}@sono-eval.localhost`]]),
        ['nobody', []],
      ],
    );
    for (const { email_configs = [] } of receivers) {
      for (const { send_resolved } of email_configs) assert.equal(send_resolved, true);
    }
  });

  it('is sent by no other test', () => {
    const config = speedUpAlertmanager(committed, 'http://webhook.test');
    assert.doesNotMatch(config, /email_configs|smtp/);
    assert.equal((config.match(/webhook_configs/g) ?? []).length, 4);
  });
});

/** Prometheus' and Alertmanager's own checkers on the committed files. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkWithTool as check } from '#test/support/check-with-tool.ts';
import { forPrometheus2 } from '#test/support/monitoring-config.ts';
import { yamlFiles } from '#test/support/prometheus-rules.ts';

describe('the monitoring configuration', function () {
  this.timeout(300_000);

  it('is accepted by promtool, with its rules', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sono-eval-promtool-'));
    try {
      cpSync('prometheus', folder, { recursive: true });
      const config = join(folder, 'prometheus.yml');
      writeFileSync(config, forPrometheus2(readFileSync(config, 'utf8')));
      assert.doesNotMatch(
        await check('promtool', 'check', 'config', '--lint-fatal', config),
        /WARNING/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is accepted by amtool', async () => {
    await check('amtool', 'check-config', 'prometheus/alertmanager.yml');
  });

  for (const file of yamlFiles('prometheus/tests')) {
    it(`passes ${file}`, async () => {
      assert.match(await check('promtool', 'test', 'rules', file), /SUCCESS/);
    });
  }

  const routes: [string, string[]][] = [
    ['dead-man', ['alertname=Watchdog', 'severity=none']],
    ['pager', ['alertname=ComponentDown', 'severity=critical']],
    ['ticket', ['alertname=DbLatencyHigh', 'severity=warning']],
    ['log', ['alertname=ErrorLogSpike', 'severity=info']],
    ['ticket', ['alertname=SomethingWithoutSeverity']],
  ];
  for (const [receiver, labels] of routes) {
    it(`sends ${labels.join(', ')} to ${receiver}`, async () => {
      const config = '--config.file=prometheus/alertmanager.yml';
      await check(
        'amtool',
        'config',
        'routes',
        'test',
        config,
        `--verify.receivers=${receiver}`,
        ...labels,
      );
    });
  }
});

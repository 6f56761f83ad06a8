/** Rules, their tests, runbooks and dashboards stand beside the code: nothing of them may name what is not there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { catalogue } from '#grafana/catalogue.ts';
import { staleFiles } from '#grafana/committed.ts';
import { RUNBOOKS } from '#grafana/links.ts';
import {
  alertThresholds,
  burnRates,
  objectives,
  type AlertThreshold,
  type Threshold,
} from '#grafana/thresholds.ts';
import { rules as generated } from '#prometheus/build.ts';
import { silentAlerts } from '#prometheus/rule.ts';
import { healthPaths } from '#src/resilience/health/health-paths.ts';
import { healthRoutes } from '#src/resilience/health/health-routes.ts';
import { exposedFamilies, knownSeries } from '#test/support/known-series.ts';
import { readComparison, readQuery } from '#test/support/prometheus-query.ts';
import {
  readAlerts,
  readExpectedAlerts,
  readRules,
  readUnitTests,
  readYaml,
  yamlFiles,
} from '#test/support/prometheus-rules.ts';
import { unalerted } from './unalerted.ts';

const rules = readRules();
const alerts = readAlerts();
const names = [...new Set(alerts.map(({ alert }) => alert))].sort();

const known = knownSeries();
const isSilent = (name: string) => (silentAlerts as readonly string[]).includes(name);

function unknownIn(text: string): string[] {
  const { selectors, groupings } = readQuery(text);
  const faults: string[] = [];
  const within = new Set<string>();
  for (const { metric, labels } of selectors) {
    const has = metric === null ? undefined : known.get(metric);
    if (metric !== null && has === undefined) faults.push(`no metric ${metric}`);
    for (const label of has ?? []) within.add(label);
    for (const label of labels) {
      if (has?.has(label) === false) faults.push(`${metric} has no label ${label}`);
    }
  }
  // A count over all names may group by any label.
  const groupsNames = selectors.some(({ metric }) => metric === null);
  for (const label of groupings) {
    if (!within.has(label) && !groupsNames) faults.push(`nothing has the label ${label}`);
  }
  return faults.map((fault) => `${fault} in: ${text.trim()}`);
}

const textFaults: Record<string, RegExp> = {
  'is empty': /^$/,
  'begins or ends with a blank': /^\s|\s$/,
  'has a blank too many: an empty label': /\s{2}|\s[.,;:)]|\(\s*\)/,
  'has a preposition without its word: an empty label':
    /\b(in|of|on|to|from|than|for|by|with)( (fail|fails|is|are|was|were|has|have|takes|does|burns)\b|[.,;:]|$)/i,
  'has more than two decimals': /\d\.\d{3}/,
  'has no value': /NaN|<no value>|%!|\{\{/,
};

function faultsIn(text: string): string[] {
  return Object.entries(textFaults)
    .filter(([, pattern]) => pattern.test(text))
    .map(([fault]) => `${fault}: ${text}`);
}

describe('rules and alerts', () => {
  it('see the families and the rules', () => {
    assert.ok(known.size > 70);
    assert.ok(names.length > 30);
  });

  it('ask for metrics and labels that exist', () => {
    assert.deepEqual(
      rules.flatMap(({ expr }) => unknownIn(expr)),
      [],
    );
  });

  it('notice a metric, a matcher and a grouping that do not', () => {
    assert.equal(unknownIn('sum(rate(http_requests_total[5m]))').length, 1);
    assert.equal(unknownIn('component_up{name="database"}').length, 1);
    assert.equal(unknownIn('sum by (path) (component_up)').length, 1);
    assert.throws(() => unknownIn('sum(rate(component_up[5m])'));
  });

  it('read every family, or there is a reason why not, and never both', () => {
    const read = new Set(
      rules.flatMap(({ expr }) => readQuery(expr).selectors.map(({ metric }) => metric)),
    );
    const silent = exposedFamilies()
      .filter(({ series }) => !series.some((name) => read.has(name)))
      .map(({ name }) => name);
    const explained = unalerted.flatMap(({ families }) => families);
    assert.deepEqual(explained.toSorted(), silent.toSorted());
    for (const { reason } of unalerted) {
      assert.match(reason, /^[A-Z].{30,}\.$/);
      for (const [alert] of reason.matchAll(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g)) {
        assert.ok(names.includes(alert), `${alert} is no alert`);
      }
    }
  });

  it('are labelled, described with their value, and lead to a runbook and a panel', () => {
    const places = new Set(
      catalogue.flatMap(({ uid, panels }) => [
        uid,
        ...panels.map(({ id }) => `${uid}?viewPanel=panel-${id}`),
      ]),
    );
    const withoutNumber = new Set(['ApiInstanceDown', 'IncidentOpen']);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels['severity'] ?? '', /^(critical|warning|info|none)$/, alert);
      assert.ok(
        labels['team'] && labels['service'] && labels['cause'] && annotations['summary'],
        alert,
      );
      // Its own value, or what it asks for.
      if (!withoutNumber.has(alert)) {
        assert.match(annotations['description'] ?? '', /\$value|query/, alert);
      }
      const runbook = `{{ $externalLabels.runbook_url }}/${alert}.md`;
      assert.equal(annotations['runbook_url'], runbook);
      const [, target = ''] =
        /^\{\{ \$externalLabels\.grafana_url \}\}\/d\/(.+)$/.exec(
          annotations['dashboard_url'] ?? '',
        ) ?? [];
      const reached = target.match(/api-[\w-]+(\?viewPanel=[\w-]+)?(?=\{|$)/g) ?? [];
      assert.notEqual(reached.length, 0, alert);
      for (const place of reached) assert.ok(places.has(place), `${alert}: ${place}`);
      assert.ok(isSilent(alert) || reached.every((place) => place.includes('?')), alert);
    }
  });

  it('find what the links of their annotations are made of in prometheus.yml', () => {
    const { global, alerting } = readYaml('prometheus/prometheus.yml') as {
      global: { external_labels: Record<string, string> };
      alerting: { alert_relabel_configs: { regex: string; action: string }[] };
    };
    assert.deepEqual(Object.keys(global.external_labels), ['grafana_url', 'runbook_url']);
    const { grafana_url: grafana, runbook_url: runbooks } = global.external_labels;
    // The panels lead to the same pages, and the rule tests expect the same labels.
    assert.equal(RUNBOOKS, runbooks);
    const { repository } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      repository: { type: string; url: string };
    };
    assert.equal(`${runbooks}/`, `${repository.url}/blob/main/prometheus/runbooks/`);
    for (const file of yamlFiles('prometheus/tests')) {
      const { tests } = readYaml(file) as { tests: { external_labels?: object }[] };
      for (const { external_labels: labels } of tests) {
        if (labels === undefined) continue;
        assert.deepEqual(labels, { grafana_url: grafana, runbook_url: runbooks }, file);
      }
      for (const [url] of readFileSync(file, 'utf8').matchAll(/https?:\/\/[^\s'"/]+\/[^\s'"]*/g)) {
        assert.ok(
          url.startsWith(`${grafana}/d/`) || url.startsWith(runbooks ?? '-'),
          `${file}: ${url}`,
        );
      }
    }
    assert.deepEqual(alerting.alert_relabel_configs, [
      { regex: 'grafana_url|runbook_url', action: 'labeldrop' },
    ]);
  });

  it('are what their source makes', () => {
    assert.deepEqual(staleFiles(generated), []);
  });

  it('fire on the number that the panels draw, in its direction', () => {
    const written: [keyof Threshold, string][] = [
      ['above', '>'],
      ['below', '<'],
      ['equals', '=='],
    ];
    const without: string[] = [];
    for (const [name, { severity, ...threshold }] of Object.entries<AlertThreshold>(
      alertThresholds,
    )) {
      const variants = alerts.filter(({ alert }) => alert === name);
      assert.ok(
        variants.some(({ labels }) => labels['severity'] === severity),
        `${name} is on a dashboard and no rule`,
      );
      const expected = written.flatMap(([key, operator]) => {
        const value = threshold[key];
        return value === undefined ? [] : [{ operator, value, absent: false }];
      });
      if (expected.length === 0) without.push(name);
      else
        assert.deepEqual(
          variants.map(({ expr }) => readComparison(expr)),
          expected,
          name,
        );
    }
    assert.deepEqual(without, [
      'ApiErrorBudgetBurn',
      'ApiTargetMissing',
      'CircuitBreakerStuckHalfOpen',
      'SloRecordsMissing',
    ]);
  });

  it('would be seen to fire on another number, or in another direction', () => {
    const read = (expr: string) => {
      const { operator, value, absent } = readComparison(expr) ?? {};
      return `${absent ? 'absent ' : ''}${operator} ${value}`;
    };
    assert.equal(read('sum(a) / (sum(b) > 1) > 0.1'), '> 0.1');
    assert.equal(read('a < 0.5 and on (job) b > 1 unless c == 0'), '< 0.5');
    assert.equal(read('a >= 4 or b > 2'), '>= 4');
    assert.equal(read('absent(up{job="api"} == 1)'), 'absent == 1');
    assert.equal(readComparison('a > 5 * b'), null);
    assert.equal(readComparison('sum(a > 5)'), null);
  });

  it('burn the budgets that the objectives leave', () => {
    for (const { ratio, budget } of Object.values(objectives)) {
      assert.equal(Number((1 - ratio).toFixed(6)), budget);
    }
    const burn = alerts.filter(({ alert }) => alert === 'ApiErrorBudgetBurn');
    const told = burn.map(({ labels }) => `${labels['long_window']} ${labels['severity']}`);
    assert.deepEqual(
      [...new Set(told)],
      burnRates.map(({ long, severity }) => `${long} ${severity}`),
    );
    // Each objective burns in one alert of each speed: nobody is told twice, and none is forgotten.
    for (const { slo } of Object.values(objectives)) {
      const about = burn.filter(({ expr }) => {
        const [, operator, value = ''] = /slo(=~?)"([^"]*)"/.exec(expr) ?? [];
        return operator === '=' ? value === slo : new RegExp(`^(?:${value})$`).test(slo);
      });
      assert.deepEqual(
        about.map(({ labels }) => labels['long_window']),
        burnRates.map(({ long }) => long),
        slo,
      );
    }
  });

  it('count no probes: the paths are those of the routes, and nowhere written by hand', () => {
    const health = { names: [] as string[] };
    const routes = healthRoutes({ health } as unknown as Parameters<typeof healthRoutes>[0]);
    const probes = routes.filter(({ probe }) => probe === true).map(({ path }) => path);
    assert.ok(probes.length > 0);
    assert.deepEqual(Object.values(healthPaths).toSorted(), probes.toSorted());
    const selective = rules.filter(({ expr }) => expr.includes('route!~'));
    assert.ok(selective.length > 20);
    for (const { expr } of selective) {
      for (const [, left = ''] of expr.matchAll(/route!~"([^"]*)"/g)) {
        assert.deepEqual(
          left
            .split('|')
            .filter((path) => !['.*/events', '.*/export'].includes(path))
            .toSorted(),
          probes.toSorted(),
        );
      }
    }
  });

  it('have a severity on every panel that draws them', () => {
    assert.deepEqual(
      names.filter((name) => !isSilent(name) && !(name in alertThresholds)),
      [],
    );
  });

  it('are each shown to be quiet, then to fire, then to resolve', () => {
    const tests = readUnitTests();
    for (const name of names.filter((alert) => alert !== 'Watchdog')) {
      const proven = tests.some(({ checks }) => {
        const steps = checks.filter(({ alertname }) => alertname === name);
        const first = steps.findIndex(({ firing }) => firing > 0);
        return first > 0 && steps.slice(first).some(({ firing }) => firing === 0);
      });
      assert.ok(proven, `${name} has no test that it is quiet, fires and resolves`);
    }
    assert.ok(tests.some(({ checks }) => checks.some((c) => c.alertname === 'Watchdog')));
  });

  it('have texts of which a rule test asserts each, whole', () => {
    const shown = readExpectedAlerts();
    for (const { alert, labels, annotations } of alerts) {
      const fixed = Object.entries(labels).filter(([, value]) => !value.includes('{{'));
      const own = shown.filter(
        (one) =>
          one.alertname === alert && fixed.every(([name, value]) => one.labels[name] === value),
      );
      assert.ok(own.length > 0, `no rule test shows ${alert} ${JSON.stringify(labels)}`);
      for (const one of own) {
        assert.deepEqual(
          Object.keys(one.annotations).sort(),
          Object.keys(annotations).sort(),
          `${alert}: a text is not asserted`,
        );
      }
    }
    assert.deepEqual(
      shown.flatMap(({ alertname, annotations }) =>
        ['summary', 'description'].flatMap((name) =>
          faultsIn(annotations[name] ?? '').map((fault) => `${alertname} ${name}: ${fault}`),
        ),
      ),
      [],
    );
  });

  it('would be seen to have an empty label, or digits that nobody reads', () => {
    const faulty = [
      '',
      'The breaker  is open',
      'The health probe fails on .',
      'Calls to fail',
      'is down on ',
      'lost on the way ()',
      'took 0.123s',
      'is NaN',
      'has <no value> series',
    ];
    for (const text of faulty) assert.notDeepEqual(faultsIn(text), [], text);
    assert.deepEqual(faultsIn('95 % of the reads took 2.12s (api:9464), at most.'), []);
  });

  it('have a test file each, which loads that file', () => {
    const files = [...new Set(rules.map(({ file }) => file))];
    for (const file of files) {
      const { rule_files } = readYaml(`prometheus/tests/${file}.test.yml`) as {
        rule_files: string[];
      };
      assert.deepEqual(rule_files, [`../rules/${file}.yml`]);
    }
  });
});

describe('runbooks', () => {
  const folder = 'prometheus/runbooks';
  const pages = readdirSync(folder)
    .filter((name) => name !== 'README.md')
    .map((name) => ({
      name: basename(name, '.md'),
      text: readFileSync(`${folder}/${name}`, 'utf8'),
    }));

  it('are one for each alert and none besides', () => {
    assert.deepEqual(pages.map(({ name }) => name).sort(), names);
  });

  it('say meaning, impact, diagnosis and mitigation, in this order', () => {
    for (const { name, text } of pages) {
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, [name, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
      assert.match(text, /```(promql|sh)\n/, `${name} names no query or command`);
    }
  });

  it('ask for metrics and labels that exist', () => {
    const queries = pages.flatMap(({ text }) =>
      [...text.matchAll(/```promql\n(.*?)```/gs)].flatMap(([, block = '']) =>
        block.trim().split('\n'),
      ),
    );
    assert.ok(queries.length > 60);
    assert.deepEqual(queries.flatMap(unknownIn), []);
  });

  /** Commands that read log lines with a `jq` that the first line which is no JSON would end. */
  const fragileIn = (text: string) =>
    [...text.matchAll(/```sh\n(.*?)```/gs)]
      .flatMap(([, block = '']) => block.split('\n'))
      .filter((command) => {
        const [, first] = /\blogs\b[^|]*\|.*?\bjq\b([^|]*(?:\|[^|]*)?)/.exec(command) ?? [];
        return first !== undefined && !/^ -[a-z]*R[a-z]* 'fromjson\? /.test(first);
      });

  it('read logs in a way that survives lines of others: a crash of the runtime, a start script', () => {
    assert.deepEqual(
      pages.flatMap(({ text }) => fragileIn(text)),
      [],
    );
    const reading = pages.filter(({ text }) => /fromjson\?/.test(text));
    assert.ok(reading.length > 10, `${reading.length} pages`);
  });

  it('would be refused if they did not', () => {
    const fragile = [
      `logs | jq 'select(.level == "error")'`,
      `logs | grep error | jq -c '.message'`,
      `docker compose logs --tail 5 api | jq -R 'fromjson | .message'`,
    ];
    const robust = [
      `logs | jq -cR 'fromjson? | select(.level == "error")' | jq -r '.message'`,
      `curl -s $API/health | jq .`,
    ];
    assert.deepEqual(fragileIn(`\`\`\`sh\n${[...fragile, ...robust].join('\n')}\n\`\`\``), fragile);
  });

  it('name variables, files and other runbooks that exist', () => {
    const config = readFileSync('src/config/variables.ts', 'utf8');
    for (const { name, text } of pages) {
      const variables = text.match(
        /\b(?!OTEL_|NODE_OPTIONS|SIGUSR2|ALERTS|INTERNAL_|SERVICE_)[A-Z]+(?:_[A-Z]+)+\b/g,
      );
      for (const variable of variables ?? []) {
        assert.ok(config.includes(`${variable}:`), `${name}: no variable ${variable}`);
      }
      for (const [path] of text.matchAll(/\bprometheus\/[\w/.-]+\.yml\b/g)) {
        assert.ok(existsSync(path), `${name}: no file ${path}`);
      }
      for (const [, other = ''] of text.matchAll(/\bsee ([A-Z][a-z]+[A-Z]\w+)/gi)) {
        assert.ok(names.includes(other), `${name}: no runbook ${other}`);
      }
    }
  });
});

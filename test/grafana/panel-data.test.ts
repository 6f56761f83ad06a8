/** Every panel shows something: real service, real traffic and faults, real Prometheus. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { catalogue } from '#grafana/catalogue.ts';
import type { PlacedPanel, RowPanel, Target } from '#grafana/plain.ts';
import { exposedFamilies, knownSeries } from '#test/support/known-series.ts';
import { testDatabase } from '#test/support/database.ts';
import { startMonitoredService, type MonitoredService } from './monitored-service.ts';
import type { Series } from './prometheus-api.ts';
import { legendLabels, substitute } from './substitute.ts';
import { driveTraffic } from './traffic.ts';

/** `uid/panel` that nothing here can feed, and why. */
const empty: Record<string, string> = {
  'api-dependencies/14': 'It looks back a week',
  'api-telemetry/9': 'Jaeger has no Debian or npm package, so it does not run here',
};

const isPanel = (panel: PlacedPanel | RowPanel): panel is PlacedPanel => panel.type !== 'row';
/** Made by Prometheus, not by the service. */
const derived = /^(ALERTS|up$|scrape_|[a-z_]+:)/;
const times = { rateInterval: '10s', range: '60s' };

describe('dashboards and a running service:', () => {
  const database = testDatabase();
  let service: MonitoredService;
  let span: { start: number; end: number; step: number };

  before(async () => {
    service = await startMonitoredService(database.url);
    const start = Math.floor(Date.now() / 1000);
    await driveTraffic(service, 5);
    span = { start, end: Math.floor(Date.now() / 1000), step: 1 };
  });
  after(() => service?.close());

  const ask = (expr: string, instant: boolean): Promise<Series[]> => {
    const query = substitute(expr, times);
    return instant
      ? service.prometheus.instant(query, span.end)
      : service.prometheus.range(query, span);
  };

  async function checkTarget(target: Target): Promise<string[]> {
    const series = await ask(target.expr, target.instant === true);
    const some = series.some(({ values }) => values.some(([, value]) => Number.isFinite(value)));
    if (!some) return [`no data: ${target.expr}`];
    return legendLabels(target.legendFormat ?? '')
      .filter((label) => !series.some(({ metric }) => (metric[label] ?? '') !== ''))
      .map((label) => `no label ${label}: ${target.expr}`);
  }

  for (const dashboard of catalogue) {
    it(`the panels of ${dashboard.uid} all have data and the labels of their legends`, async () => {
      const faults: string[] = [];
      for (const panel of dashboard.panels.filter(isPanel)) {
        const found = (await Promise.all(panel.targets.map(checkTarget))).flat();
        const expected = `${dashboard.uid}/${panel.id}` in empty;
        if (expected && found.length === 0) faults.push(`${panel.title}: is in the list of empty`);
        if (!expected) faults.push(...found.map((fault) => `${panel.id} ${panel.title}: ${fault}`));
      }
      assert.deepEqual(faults, []);
    });
  }

  it('the service exposes the families that dashboards may name, with those labels, and no others', async () => {
    const known = knownSeries();
    const series = await service.prometheus.instant('{job="api"}', span.end);
    const own = series
      .map(({ metric }) => metric)
      .filter(({ __name__ = '' }) => !derived.test(__name__));
    const names = new Set(own.map(({ __name__ }) => __name__));
    const missing = exposedFamilies().filter(
      (family) => !family.series.some((name) => names.has(name)),
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
    const strays = own.flatMap(({ __name__ = '', ...labels }) =>
      Object.keys(labels)
        .filter((label) => known.get(__name__)?.has(label) !== true)
        .map((label) => `${__name__}{${label}}`),
    );
    assert.deepEqual([...new Set(strays)], []);
  });

  it('the annotations mark the start, the deploy and the alerts', async () => {
    for (const { expr = '', name } of catalogue[0]?.annotations.list ?? []) {
      assert.notEqual((await ask(expr, false)).length, 0, name);
    }
  });

  it("the deployment guide's queries answer, word for word", async () => {
    const guide = readFileSync('test/fixtures/deployment-guide/queries.promql', 'utf8');
    const queries = guide.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(queries.length, 3);
    const quantile = queries.find((query) => query.startsWith('histogram_quantile')) ?? '';
    const counts = async (asked: string[]) =>
      (await Promise.all(asked.map((query) => service.prometheus.instant(query, span.end)))).map(
        (series) => series.length > 0,
      );
    // Native histograms of classic ones are made by Prometheus 3; before it, there is the other one of README.md.
    const isThree = (await service.prometheus.version()) >= 3;
    const readme = /`(histogram_quantile\(0\.99, sum by .*?)`/.exec(
      readFileSync('README.md', 'utf8'),
    );
    const last = isThree ? quantile : (readme?.[1] ?? '');
    const others = queries.filter((query) => query !== quantile);
    assert.deepEqual(await counts([...others, last]), [true, true, true]);
  });

  it('the variables offer values', async () => {
    const http = catalogue.find(({ uid }) => uid === 'api-http');
    const offered: Record<string, string[]> = {};
    for (const { name, query } of http?.templating.list ?? []) {
      const { query: text = '' } = (typeof query === 'object' ? query : {}) as { query?: string };
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      if (label === '') continue;
      const variable = substitute(selector, times);
      offered[name] = await service.prometheus.labelValues(label, variable);
    }
    assert.deepEqual(offered['job'], ['api']);
    assert.equal(offered['instance']?.length, 1);
    assert.ok(offered['route']?.includes('/api/v1/candidates/:id'));
  });

  it('the latency panels carry exemplars with trace ids', async () => {
    const targets = catalogue
      .flatMap(({ panels }) => panels.filter(isPanel))
      .flatMap((panel) => panel.targets.filter(({ exemplar }) => exemplar === true));
    assert.notEqual(targets.length, 0);
    for (const { expr } of targets) {
      const exemplars = await service.prometheus.exemplars(substitute(expr, times), span);
      assert.match(exemplars[0]?.labels['trace_id'] ?? '', /^[0-9a-f]{32}$/, expr);
    }
  });
});

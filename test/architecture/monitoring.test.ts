/** Dashboards and code: nothing is drawn that does not exist, and nothing is measured that is not drawn. */
import assert from 'node:assert/strict';
import { catalogue } from '#grafana/catalogue.ts';
import type { PlacedPanel, RowPanel } from '#grafana/plain.ts';
import { objectives } from '#grafana/thresholds.ts';
import { assessmentDuration } from '#src/features/assessments/metrics.ts';
import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { registry } from '#telemetry/metrics.ts';
import { substitute } from '#test/grafana/substitute.ts';
import { exporterSeries } from '#test/support/exporter-fixtures.ts';
import { exposedFamilies, knownSeries } from '#test/support/known-series.ts';
import { readQuery } from '#test/support/prometheus-query.ts';

const isPanel = (panel: PlacedPanel | RowPanel): panel is PlacedPanel => panel.type !== 'row';
const known = knownSeries();

const panelQueries = catalogue.flatMap(({ uid, panels }) =>
  panels
    .filter(isPanel)
    .flatMap(({ id, targets }) => targets.map(({ expr }) => ({ where: `${uid}/${id}`, expr }))),
);
const annotationQueries = catalogue.flatMap(({ uid, annotations }) =>
  annotations.list.map(({ name, expr = '' }) => ({ where: `${uid}/${name}`, expr })),
);

function read(expr: string) {
  return readQuery(substitute(expr, { rateInterval: '1m', range: '1h' }));
}

function unknownIn(expr: string): string[] {
  const { selectors, groupings } = read(expr);
  const reached = new Set<string>();
  const faults: string[] = [];
  for (const { metric, labels } of selectors) {
    const has = known.get(metric ?? '');
    if (has === undefined) faults.push(`no metric ${metric}`);
    for (const label of has ?? []) reached.add(label);
    for (const label of labels) {
      if (has?.has(label) === false) faults.push(`${metric} has no label ${label}`);
    }
  }
  const strays = groupings.filter((label) => !reached.has(label));
  return [...faults, ...strays.map((label) => `nothing has the label ${label}`)];
}

describe('dashboards and metrics', () => {
  it('ask for metrics and labels that exist', () => {
    assert.ok(panelQueries.length > 100);
    const faults = [...panelQueries, ...annotationQueries].flatMap(({ where, expr }) =>
      unknownIn(expr).map((fault) => `${where}: ${fault}`),
    );
    assert.deepEqual(faults, []);
  });

  it('would notice a metric or a label that does not exist', () => {
    assert.deepEqual(unknownIn('http_requests_total'), ['no metric http_requests_total']);
    assert.deepEqual(unknownIn('app_ready{route="/"}'), ['app_ready has no label route']);
    assert.deepEqual(unknownIn('sum by (route) (app_ready)'), ['nothing has the label route']);
  });

  it('show every family that is kept of the exporters, each of the job that has it', () => {
    const selectors = panelQueries.flatMap(({ expr }) => read(expr).selectors);
    for (const name of exporterSeries().keys()) {
      assert.ok(
        selectors.some(({ metric }) => metric === name),
        name,
      );
    }
    for (const { where, expr } of panelQueries) {
      for (const [, name = '', job] of expr.matchAll(/\b(pg|redis)_\w+\{job="(\w+)"/g)) {
        assert.equal(job, { pg: 'postgres', redis: 'redis' }[name], where);
      }
      assert.doesNotMatch(expr, /\b(pg|redis)_\w+(?!\w|\{job="(postgres|redis)")/, where);
    }
  });

  it('show every family that the service exposes', () => {
    const shown = new Set(
      panelQueries.flatMap(({ expr }) => read(expr).selectors.map(({ metric }) => metric)),
    );
    const hidden = exposedFamilies().filter(
      ({ series }) => !series.some((name) => shown.has(name)),
    );
    assert.deepEqual(
      hidden.map(({ name }) => name),
      [],
    );
  });

  it('measure a latency objective at a bound of a bucket, which is no whole number', () => {
    const { read, submitSmall, submitLarge } = objectives;
    const bounds = (family: string) => {
      const found = registry.getSingleMetric(family) as unknown as { buckets: number[] };
      return found.buckets;
    };
    assert.ok(bounds(httpRequestDuration.name).includes(read.seconds));
    for (const { seconds } of [submitSmall, submitLarge]) {
      assert.ok(bounds(assessmentDuration.name).includes(seconds));
    }
    for (const { seconds } of [read, submitSmall, submitLarge]) {
      assert.ok(!Number.isInteger(seconds));
    }
  });
});

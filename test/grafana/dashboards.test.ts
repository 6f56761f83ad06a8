/** What is committed is what Grafana reads: fresh, well-formed, and every panel in the house's form. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { dashboards as generated } from '#grafana/build.ts';
import { attr } from '#telemetry/conventions.ts';
import { staleFiles } from '#grafana/committed.ts';
import { COLUMNS } from '#grafana/dashboard.ts';
import { GRAFANA_VERSION } from '#grafana/panel.ts';
import { datasourceUids, RUNBOOKS } from '#grafana/links.ts';
import { LOGS_PLUGIN } from '#grafana/logs.ts';
import type { Dashboard, PlacedPanel, RowPanel } from '#grafana/plain.ts';
import { alertThresholds } from '#grafana/thresholds.ts';
import { legendLabels } from './substitute.ts';

const folder = 'grafana/provisioning';
const dashboards = readdirSync(`${folder}/dashboards`)
  .filter((file) => file.endsWith('.json'))
  .map((file): [string, Dashboard] => [
    file,
    JSON.parse(readFileSync(`${folder}/dashboards/${file}`, 'utf8')) as Dashboard,
  ]);
const isPanel = (panel: PlacedPanel | RowPanel): panel is PlacedPanel => panel.type !== 'row';

describe('the committed dashboards', () => {
  it('are what their source makes', () => {
    assert.deepEqual(staleFiles(generated), []);
    assert.deepEqual(dashboards.map(([file]) => file).sort(), [...generated.files.keys()].sort());
    assert.equal(dashboards.length, 15);
  });

  for (const [file, dashboard] of dashboards) {
    describe(file, () => {
      const panels = dashboard.panels.filter(isPanel);

      it('is classic, named after its file, and not editable', () => {
        assert.equal(dashboard.uid, `api-${file.replace('.json', '')}`);
        assert.equal(dashboard.schemaVersion, 42);
        assert.equal(dashboard.editable, false);
        assert.equal(dashboard.graphTooltip, 1);
        assert.deepEqual(dashboard.time, { from: 'now-1h', to: 'now' });
        assert.equal(dashboard.refresh, '30s');
        assert.ok(dashboard.tags?.includes('api') && dashboard.description);
        assert.deepEqual(
          dashboard.templating.list.slice(0, 3).map(({ name }) => name),
          ['datasource', 'job', 'instance'],
        );
        assert.deepEqual(
          dashboard.annotations.list.map(({ name }) => name),
          ['Deploys', 'Restarts', 'Alerts'],
        );
        assert.deepEqual(
          dashboard.links?.map(({ type }) => type),
          ['dashboards'],
        );
      });

      it('has panels with ids of their own that do not overlap and fit the grid', () => {
        const ids = dashboard.panels.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        const taken = new Set<string>();
        for (const { id, gridPos } of dashboard.panels) {
          assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= COLUMNS, `panel ${id}`);
          for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
            for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
              assert.ok(!taken.has(`${x},${y}`), `panel ${id} lies on another one`);
              taken.add(`${x},${y}`);
            }
          }
        }
      });

      it('has lines of panels without gaps', () => {
        const lines = Map.groupBy(dashboard.panels, ({ gridPos }) => gridPos.y);
        for (const [y, line] of lines) {
          const width = line.reduce((sum, { gridPos }) => sum + gridPos.w, 0);
          assert.equal(width, COLUMNS, `line ${y} of ${line.map(({ title }) => title).join(', ')}`);
          assert.equal(new Set(line.map(({ gridPos }) => gridPos.h)).size, 1, `line ${y}`);
        }
      });

      it('says of each panel what it shows, in which unit, and where to go from there', () => {
        for (const { title, description, fieldConfig, links, type, datasource } of panels) {
          assert.ok(title.length > 2 && title.length < 40, title);
          assert.match(description, /^[A-Z0-9].{15,}[.]$/s, title);
          assert.ok(fieldConfig.defaults.unit, `${title}: unit`);
          assert.equal(datasource?.uid, '${datasource}', title);
          assert.notEqual(links.length, 0, `${title}: links`);
          const { steps = [] } = fieldConfig.defaults.thresholds ?? {};
          assert.equal(steps[0]?.value, null, `${title}: the first threshold has no bound`);
          const bounds = steps.slice(1).map(({ value }) => Number(value));
          assert.deepEqual(
            bounds,
            bounds.toSorted((a, b) => a - b),
            `${title}: thresholds in order`,
          );
          assert.ok(['stat', 'timeseries', 'table', 'heatmap', 'state-timeline'].includes(type));
        }
      });

      it('says in words that there is no traffic, and never NaN', () => {
        for (const { title, targets, type, fieldConfig } of panels) {
          if (type === 'table') continue;
          for (const { expr } of targets.filter(({ expr }) =>
            expr.includes('histogram_quantile'),
          )) {
            assert.match(expr, /\(histogram_quantile\(.*\) >= 0\)/, title);
            assert.ok(fieldConfig.defaults.noValue, title);
          }
        }
      });

      it('has a legend that tells the series of a panel apart', () => {
        for (const { title, targets, options, type } of panels) {
          assert.notEqual(targets.length, 0, title);
          assert.deepEqual(
            targets.map(({ refId }) => refId),
            targets.map((_, index) => String.fromCodePoint(65 + index)),
          );
          const legend = 'legend' in options ? options.legend : undefined;
          if (legend !== undefined && 'showLegend' in legend) assert.ok(legend.showLegend, title);
          for (const { legendFormat = '', expr } of targets) {
            assert.notEqual(legendFormat, '', title);
            const by = /^(?:topk\(5, )?(?:sum|min|max|count) by \(([^)]*)\)/.exec(expr)?.[1];
            const kept = by?.split(', ').filter((label) => label !== 'le' && label !== 'alertname');
            // The columns of a table are its labels.
            if (kept?.length && type !== 'table')
              assert.deepEqual(legendLabels(legendFormat).sort(), kept.sort(), title);
          }
        }
      });

      it('asks for rates over $__rate_interval, or over the whole range where there is one value', () => {
        for (const { title, targets } of panels) {
          for (const { expr, instant } of targets) {
            for (const [, before = '', range = ''] of expr.matchAll(/(\w+)\([^()]*\[([^\]]+)\]/g)) {
              const wanted = instant === true ? '$__range' : '$__rate_interval';
              // How many restarts is a question of minutes, and the alert's.
              if (before !== 'changes') assert.equal(range, wanted, `${title}: ${before}`);
            }
            assert.ok(!/\$__interval\b/.test(expr), title);
          }
        }
      });
    });
  }

  it('link to runbooks that exist', () => {
    const runbooks = readdirSync('prometheus/runbooks');
    const linked = dashboards
      .flatMap(([, { panels }]) => panels.filter(isPanel))
      .flatMap(({ links }) => links.map(({ url = '' }) => url))
      .filter((url) => url.startsWith(RUNBOOKS));
    assert.ok(linked.length > 50);
    for (const url of linked) assert.ok(runbooks.includes(url.slice(RUNBOOKS.length + 1)), url);
    for (const alert of Object.keys(alertThresholds)) {
      assert.ok(linked.includes(`${RUNBOOKS}/${alert}.md`), `${alert} is on no panel`);
    }
  });

  it('say of which Grafana they are, so that it migrates nothing', () => {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: { grafana: { image: string } };
    };
    const version = services.grafana.image.split(':')[1];
    for (const [file, { panels }] of dashboards) {
      for (const { pluginVersion, title } of panels.filter(isPanel)) {
        assert.equal(pluginVersion, version, `${file}: ${title}`);
      }
    }
  });

  it('ask for the exemplars of classic and of native histograms, and draw the classic ones alone', () => {
    const asked = dashboards
      .flatMap(([, { panels }]) => panels.filter(isPanel))
      .flatMap(({ targets }) => targets.filter(({ exemplar }) => exemplar === true));
    assert.ok(asked.length > 4);
    for (const { expr } of asked) {
      const [, name = '', labels = ''] = /(\w+)_bucket(\{[^}]*\})/.exec(expr) ?? [];
      assert.ok(expr.endsWith(` or (${name}${labels} unless ${name}${labels})`), expr);
    }
  });

  it('lead to traces by addresses that Grafana can read once its variables are in', () => {
    const urls = dashboards
      .flatMap(([, { panels }]) => panels.filter(isPanel))
      .flatMap((panel) => [...JSON.stringify(panel).matchAll(/"url":("(?:[^"\\]|\\.)*")/g)])
      .map(([, text = '']) => JSON.parse(text) as string)
      .filter((url) => url.startsWith('/explore'));
    assert.ok(urls.some((url) => url.includes('otel.status_code%3DERROR')));
    for (const url of new Set(urls)) {
      const filled = url
        .replaceAll('${__from}', '1')
        .replaceAll('${__to}', '2')
        .replaceAll('${service}', 'sono-eval')
        .replaceAll('${__value.text}', '/api/v1/x');
      const panes = new URL(filled, 'http://grafana').searchParams.get('panes') ?? '';
      const { traces } = JSON.parse(panes) as {
        traces: {
          datasource: string;
          range: unknown;
          queries: { service: string; tags?: string }[];
        };
      };
      assert.equal(traces.datasource, datasourceUids.jaeger);
      assert.deepEqual(traces.range, { from: '1', to: '2' });
      const [{ service, tags = '' } = { service: '' }] = traces.queries;
      assert.equal(service, 'sono-eval');
      // logfmt, which Grafana turns into what Jaeger asks for.
      assert.match(tags, /^([\w.]+=(\w+|"[^"\s]+")( |$))*$/);
    }
  });
});

describe('the provisioned datasources', () => {
  interface Datasource {
    uid: string;
    type: string;
    editable: boolean;
    jsonData: Record<string, unknown>;
  }
  const { environment } = (
    parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: { grafana: { environment: Record<string, string> } };
    }
  ).services.grafana;
  const read = (name: string): Datasource => {
    // Grafana fills in $NAME and ${NAME} from its environment.
    const text = readFileSync(`${folder}/datasources/${name}.yml`, 'utf8').replaceAll(
      /(?<!\$)\$\{(\w+)\}/g,
      (_, variable: string) => environment[variable] ?? assert.fail(`${variable} is not set`),
    );
    for (const line of text.split('\n').filter((line) => !line.trim().startsWith('#'))) {
      assert.ok(!/(?<!\$)\$(?!\$)/.test(line.replaceAll('$$', '')), `${name}: ${line}`);
    }
    const { datasources } = parse(text.replaceAll('$$', '$')) as { datasources: Datasource[] };
    assert.equal(datasources.length, 1);
    return datasources[0] as Datasource;
  };

  it('have the uids that panels and links use, and cannot be edited', () => {
    for (const [name, uid] of Object.entries(datasourceUids)) {
      const { uid: provisioned, type, editable } = read(name);
      const kind = name === 'victorialogs' ? LOGS_PLUGIN : name;
      assert.deepEqual([provisioned, type, editable], [uid, kind, false]);
    }
  });

  it('lead from an exemplar to its trace and from a span to the metrics of its route', () => {
    const { jsonData: prometheus } = read('prometheus');
    const [inGrafana, inJaeger] = prometheus['exemplarTraceIdDestinations'] as Record<
      string,
      string
    >[];
    assert.deepEqual([inGrafana?.['name'], inGrafana?.['datasourceUid']], ['trace_id', 'jaeger']);
    assert.equal(inJaeger?.['url'], 'http://localhost:16686/trace/${__value.raw}');
    const { tracesToMetrics } = read('jaeger').jsonData as {
      tracesToMetrics: { datasourceUid: string; queries: { query: string }[] };
    };
    assert.equal(tracesToMetrics.datasourceUid, 'prometheus');
    assert.equal(tracesToMetrics.queries.length, 2);
    for (const { query } of tracesToMetrics.queries) assert.ok(query.includes('{$__tags}'), query);
  });

  it('lead from a trace to its log lines and from a line to its trace', () => {
    const { tracesToLogsV2 } = read('jaeger').jsonData as { tracesToLogsV2: object };
    assert.deepEqual(tracesToLogsV2, {
      datasourceUid: datasourceUids.victorialogs,
      spanStartTimeShift: '-5m',
      spanEndTimeShift: '5m',
      customQuery: true,
      query: 'trace_id:="${__span.traceId}"',
    });
    const { derivedFields } = read('victorialogs').jsonData as {
      derivedFields: Record<string, string>[];
    };
    const [{ datasourceUid, url, matcherType, matcherRegex = '' } = {}, ...more] = derivedFields;
    assert.deepEqual(
      [datasourceUid, url, matcherType, more],
      [datasourceUids.jaeger, '${__value.raw}', 'label', []],
    );
    const names = ['trace_id', 'trace_ids', 'parent_trace_id'];
    assert.deepEqual(
      names.filter((name) => new RegExp(matcherRegex).test(name)),
      ['trace_id'],
    );
  });

  it('and the plugin of the log store, of one version, are installed by Grafana', () => {
    const [plugin, version = ''] = (environment['GF_PLUGINS_PREINSTALL'] ?? '').split('@');
    assert.equal(plugin, LOGS_PLUGIN);
    assert.match(version, /^\d+\.\d+\.\d+$/);
  });

  it('scrape interval and that of Prometheus are the same', () => {
    const { global } = parse(readFileSync('prometheus/prometheus.yml', 'utf8')) as {
      global: { scrape_interval: string };
    };
    assert.equal(read('prometheus').jsonData['timeInterval'], global.scrape_interval);
  });
});

describe('the rows that need the log store', () => {
  const rows = dashboards.flatMap(([file, { panels }]) =>
    panels.flatMap((row) => (!isPanel(row) && row.collapsed ? [{ file, row, panels }] : [])),
  );

  it('are closed, last, and say so', () => {
    assert.deepEqual(rows.map(({ file }) => file).sort(), ['http.json', 'rate-limit.json']);
    for (const { row, panels } of rows) {
      assert.equal(panels.at(-1), row);
      assert.match(row.title ?? '', /\(needs the log store\)$/);
    }
  });

  it('have panels with a place below them, ids of their own, and a runbook', () => {
    for (const { row, panels } of rows) {
      const others = panels.map(({ id }) => id);
      for (const {
        id,
        gridPos,
        links = [],
        description = '',
        title = '',
        pluginVersion,
      } of row.panels) {
        assert.ok(id !== undefined && !others.includes(id), title);
        assert.deepEqual([gridPos?.y, gridPos?.w], [row.gridPos.y + 1, COLUMNS]);
        assert.match(description, /^[A-Z0-9].{15,}[.]$/s);
        assert.ok(links.length > 0, title);
        assert.equal(pluginVersion, GRAFANA_VERSION);
      }
    }
  });

  it('ask for ten rows of what is drawn', () => {
    for (const { row } of rows) {
      for (const { targets = [], transformations = [], datasource } of row.panels) {
        assert.deepEqual(datasource, { type: LOGS_PLUGIN, uid: datasourceUids.victorialogs });
        const [{ expr = '' } = {}, ...more] = targets as unknown as { expr?: string }[];
        assert.equal(more.length, 0);
        assert.match(expr, /\| limit 10$/);
        const [, by = ''] = /stats by \(([^)]*)\)/.exec(expr) ?? [];
        const { options } = transformations.find(({ id }) => id === 'organize') ?? {};
        const { indexByName } = options as { indexByName: Record<string, number> };
        assert.deepEqual(Object.keys(indexByName), [
          ...by.split(', ').map((name) => name.replaceAll('"', '')),
          'requests',
          'last_seen',
        ]);
      }
    }
  });
});

describe('the links of Jaeger itself', () => {
  it('lead from a trace, and from a span that has a request, to the lines of the trace', () => {
    const { linkPatterns } = JSON.parse(readFileSync('telemetry/jaeger-ui.json', 'utf8')) as {
      linkPatterns: { type: string; key?: string; url: string; text: string }[];
    };
    const trace = 'a'.repeat(32);
    assert.deepEqual(
      linkPatterns.map(({ type, key }) => [type, key]),
      [
        ['traces', undefined],
        ['tags', attr.requestId],
      ],
    );
    for (const { url, type } of linkPatterns) {
      const name = type === 'traces' ? '#{traceID}' : '#{trace.traceID}';
      assert.ok(url.includes(name), url);
      const { origin, pathname, hash } = new URL(url.replace(name, trace));
      assert.deepEqual([origin, pathname], ['http://localhost:9428', '/select/vmui/']);
      const query = new URLSearchParams(hash.replace('#/', '')).get('query');
      assert.equal(query, `trace_id:="${trace}"`);
    }
  });
});

describe('the dashboard provider', () => {
  it('forbids changes and deletion in the browser', () => {
    const { providers } = parse(readFileSync(`${folder}/dashboards/provider.yml`, 'utf8')) as {
      providers: Record<string, unknown>[];
    };
    assert.equal(providers.length, 1);
    assert.equal(providers[0]?.['allowUiUpdates'], false);
    assert.equal(providers[0]?.['disableDeletion'], true);
    assert.equal(providers[0]?.['folder'], 'API');
  });
});

/** The dashboard of deploy/superset/export against the views that it reads, and in itself as Superset imports it. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { testDatabase } from '#test/support/database.ts';

const folder = 'deploy/superset/export';
const read = <T>(pattern: string): T[] =>
  globSync(`${folder}/${pattern}`)
    .toSorted()
    .map((file) => parse(readFileSync(file, 'utf8')) as T);

interface Dataset {
  table_name: string;
  schema: string;
  uuid: string;
  database_uuid: string;
  main_dttm_col: string;
  metrics: { metric_name: string; expression: string }[];
  columns: { column_name: string; type: string; is_dttm: boolean }[];
}
interface Chart {
  slice_name: string;
  viz_type: string;
  uuid: string;
  dataset_uuid: string;
  params: Record<string, unknown> & {
    adhoc_filters: { subject: string; operator: string; comparator?: string }[];
  };
}
interface Place {
  type: string;
  id: string;
  children?: string[];
  meta?: { uuid: string; chartId: number; width: number; sliceName: string };
}
interface Dashboard {
  position: Record<string, Place | string>;
  metadata: {
    native_filter_configuration: {
      targets: { column?: { name: string }; datasetUuid?: string }[];
      scope: { excluded: number[] };
    }[];
  };
}

const [database] = read<{ uuid: string; sqlalchemy_uri: string; allow_dml: boolean }>(
  'databases/*.yaml',
);
const datasets = read<Dataset>('datasets/*/*.yaml');
const charts = read<Chart>('charts/*.yaml');
const [dashboard] = read<Dashboard>('dashboards/*.yaml');
const datasetOf = (uuid: string) =>
  datasets.find((dataset) => dataset.uuid === uuid) ?? assert.fail(uuid);
const places = Object.values(dashboard?.position ?? {}).filter((one) => typeof one === 'object');
const shown = places.flatMap(({ type, meta }) => (type === 'CHART' && meta ? [meta] : []));

describe('the dashboard for Superset', () => {
  const migrated = testDatabase();

  it('has a dataset for each view but the scales, with its columns, their types and its day', async () => {
    const columns = await migrated.db.em().execute<{ view: string; name: string; type: string }[]>(
      `select table_name as view, column_name as name, upper(data_type) as type from information_schema.columns
       where table_schema = 'analytics' and table_name <> 'letter_scales' order by table_name, ordinal_position`,
    );
    assert.deepEqual(
      datasets.flatMap(({ table_name: view, columns: list }) =>
        list.map(({ column_name: name, type }) => ({ view, name, type })),
      ),
      columns,
    );
    for (const { schema, database_uuid: uuid, main_dttm_col: day, columns: list } of datasets) {
      assert.deepEqual([schema, uuid, day], ['analytics', database?.uuid, 'day']);
      for (const { type, is_dttm: isTime } of list) assert.equal(isTime, type === 'DATE');
    }
  });

  it('has metrics that PostgreSQL can compute', async () => {
    for (const { table_name: view, metrics } of datasets) {
      const list = metrics.map(({ expression }) => expression).join(', ');
      await migrated.db.em().execute(`select ${list} from analytics.${view}`);
    }
  });

  it('has charts that name metrics and columns of their dataset, and obey the chosen days', () => {
    for (const { slice_name: name, viz_type: type, dataset_uuid: uuid, params } of charts) {
      const { metrics, columns } = datasetOf(uuid);
      const known = new Set(columns.map(({ column_name: column }) => column));
      const measures = new Set(metrics.map(({ metric_name: metric }) => metric));
      const list = (member: string) => [params[member] ?? []].flat() as string[];
      const named = ['x_axis', 'x_axis_sort', 'groupby', 'column'].flatMap(list);
      const filters = params.adhoc_filters;
      for (const column of [...named, ...filters.map(({ subject }) => subject)])
        assert.ok(known.has(column), `${name}: ${column}`);
      const measured = ['metric', 'metrics', 'timeseries_limit_metric'].flatMap(list);
      for (const metric of measured) assert.ok(measures.has(metric), `${name}: ${metric}`);
      assert.equal(params['viz_type'], type);
      assert.ok(measured.length > 0 || params['column'] !== undefined, name);
      assert.ok(
        filters.some(({ subject, operator }) => subject === 'day' && operator === 'TEMPORAL_RANGE'),
        name,
      );
    }
  });

  it('shows every chart once, in rows that are as wide as the page', () => {
    assert.deepEqual(
      shown.map(({ uuid, sliceName }) => `${uuid} ${sliceName}`).toSorted(),
      charts.map(({ uuid, slice_name: name }) => `${uuid} ${name}`).toSorted(),
    );
    const byId = new Map(places.map((place) => [place.id, place]));
    const rows = places.filter(({ type }) => type === 'ROW');
    assert.ok(rows.length >= 4);
    for (const { children = [] } of rows) {
      const width = children.reduce((sum, id) => sum + (byId.get(id)?.meta?.width ?? 0), 0);
      assert.equal(width, 12);
    }
  });

  it('filters by what the datasets of the filtered charts have', () => {
    const filters = dashboard?.metadata.native_filter_configuration ?? [];
    assert.equal(filters.length, 3);
    for (const { targets, scope } of filters) {
      for (const { column, datasetUuid } of targets) {
        if (column === undefined) continue;
        const without = (uuid: string) =>
          datasetOf(uuid).columns.every(({ column_name: name }) => name !== column.name);
        assert.ok(!without(datasetUuid ?? ''));
        const excluded = shown.filter(({ uuid }) =>
          without(charts.find((chart) => chart.uuid === uuid)?.dataset_uuid ?? ''),
        );
        assert.deepEqual(
          excluded.map(({ chartId }) => chartId),
          scope.excluded,
        );
      }
    }
  });

  it('connects as the user who only reads, and has no password', () => {
    assert.match(database?.sqlalchemy_uri ?? '', /^postgresql\+psycopg2:\/\/sono_analytics:X{10}@/);
    assert.equal(database?.allow_dml, false);
  });

  it('has files by the names of what they hold, which an import goes by', () => {
    const files = globSync(`${folder}/**/*.yaml`).map((file) => file.slice(folder.length + 1));
    assert.equal(files.length, 3 + datasets.length + charts.length);
    for (const { table_name: name } of datasets)
      assert.ok(files.includes(`datasets/Sono_Eval/${name}.yaml`));
    for (const { slice_name: name } of charts)
      assert.ok(files.some((file) => basename(file, '.yaml') === name.replaceAll(' ', '_')));
    const [metadata] = read<object>('metadata.yaml');
    assert.ok(metadata !== undefined && 'version' in metadata && 'type' in metadata);
    assert.deepEqual([metadata.version, metadata.type], ['1.0.0', 'Dashboard']);
  });
});

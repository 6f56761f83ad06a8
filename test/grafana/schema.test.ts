/** The committed JSON against the JSON schema of the installed Foundation SDK, made from its types. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';
import type { Dashboard, PlacedPanel, RowPanel } from '#grafana/plain.ts';

const sdk = 'node_modules/@grafana/grafana-foundation-sdk/dist';
const folder = 'grafana/provisioning/dashboards';
const dashboards = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Dashboard);
const isPanel = (panel: PlacedPanel | RowPanel): panel is PlacedPanel => panel.type !== 'row';

/** @returns makes a validator of a type of this module */
function schemas(module: string): (type: string) => ValidateFunction {
  const generator = createGenerator({
    path: `${sdk}/${module}/types.gen.d.ts`,
    // Without the types of every package, one of which has `Options`, too.
    tsconfig: 'test/grafana/sdk.tsconfig.json',
    skipTypeCheck: true,
    additionalProperties: false,
  });
  return (type) => {
    const schema = generator.createSchema(type);
    for (const definition of Object.values(schema.definitions ?? {})) {
      // The SDK's marker of a query of any datasource; ours are checked by themselves.
      if (typeof definition === 'object' && definition.type === 'object') {
        if (definition.properties === undefined) definition.additionalProperties = true;
      }
    }
    return new Ajv({ strict: false, allErrors: true }).compile(schema as object);
  };
}

function check(validate: ValidateFunction, value: unknown, what: string): void {
  const faults = validate(value)
    ? []
    : (validate.errors ?? []).map(
        (e) => `${what}${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`,
      );
  assert.deepEqual(faults, []);
}

describe('the committed dashboards, by the schema of the SDK,', () => {
  it('are classic dashboards', () => {
    const validate = schemas('dashboard')('Dashboard');
    for (const dashboard of dashboards) check(validate, dashboard, dashboard.uid);
    assert.equal(validate({ ...dashboards[0], panels: [{ typ: 'stat' }] }), false);
    assert.equal(validate({ ...dashboards[0], graphTooltip: 'shared' }), false);
  });

  it('ask Prometheus in the form of its datasource', () => {
    const validate = schemas('prometheus')('Dataquery');
    const targets = dashboards.flatMap(({ panels }) =>
      panels.filter(isPanel).flatMap((panel) => panel.targets),
    );
    for (const target of targets) check(validate, target, target.expr);
    assert.equal(validate({ ...targets[0], format: 'chart' }), false);
  });

  for (const type of ['stat', 'timeseries', 'table', 'heatmap', 'state-timeline']) {
    it(`have ${type} panels with the options of that type`, () => {
      const schema = schemas(type.replace('-', ''));
      const options = schema('Options');
      const custom = type === 'stat' ? undefined : schema('FieldConfig');
      const panels = dashboards.flatMap(({ panels }) =>
        panels.filter(isPanel).filter((panel) => panel.type === type),
      );
      assert.notEqual(panels.length, 0);
      for (const panel of panels) {
        check(options, panel.options, panel.title);
        if (custom) check(custom, panel.fieldConfig.defaults.custom, panel.title);
      }
      assert.equal(options({ ...panels[0]?.options, colour: 'red' }), false);
    });
  }
});

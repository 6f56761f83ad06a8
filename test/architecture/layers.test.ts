/** A layer owns one name in eight places; this names the missing ones. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

/** The file that opens with the layer's contract, and its edge: where the service meets it. */
const layers = {
  health: { core: 'health.ts', edge: 'health-routes.ts' },
  'rate-limit': { core: 'rate-limiter.ts', edge: 'middleware.ts' },
  'circuit-breaker': { core: 'circuit-breaker.ts', edge: 'within-deadline.ts' },
  cache: { core: 'cache.ts', edge: 'define.ts' },
};

describe('a layer of resilience', () => {
  for (const [name, { core, edge }] of Object.entries(layers)) {
    it(`has all its parts: ${name}`, () => {
      const source = `src/resilience/${name}`;
      const rules = `prometheus/rules/${name}.yml`;
      const alerts = existsSync(rules)
        ? [...readFileSync(rules, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, alert]) => alert)
        : [];
      const parts = [
        `${source}/${core}`,
        `${source}/${edge}`,
        `${source}/metrics.ts`,
        `grafana/dashboards/${name}.ts`,
        `grafana/provisioning/dashboards/${name}.json`,
        rules,
        `prometheus/tests/${name}.test.yml`,
        ...alerts.map((alert) => `prometheus/runbooks/${alert}.md`),
        `test/resilience/${name}`,
      ];
      assert.deepEqual(
        parts.filter((path) => !existsSync(path)),
        [],
      );
      assert.ok(alerts.length > 0, 'no alert');
    });

    it(`says first what it promises: ${name}`, () => {
      const text = readFileSync(`src/resilience/${name}/${core}`, 'utf8');
      const [, contract = ''] = /^\/\*\*(.*?)\*\//s.exec(text) ?? [];
      assert.ok(contract.split('\n').length >= 8, contract);
      assert.match(contract, /fail|degrade/i);
    });
  }
});

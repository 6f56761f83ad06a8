/** ARCHITECTURE: imports go left only. A file imports from its own folder and from anything to its left. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ranks = [
  ['package.json'],
  ['src/errors.ts', 'src/owner.ts', 'src/config.ts', 'src/config/', 'src/time/', 'src/json/'],
  ['telemetry/'],
  ['src/engine/'],
  ['src/storage/'],
  ['src/http/'],
  ['src/resilience/circuit-breaker/'],
  ['src/outbound/'],
  ['src/resilience/rate-limit/', 'src/resilience/cache/'],
  ['src/resilience/health/'],
  ['src/cluster/'],
  ['src/features/candidates/'],
  ['src/features/access/'],
  ['src/features/files/'],
  ['src/features/rubrics/'],
  ['src/features/assessments/'],
  ['src/features/reports/'],
  ['src/features/appeals/'],
  ['src/features/jobs/'],
  ['src/features/canary/'],
  ['src/features/webhooks/'],
  ['src/features/entities.ts'],
  ['src/app.ts'],
  ['src/compose/'],
  ['src/compose.ts'],
  ['src/backup/'],
  ['src/doctor/'],
  ['src/announce.ts', 'src/start-error.ts', 'src/stop-request.ts'],
  ['src/run-process.ts', 'src/run-command.ts', 'src/serve.ts'],
  [
    'src/main.ts',
    'src/worker.ts',
    'src/migrate.ts',
    'src/handle.ts',
    'src/doctor.ts',
    'src/tombstones.ts',
    'src/backup.ts',
    'src/cli/',
  ],
  ['grafana/'],
  ['prometheus/'],
  ['deploy/'],
];

function rankOf(file: string): number {
  const rank = ranks.findIndex((prefixes) => prefixes.some((prefix) => file.startsWith(prefix)));
  assert.notEqual(rank, -1, `${file} has no place in the import order`);
  return rank;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers
    .map((specifier) => {
      if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
      return specifier.startsWith('#') ? specifier.slice(1) : null;
    })
    .filter((target) => target !== null);
}

/** Tarjan's algorithm: the components of more than one file, each a set of import cycles. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const components: string[][] = [];
  const visit = (node: string): number => {
    const number = order.size;
    order.set(node, number);
    stack.push(node);
    let lowest = number;
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, order.get(next) ?? number);
    }
    if (lowest === number) {
      const component = stack.splice(stack.indexOf(node));
      if (component.length > 1) components.push(component.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return components;
}

describe('strongly connected components', () => {
  it('finds each cycle, and none where there is none', () => {
    const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));
    assert.deepEqual(stronglyConnected(graph({ a: ['b'], b: ['c'], c: [], d: ['a', 'c'] })), []);
    assert.deepEqual(
      stronglyConnected(graph({ a: ['b'], b: ['c'], c: ['a', 'd'], d: ['e'], e: ['d'], f: ['a'] })),
      [
        ['d', 'e'],
        ['a', 'b', 'c'],
      ],
    );
  });
});

describe('the import order', () => {
  const sources = [...files('src'), ...files('telemetry')];
  const everything = [...sources, ...files('grafana'), ...files('prometheus'), ...files('deploy')];

  it('sees the sources', () => {
    assert.ok(sources.length > 30);
  });

  it('goes left only', () => {
    const wrong = everything.flatMap((file) =>
      importsOf(file)
        .filter((target) => rankOf(target) > rankOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('keeps layers of one rank apart', () => {
    const layers = ['src/resilience/rate-limit/', 'src/resilience/cache/'];
    const wrong = sources.flatMap((file) => {
      const own = layers.find((layer) => file.startsWith(layer));
      if (own === undefined) return [];
      return importsOf(file)
        .filter((target) => layers.some((layer) => layer !== own && target.startsWith(layer)))
        .map((target) => `${file} imports ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it('has no cycles, type imports included', () => {
    const graph = new Map(everything.map((file) => [file, importsOf(file)]));
    assert.deepEqual(stronglyConnected(graph), []);
  });

  it('lets the engine stand alone', () => {
    const wrong = sources
      .filter((file) => file.startsWith('src/engine/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !target.startsWith('src/engine/'))
          .map((target) => `${file} imports ${target}`),
      );
    assert.deepEqual(wrong, []);
  });

  it('keeps the engine pure: no I/O, no clock, no framework', () => {
    const engine = sources.filter((file) => file.startsWith('src/engine/'));
    const allowed = /^(node:crypto|zod|web-tree-sitter)$/;
    // Around the pure part: its grammars are files of a package, and it runs in threads.
    const loaders = ['grammars.ts', 'engine/pool.ts', 'engine/worker.ts', 'engine/fingerprint.ts'];
    const impure = engine
      .filter((file) => !loaders.some((name) => file.endsWith(name)))
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8');
        const foreign = [...text.matchAll(/from '([^.#'][^']*)'/g)]
          .map((match) => match[1] ?? '')
          .filter((specifier) => !allowed.test(specifier));
        const clocks =
          /\bDate\.now\b|\bnew Date\(|\bMath\.random\b|\bperformance\.|localeCompare|\bsetTimeout\b/.exec(
            text,
          );
        return [
          ...foreign.map((name) => `${file} imports ${name}`),
          ...(clocks === null ? [] : [`${file} uses ${clocks[0]}`]),
        ];
      });
    assert.deepEqual(impure, []);
  });

  it('takes no path of a URL for a name of a file: in a folder with a space there is none of it', () => {
    const wrong = [...everything, ...files('test')].filter((file) =>
      /import\.meta\.url\)\.pathname/.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });

  it('lets only config.ts and telemetry/start.ts read the environment', () => {
    const readers = sources.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
    assert.deepEqual(readers.sort(), ['src/config.ts', 'telemetry/start.ts']);
  });

  it('lets only telemetry/metrics.ts import the metrics client', () => {
    const importers = sources.filter((file) =>
      /from 'prom-client'/.test(readFileSync(file, 'utf8')),
    );
    assert.ok(
      importers.every((file) => file.startsWith('telemetry/metrics')),
      importers.join(', '),
    );
  });

  it('keeps the core of each layer free of the metrics registry', () => {
    const cores = sources.filter(
      (file) => file.startsWith('src/resilience/') && !file.endsWith('metrics.ts'),
    );
    const wrong = cores.filter((file) => readFileSync(file, 'utf8').includes('telemetry/metrics'));
    assert.deepEqual(wrong, []);
  });
});

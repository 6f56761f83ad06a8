import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { missingOptional, withoutEngines, type LockedPackages } from '#test/support/lockfile.ts';

const text = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(text) as { packages: LockedPackages };

/** Each direct dependency is somebody who can change what runs in production; background work, archives and webhooks are eight, reports four, the command line two. */
const MAX_DIRECT = 52;
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * Without a hash that npm checks. A tool for development has none for platforms that the registry
 * mirror lacks (npm run lockfile); what production runs has one on every platform.
 */
function unvouched(locked: LockedPackages): string[] {
  return Object.entries(locked)
    .filter(([place]) => place !== '')
    .filter(([, { integrity, dev, optional, os }]) => {
      const ofAnotherPlatform = dev === true && optional === true && os !== undefined;
      return integrity === undefined
        ? !ofAnotherPlatform
        : !/^sha512-[\w+/]{86}==$/.test(integrity);
    })
    .map(([place]) => place);
}

/** With a place of their own, or a version that is one. */
function fromElsewhere(locked: LockedPackages): string[] {
  return Object.entries(locked)
    .filter(([place]) => place !== '')
    .filter(
      ([, { resolved, link, version = '' }]) =>
        resolved !== undefined || link === true || !exact.test(version),
    )
    .map(([place]) => place);
}

describe('the lock file', () => {
  it('has every optional package of every platform, or npm ci refuses it (npm run lockfile)', () => {
    assert.deepEqual(Object.keys(missingOptional(packages)), []);
  });

  it('does not make npm compare its own Node.js with the one it installs (npm run lockfile)', () => {
    assert.deepEqual(withoutEngines(packages), packages);
    const { engines, devEngines } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      unknown
    >;
    // What runs the service, and what may start npm.
    assert.deepEqual(engines, { node: '>=26.0.0' });
    assert.deepEqual(devEngines, { runtime: { name: 'node', version: '>=20.0.0' } });
  });

  it('keeps what an optional package asks for, since npm installs it by that', () => {
    const engines = { node: '>=22' };
    assert.deepEqual(
      withoutEngines({ '': { engines }, a: { engines }, b: { engines, optional: true } }),
      { '': { engines }, a: {}, b: { engines, optional: true } },
    );
  });

  it('finds what is missing, and not what stands nearer', () => {
    const tree: LockedPackages = {
      '': {},
      'node_modules/a': { optionalDependencies: { '@a/linux-x64-musl': '^1.2.3', near: '1.0.0' } },
      'node_modules/a/node_modules/near': { version: '1.0.0' },
    };
    assert.deepEqual(missingOptional(tree), {
      'node_modules/@a/linux-x64-musl': {
        version: '1.2.3',
        cpu: ['x64'],
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
    });
  });

  it('vouches for every package by its hash', () => {
    assert.deepEqual(unvouched(packages), []);
  });

  it('takes packages from the registry alone: no other host, repository, archive or folder', () => {
    assert.deepEqual(fromElsewhere(packages), []);
    assert.doesNotMatch(text, /"resolved"|https?:[^"]*\.tgz|git\+/);
  });

  it('would be seen to take a package from elsewhere, or without a hash', () => {
    const integrity = `sha512-${'A'.repeat(86)}==`;
    const bad: LockedPackages = {
      'node_modules/git': { version: '1.0.0', integrity, resolved: 'git+ssh://git@host/a.git#1' },
      'node_modules/host': { version: '1.0.0', integrity, resolved: 'https://host/a.tgz' },
      'node_modules/folder': { version: '1.0.0', integrity, link: true },
      'node_modules/alias': { version: 'https://host/a.tgz', integrity },
      'node_modules/bare': { version: '1.0.0' },
      'node_modules/weak': { version: '1.0.0', integrity: 'sha1-AAAA' },
      'node_modules/elsewhere': { version: '1.0.0', dev: true, optional: true, os: ['win32'] },
      'node_modules/everywhere': { version: '1.0.0', dev: true, optional: true },
      'node_modules/production': { version: '1.0.0', optional: true, os: ['win32'] },
      'node_modules/good': { version: '1.0.0', integrity },
    };
    assert.deepEqual(fromElsewhere(bad), [
      'node_modules/git',
      'node_modules/host',
      'node_modules/folder',
      'node_modules/alias',
    ]);
    assert.deepEqual(unvouched(bad), [
      'node_modules/bare',
      'node_modules/weak',
      'node_modules/everywhere',
      'node_modules/production',
    ]);
  });

  it('has few direct dependencies in production, and pins every direct one exactly', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const production = Object.entries(manifest['dependencies'] ?? {});
    assert.ok(production.length > 0 && production.length <= MAX_DIRECT, `${production.length}`);
    const versions = [...production, ...Object.entries(manifest['devDependencies'] ?? {})];
    assert.deepEqual(
      versions.filter(([, version]) => !exact.test(version)),
      [],
    );
    // What npm installs is what is pinned.
    const installed = versions.map(([name]) => [name, packages[`node_modules/${name}`]?.version]);
    assert.deepEqual(installed, versions);
  });

  it('lets no package run a script at its installation that is not decided about by name', () => {
    const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      allowScripts: Record<string, boolean>;
    };
    const scripted = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([place]) => place.split('node_modules/').at(-1) ?? '');
    assert.ok(scripted.length > 0);
    assert.deepEqual(
      scripted.filter((name) => !(name in allowScripts)),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { missingOptional, withoutEngines, type LockedPackages } from '#test/support/lockfile.ts';

const text = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(text) as { packages: LockedPackages };

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

  it('names no registry host, and pins every direct dependency exactly', () => {
    assert.doesNotMatch(text, /"resolved": "https?:/);
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const versions = Object.entries({
      ...manifest['dependencies'],
      ...manifest['devDependencies'],
    });
    assert.deepEqual(
      versions.filter(([, version]) => !/^\d/.test(version)),
      [],
    );
  });
});

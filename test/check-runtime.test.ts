import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('what npm scripts ask first', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-eval-check-'));
    mkdirSync(join(dir, 'src'));
    copyFileSync('src/check-runtime.cjs', join(dir, 'src/check-runtime.cjs'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** @returns exit code and the one sentence */
  const check = (args: string[], packages: string[], engine = '>=1.0.0') => {
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ engines: { node: engine } }));
    for (const name of packages) {
      mkdirSync(join(dir, 'node_modules', name), { recursive: true });
      writeFileSync(join(dir, 'node_modules', name, 'package.json'), '{}');
    }
    const script = join(dir, 'src/check-runtime.cjs');
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], {
      cwd: tmpdir(),
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
    return [status, stderr.trim()];
  };

  it('lets the scripts go on when all is there, with or without what development needs', () => {
    assert.deepEqual(check([], ['koa']), [0, '']);
    assert.deepEqual(check(['dev'], ['koa', 'mocha']), [0, '']);
  });

  it('names npm ci when nothing is installed, whatever Node.js this is', () => {
    const sentence = 'The packages are not installed. Run this first: npm ci';
    assert.deepEqual(check([], []), [1, sentence]);
    assert.deepEqual(check([], [], '>=99.0.0'), [1, sentence]);
  });

  it('names npm ci --include=dev when development was left out', () => {
    const [status, sentence] = check(['dev'], ['koa']);
    assert.equal(status, 1);
    assert.match(String(sentence), /^The packages for development .* npm ci --include=dev$/);
  });

  it('says which Node.js is too old and which command brings a new one', () => {
    const [status, sentence] = check([], ['koa'], '>=99.1.0');
    assert.equal(status, 1);
    assert.equal(
      sentence,
      `This is Node.js ${process.versions.node}, and the service needs 99 or newer. ` +
        'Run this, which installs one beside the packages: npm ci --include=dev',
    );
    assert.match(String(check([], ['node'], '>=99.1.0')[1]), /: npm rebuild node$/);
  });

  it('comes before every script that runs TypeScript for people', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['start', 'migrate', 'pretest', 'demo:observability', 'chaos', 'bench']) {
      assert.match(scripts[name] ?? '', /^node \.\/src\/check-runtime\.cjs\b/, name);
    }
  });
});

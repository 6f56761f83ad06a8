import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTexts } from '#src/cli/locally.ts';
import { pack } from '#src/cli/pack.ts';

const maxBytes = 100_000;

describe('what is handed in of a folder', () => {
  let dir = '';
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono-pack-'));
    const write = (path: string, text: string) => {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), text);
    };
    write('src/b.py', 'b = 1\n');
    write('src/a.py', 'a = 1\n');
    write('README.md', 'Read it.\n');
    write('.env', 'PASSWORD=1\n');
    write('dist/out.js', 'var a;\n');
    write('node_modules/x/index.js', 'x;\n');
    write('photo.png', 'no photo');
    write('large.py', '#'.repeat(maxBytes + 1));
    write('gone.py', 'gone = 1\n');
    symlinkSync('/etc/hostname', join(dir, 'link.py'));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const taken = async (names: string[], cwd = dir) => {
    const packed = await pack(names, { cwd, maxBytes });
    const [read] = await readTexts(packed, { split: false, maxBytes });
    return read?.files.map(({ path }) => path);
  };

  it('are its texts, under their paths below the working folder', async () => {
    const all = ['.env', 'README.md', 'dist/out.js', 'gone.py', 'src/a.py', 'src/b.py'];
    assert.deepEqual(await taken(['.']), all);
    assert.deepEqual(await taken(['src']), ['src/a.py', 'src/b.py']);
    assert.deepEqual(await taken(['src', 'README.md']), ['src/a.py', 'src/b.py', 'README.md']);
    assert.deepEqual(await taken([join(dir, 'src')], tmpdir()), [
      `${dir.slice(tmpdir().length + 1)}/src/a.py`,
      `${dir.slice(tmpdir().length + 1)}/src/b.py`,
    ]);
    assert.deepEqual(await taken([dir], join(dir, 'src')), all);
  });

  it('are the same bytes each time', async () => {
    const once = async () => (await pack(['src'], { cwd: dir, maxBytes })).parts[0]?.data;
    assert.deepEqual(await once(), await once());
  });

  it('are in a work tree what git does not ignore, and what is still there', async () => {
    writeFileSync(join(dir, '.gitignore'), '.env\ndist/\n');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, stdio: 'pipe' });
    git('init', '--quiet');
    git('add', 'gone.py', 'README.md');
    rmSync(join(dir, 'gone.py'));
    assert.deepEqual(await taken(['.']), ['.gitignore', 'README.md', 'src/a.py', 'src/b.py']);
    // Named by itself, it is meant.
    assert.deepEqual(await taken(['dist']), ['dist/out.js']);
  });
});

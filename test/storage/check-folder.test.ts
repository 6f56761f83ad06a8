import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DependencyError } from '#src/errors.ts';
import { checkFolder } from '#src/storage/check-folder.ts';
import { makeTestDir } from '#test/support/database.ts';

describe('the check of a folder', () => {
  let folder: string;
  beforeEach(() => (folder = makeTestDir()));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('passes where a file can be written and read, makes the folder, and leaves nothing', async () => {
    const inner = join(folder, 'inner');
    await checkFolder(inner);
    assert.deepEqual(readdirSync(inner), []);
  });

  it('names the file system, its code and no path where it cannot', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const failed = await checkFolder(join(file, 'inner')).catch((error: unknown) => error);
    assert.ok(failed instanceof DependencyError);
    assert.equal(failed.dependency, 'filesystem');
    assert.match(failed.message, /ENOTDIR/);
    assert.ok(!failed.message.includes(folder));
    assert.ok(failed.cause instanceof Error);
  });
});

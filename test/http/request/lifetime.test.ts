import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { makeTestDir, testDatabase } from '#test/support/database.ts';
import { runFilePreloaded } from '#test/support/run-node.ts';

/** The span of a request, and what the tables of its connection keep. */
const MOST_BYTES = 7000;

describe('what a request needs', () => {
  const database = testDatabase();
  let dir: string;
  before(() => {
    dir = makeTestDir();
  });
  after(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('is gone with it, and waits for no collection of the old generation', async () => {
    const env = { DATABASE_URL: database.url, DATA_DIR: dir };
    const run = runFilePreloaded('test/support/request-lifetime.ts', env);
    const { code, stdout, stderr } = await run.result;
    assert.equal(code, 0, stderr);
    const each = Number(stdout);
    assert.ok(each < MOST_BYTES, `${each} bytes of each request grew old`);
  });
});

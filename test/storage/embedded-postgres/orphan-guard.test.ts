import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestDir } from '#test/support/database.ts';
import { processesNaming } from '#test/support/running.ts';
import { until } from '#test/support/until.ts';

/** Script of the service, which is killed at once. */
const owner = join(import.meta.dirname, '../../support/orphan-guard-owner.ts');

describe('the guard of the embedded server', () => {
  let dir: string;
  beforeEach(() => {
    dir = makeTestDir();
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  for (const [what, trap] of [
    ['ends at the first signal', ''],
    ['does not hear a fast shutdown', 'trap "" INT;'],
    ['hears nothing', 'trap "" INT QUIT TERM;'],
  ]) {
    it(`ends a server that ${what}, though the service was killed as it started it`, async () => {
      const script = `: ${dir}; ${trap} while :; do sleep 0.02; done`;
      const service = spawn(process.execPath, [owner, '0.02', script], {
        env: { NODE_NO_WARNINGS: '1' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      assert.deepEqual(await once(service, 'exit'), [null, 'SIGKILL']);
      await until(() => processesNaming(dir).length === 0);
    });
  }
});

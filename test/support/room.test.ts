/** The room that CI runs the suite in has none of the tools that this machine may have. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

describe('the room of CI', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sono room-'));
    program('amtool', 'echo of this machine');
    program('neighbour', 'echo a neighbour');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const program = (name: string, body: string) =>
    writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const room = (command: string) =>
    run('.ci/room', ['sh', '-c', command], {
      env: { ...process.env, PATH: `${dir}:${process.env['PATH']}` },
    });

  it('hides the tools, not what stands beside them', async () => {
    const { stdout } = await room('amtool || neighbour');
    assert.match(stdout, /^room: .+\na neighbour\n$/);
    assert.equal((await run(join(dir, 'amtool'))).stdout, 'of this machine\n');
  });

  it('does so where namespaces are forbidden, and says it', async () => {
    program('unshare', 'exit 1');
    const { stdout } = await room('command -v amtool || neighbour');
    assert.equal(
      stdout,
      'room: tools are taken off PATH, as there is no mount namespace; their data stay\na neighbour\n',
    );
  });

  it('has an empty cache, which is gone afterwards', async () => {
    const { stdout } = await room('mkdir "$XDG_CACHE_HOME" && cd "$XDG_CACHE_HOME" && pwd');
    const cache = stdout.trim().split('\n').at(-1) ?? '';
    await assert.rejects(run('ls', [cache]));
  });

  it('ends as its command does', async () => {
    await assert.rejects(room('exit 3'), { code: 3 });
    program('unshare', 'exit 1');
    await assert.rejects(room('exit 4'), { code: 4 });
  });
});

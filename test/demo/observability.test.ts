import assert from 'node:assert/strict';
import { once } from 'node:events';
import { runNode } from '#test/support/run-node.ts';
import { until } from '#test/support/until.ts';

describe('the observability demo', () => {
  it('says where to look, acts, counts the answers, and leaves', async () => {
    const { code, stdout, stderr } = await runNode([
      'test/demo/observability.ts',
      '--seconds=4',
      '--exit',
      '--any-ports',
    ]).result;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Alerts +http:\/\/127\.0\.0\.1:\d+\/alerts\n/);
    assert.match(stdout, /The database is down.*\n +answers so far: .*\d+ × 201.*\d+ × 503\n/);
  });

  it('ends cleanly on Ctrl-C, and takes all it started with it', async () => {
    const { child, result } = runNode(['test/demo/observability.ts', '--any-ports']);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    await until(() => output.includes('All is well.'));
    const addresses = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url);
    assert.ok(addresses.length >= 6);
    child.kill('SIGINT');
    const [[code]] = await Promise.all([once(child, 'exit'), result]);
    assert.equal(code, 0);
    for (const url of addresses) await assert.rejects(fetch(url), url);
  });
});

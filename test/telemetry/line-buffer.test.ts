import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { createLineBuffer } from '#telemetry/line-buffer.ts';

function recorder() {
  const writes: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      done();
    },
  });
  return { writes, out };
}

describe('the line buffer', () => {
  it('writes the lines of one turn at once, in order', async () => {
    const { writes, out } = recorder();
    const buffer = createLineBuffer(out);
    for (const line of ['a\n', 'b\n', 'c\n']) buffer.write(line);
    assert.deepEqual(writes, []);
    await new Promise(setImmediate);
    assert.deepEqual(writes, ['a\nb\nc\n']);
    buffer.write('d\n');
    await new Promise(setImmediate);
    assert.deepEqual(writes, ['a\nb\nc\n', 'd\n']);
  });

  it('writes what is left when it ends, and when the process exits', async () => {
    const { writes, out } = recorder();
    const buffer = createLineBuffer(out);
    const listeners = process.listeners('exit');
    const onExit = listeners.at(-1);
    buffer.write('last\n');
    onExit?.call(process, 0);
    assert.deepEqual(writes, ['last\n']);
    buffer.write('end\n');
    await new Promise<void>((resolve) => buffer.end(resolve));
    assert.deepEqual(writes, ['last\n', 'end\n']);
    assert.equal(process.listeners('exit').length, listeners.length - 1);
  });

  it('lives on when its reader is dead', async () => {
    const script = `
      const { createLineBuffer } = await import('#telemetry/line-buffer.ts');
      const { setImmediate: turn } = await import('node:timers/promises');
      const buffer = createLineBuffer(process.stdout);
      process.stdout.write('ready');
      await process.stdin.resume().toArray();
      for (let i = 0; i < 5; i += 1) { buffer.write('to nobody\\n'); await turn(); }
      buffer.end('the last line\\n', () => setTimeout(() => process.exit(7), 10));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.stdin.end();
    assert.deepEqual(await exit, [7, null]);
  });
});

import assert from 'node:assert/strict';
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
});

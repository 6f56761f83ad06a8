import { Writable } from 'node:stream';

/**
 * Gathers the lines of one turn of the event loop into one write: writing to a pipe is a system
 * call that blocks, and under load a line a request is most of what logging costs. What is gathered
 * is written when the process exits, too; only a crash of the runtime itself can lose one turn.
 *
 * Whoever reads the lines may end (EPIPE), or their disk be full: they are lost then, the process is not.
 */
export function createLineBuffer(out: NodeJS.WritableStream): Writable {
  let gathered = '';
  let scheduled: NodeJS.Immediate | undefined;
  const flush = () => {
    clearImmediate(scheduled);
    scheduled = undefined;
    if (gathered === '') return;
    const lines = gathered;
    gathered = '';
    out.write(lines);
  };
  process.on('exit', flush);
  // It stays after the end: an error of the last write comes later than that.
  if (!out.listeners('error').includes(ignore)) out.on('error', ignore);
  return new Writable({
    decodeStrings: false,
    write(line: string | Buffer, _encoding, done) {
      gathered += String(line);
      scheduled ??= setImmediate(flush);
      done();
    },
    final(done) {
      process.off('exit', flush);
      flush();
      done();
    },
  });
}

function ignore(): void {}

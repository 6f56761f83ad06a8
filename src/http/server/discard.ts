/**
 * What becomes of the bodies that nobody wants: the answer is out, and the client is still sending. A connection that
 * ends with bytes that nobody has read is reset, and with it goes the answer. So the rest is read and dropped; of
 * large ones only so many at a time, since two thousand of them would keep the process from everything else. Who
 * waits for too long is cut off: most clients have read the answer by then.
 */
import type { IncomingMessage } from 'node:http';
import { after as timer } from '../../time/clock.ts';

/** Of one body. */
const MOST_BYTES = 16_777_216;
/** Read at the same time; smaller ones are read at once. */
const AT_ONCE = 8;
const SMALL_BYTES = 65_536;
/** Milliseconds. */
const PATIENCE_MS = 2000;

export type Discard = (request: IncomingMessage) => void;

export function createDiscard(after: (ms: number, run: () => void) => void = timer): Discard {
  const waiting = new Set<IncomingMessage>();
  let reading = 0;

  const read = (request: IncomingMessage) => {
    reading += 1;
    request.once('close', () => {
      reading -= 1;
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      read(next);
    });
    drop(request);
  };
  return (request) => {
    // Of a body that has come as a whole Node itself lets go.
    if (request.complete || request.destroyed) return;
    request.on('error', () => undefined);
    outlast(request);
    if (isSmall(request)) return drop(request);
    if (reading < AT_ONCE) return read(request);
    // Node itself reads all of a body that nobody has begun to read.
    request.read(0);
    waiting.add(request);
    request.once('close', () => waiting.delete(request));
    after(PATIENCE_MS, () => {
      if (waiting.delete(request)) request.destroy();
    });
  };
}

function isSmall({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= SMALL_BYTES;
}

function drop(request: IncomingMessage): void {
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > MOST_BYTES) request.destroy();
  });
  // Whoever read the first part may have paused it.
  request.resume();
}

/** Node ends a connection that its client wants closed right after the answer: not before the body is in. */
function outlast(request: IncomingMessage): void {
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    socket.end();
    request.once('end', close);
  };
  request.once('end', () => (socket.destroySoon = close));
}

/**
 * Sockets, in a process of their own: `node test/chaos/raw-clients.ts <url> <uploads|sockets|aborts> <count>`.
 * Prints one line of JSON: how many saw which status, how many were cut off without one, and how many saw nothing.
 */
import { connect, type Socket } from 'node:net';

const [, , target = '', what = 'sockets', countText = '100'] = process.argv;
const count = Number(countText);
const { hostname, port } = new URL(target);
const MEGABYTES = 10;
const chunk = Buffer.alloc(1_000_000, 'x');
/** Longer than the service waits for anything. */
const HANGS_MS = 60_000;
/** Sockets that are opened and broken off at the same time. */
const ABORTS_AT_ONCE = 100;

export interface Seen {
  answers: Record<string, number>;
  reset: number;
  hung: number;
}
const seen: Seen = { answers: {}, reset: 0, hung: 0 };

const head = (length: number) =>
  `POST /api/v1/candidates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** @returns resolves when the socket is closed, by whomever */
function open(act: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host: hostname });
    let status = '';
    let isOver = false;
    const end = (how: 'answer' | 'reset' | 'hung') => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (how === 'answer') seen.answers[status] = (seen.answers[status] ?? 0) + 1;
      else seen[how] += 1;
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(() => end('hung'), HANGS_MS);
    socket.on('connect', () => act(socket));
    socket.on('data', (data: Buffer) => {
      status = /^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1'))?.[1] ?? '?';
      // Others keep their place until all are there.
      if (what !== 'sockets') end('answer');
      else isAnswered(() => end('answer'));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => end(status === '' ? 'reset' : 'answer'));
  });
}

const ends: (() => void)[] = [];
function isAnswered(end: () => void): void {
  ends.push(end);
}

function upload(socket: Socket): void {
  socket.write(head(MEGABYTES * 1_000_000 + 2));
  socket.write('"');
  let sent = 0;
  const more = () => {
    while (sent < MEGABYTES && !socket.destroyed) {
      sent += 1;
      if (socket.write(chunk)) continue;
      socket.once('drain', more);
      return;
    }
    if (!socket.destroyed) socket.write('"');
  };
  more();
}

if (what === 'uploads') {
  await Promise.all(Array.from({ length: count }, () => open(upload)));
} else if (what === 'sockets') {
  const get = `GET /api/v1/errors HTTP/1.1\r\nHost: x\r\n\r\n`;
  const all = Array.from({ length: count }, () => open((socket) => void socket.write(get)));
  const watch = setInterval(() => {
    const over = ends.length + seen.reset + Object.values(seen.answers).reduce((a, b) => a + b, 0);
    if (over >= count) for (const end of ends) end();
  }, 50);
  await Promise.all(all);
  clearInterval(watch);
} else {
  for (let n = 0; n < count; n += ABORTS_AT_ONCE) {
    const some = Array.from({ length: ABORTS_AT_ONCE }, () =>
      open((socket) => {
        socket.write(head(1_000_000));
        socket.write(chunk.subarray(0, 300_000), () => socket.destroy());
      }),
    );
    await Promise.all(some);
  }
}
process.stdout.write(`${JSON.stringify(seen)}\n`);

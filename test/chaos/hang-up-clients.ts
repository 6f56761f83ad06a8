/**
 * Clients that hang up, in a process of their own: `node test/chaos/hang-up-clients.ts <url> <clients>`.
 * Each connects, sends a request that needs the database, and destroys its socket 1 to 6 ms later, again and
 * again, until the process is killed. One request in ten is of a trace that is to be recorded: the id of that and when the
 * client hung up (epoch milliseconds) are a line on stdout.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , target = '', clients = '12'] = process.argv;
const { hostname, port } = new URL(target);
const run = `${process.pid}-${Date.now()}`;
/** Of requests whose trace is recorded. */
const TOLD_OF = 10;
let sent = 0;

const head = (line: string, headers: string) =>
  `${line} HTTP/1.1\r\nHost: ${hostname}\r\n${headers}\r\n`;

function post(path: string, body: unknown, key: string, headers: string): string {
  const text = JSON.stringify(body);
  const about = `Content-Type: application/json\r\nIdempotency-Key: ${key}\r\nContent-Length: ${text.length}\r\n`;
  return head(`POST ${path}`, about + headers) + text;
}

const requests: ((id: string, headers: string) => string)[] = [
  (_, headers) => head('GET /api/v1/candidates?limit=100', headers),
  (id, headers) => head(`GET /api/v1/candidates/${id}`, headers),
  (id, headers) => post('/api/v1/candidates', { candidate_id: id }, id, headers),
  (_, headers) => head('GET /api/v1/assessments?limit=100', headers),
];

async function hangUp(): Promise<void> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.on('connect', () => {
    sent += 1;
    const isTold = Math.random() < 1 / TOLD_OF;
    const traceId = randomBytes(16).toString('hex');
    const headers = `traceparent: 00-${traceId}-00f067aa0ba902b7-0${isTold ? 1 : 0}\r\n`;
    const request = requests[sent % requests.length];
    socket.write(request?.(`h-${run}-${sent}`, headers) ?? '');
    setTimeout(
      () => {
        if (isTold) process.stdout.write(`${traceId} ${Date.now()}\n`);
        socket.destroy();
      },
      1 + Math.random() * 5,
    );
  });
  await closed;
}

await Promise.all(
  Array.from({ length: Number(clients) }, async () => {
    for (;;) {
      await hangUp();
      await sleep(0);
    }
  }),
);

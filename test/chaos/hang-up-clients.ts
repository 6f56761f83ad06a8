/**
 * Clients that hang up, in a process of their own: `node test/chaos/hang-up-clients.ts <url> <clients>`.
 * Each connects, sends a request that needs the database, and destroys its socket 1 to 6 ms later, again and
 * again, until the process is killed.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , target = '', clients = '12'] = process.argv;
const { hostname, port } = new URL(target);
const run = `${process.pid}-${Date.now()}`;
let sent = 0;

function post(path: string, body: unknown, key: string): string {
  const text = JSON.stringify(body);
  return (
    `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n` +
    `Idempotency-Key: ${key}\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  );
}

const requests: ((id: string) => string)[] = [
  () => `GET /api/v1/candidates?limit=100 HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`,
  (id) => `GET /api/v1/candidates/${id} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`,
  (id) => post('/api/v1/candidates', { candidate_id: id }, id),
  () => `GET /api/v1/assessments?limit=100 HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`,
];

async function hangUp(): Promise<void> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.on('connect', () => {
    sent += 1;
    const request = requests[sent % requests.length];
    socket.write(request?.(`h-${run}-${sent}`) ?? '');
    setTimeout(() => socket.destroy(), 1 + Math.random() * 5);
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

/**
 * The service in a process of its own, asked by one client, one request after the other: prints how many bytes of each
 * request grow old, instead of being gone at the next collection of the young generation. What other tests leave in a
 * process changes what V8 keeps. Environment: DATABASE_URL, DATA_DIR.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startSilently } from './silent-service.ts';

/** Between two collections of the young generation; what lives through two of them grows old. */
const ROUND = 100;
const ROUNDS = 10;

const { DATABASE_URL, DATA_DIR } = process.env;
const running = await startSilently({
  SHUTDOWN_LEAD_SECONDS: '0',
  MAX_CONCURRENT_ASSESSMENTS: '1',
  DATABASE_URL,
  DATA_DIR,
});

/** So many requests, one after the other, by a client that makes next to no objects. */
async function ask(requests: number): Promise<void> {
  const socket = connect(running.apiPort, '127.0.0.1').setEncoding('latin1');
  for (let n = 0; n < requests; n += 1) {
    socket.write('GET /api/v1/errors HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let answer = '';
    while (!answer.endsWith(']}')) answer += String((await once(socket, 'data'))[0]);
    assert.match(answer, /^HTTP\/1\.1 200 /);
  }
  socket.destroy();
}

const oldBytes = () =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space')
    .reduce((sum, { space_used_size: used }) => sum + used, 0);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void;
await ask(10 * ROUND);
collect({ type: 'major' });
const before = oldBytes();
for (let round = 0; round < ROUNDS; round += 1) {
  await ask(ROUND);
  collect({ type: 'minor' });
  collect({ type: 'minor' });
}
process.stdout.write(`${Math.round((oldBytes() - before) / (ROUND * ROUNDS))}\n`);
await running.stop({ lead: false });
process.exit(0);

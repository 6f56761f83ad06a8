import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testService } from '#test/support/service.ts';

/** Between two collections of the young generation; what lives through two of them grows old. */
const ROUND = 100;
const ROUNDS = 10;
/** The span of a request, and what the tables of its connection keep. */
const MOST_BYTES = 7000;

const oldBytes = () =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space')
    .reduce((sum, { space_used_size: used }) => sum + used, 0);

describe('what a request needs', () => {
  const service = testService();

  /** So many requests, one after the other, by a client that makes next to no objects. */
  async function ask(requests: number): Promise<void> {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
    for (let n = 0; n < requests; n += 1) {
      socket.write('GET /api/v1/errors HTTP/1.1\r\nHost: localhost\r\n\r\n');
      let answer = '';
      while (!answer.endsWith(']}')) answer += String((await once(socket, 'data'))[0]);
      assert.match(answer, /^HTTP\/1\.1 200 /);
    }
    socket.destroy();
  }

  it('is gone with it, and waits for no collection of the old generation', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void;
    const grown = async (): Promise<number> => {
      await ask(10 * ROUND);
      collect({ type: 'major' });
      const before = oldBytes();
      for (let round = 0; round < ROUNDS; round += 1) {
        await ask(ROUND);
        collect({ type: 'minor' });
        collect({ type: 'minor' });
      }
      return (oldBytes() - before) / (ROUND * ROUNDS);
    };
    // What the requests leave they leave each time; what another test of the process has left under way, once.
    let each = Infinity;
    for (let attempt = 0; attempt < 3 && each >= MOST_BYTES; attempt += 1)
      each = Math.min(each, await grown());
    assert.ok(each < MOST_BYTES, `${each.toFixed(0)} bytes of each request grew old`);
  });
});

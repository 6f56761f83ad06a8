/** That a host is asked of name servers, without a thread of the process, and no longer than somebody waits. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createPost, OutboundError } from '#src/outbound/post.ts';
import { createResolve } from '#src/outbound/resolve-host.ts';

const A = 1;
const AAAA = 28;
const hosts: Record<string, Partial<Record<number, Buffer>>> = {
  'both.example.com': {
    [A]: Buffer.from([93, 184, 215, 14]),
    [AAAA]: Buffer.from('26064700000000000000000000001111', 'hex'),
  },
  'old.example.com': { [A]: Buffer.from([93, 184, 215, 14]) },
};

/** Of a question, in the wire format of RFC 1035: the name, and the type. */
function questionIn(message: Buffer): { host: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { host: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(message: Buffer): Buffer {
  const { host, type, end } = questionIn(message);
  const address = hosts[host]?.[type];
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 2);
  header.writeUInt16BE(hosts[host] === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(address === undefined ? 0 : 1, 6);
  const question = message.subarray(12, end);
  if (address === undefined) return Buffer.concat([header, question]);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(address.length, 10);
  return Buffer.concat([header, question, record, address]);
}

describe('the addresses of a host', () => {
  let server: Socket;
  let asked: string[] = [];
  let isSilent = false;
  let heard = () => {};
  let resolve: ReturnType<typeof createResolve>;
  const signal = () => new AbortController().signal;

  before(async () => {
    server = createSocket('udp4', (message, { address, port }) => {
      const { host, type } = questionIn(message);
      asked.push(`${type} ${host}`);
      if (!isSilent) server.send(answerTo(message), port, address);
      heard();
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    resolve = createResolve([`127.0.0.1:${server.address().port}`]);
  });
  after(() => server.close());
  beforeEach(() => {
    asked = [];
    isSilent = false;
    heard = () => {};
  });

  it('are those of both families, or of the one that it has', async () => {
    assert.deepEqual(await resolve('both.example.com', signal()), [
      '93.184.215.14',
      '2606:4700::1111',
    ]);
    assert.deepEqual(asked.toSorted(), [`${A} both.example.com`, `${AAAA} both.example.com`]);
    assert.deepEqual(await resolve('old.example.com', signal()), ['93.184.215.14']);
    await assert.rejects(resolve('none.example.com', signal()));
  });

  it('are known of this machine without a question', async () => {
    assert.deepEqual(await resolve('localhost', signal()), ['127.0.0.1', '::1']);
    assert.deepEqual(asked, []);
  });

  it('are asked for by the event loop, and no more once nobody waits', async () => {
    isSilent = true;
    const MANY = 20;
    const all = Promise.withResolvers<void>();
    heard = () => {
      if (asked.length >= 2 * MANY) all.resolve();
    };
    let end = () => {};
    const after = (_ms: number, run: () => void) => {
      end = run;
      return () => {};
    };
    const stop = new AbortController();
    const waiting = Array.from({ length: MANY }, (_, n) =>
      resolve(`slow-${n}.example.com`, stop.signal),
    );
    const post = createPost({ rules: { allowLoopback: false }, resolve, after });
    const late = post('https://late.example.com/', { headers: {}, body: '', signal: signal() });
    // More at a time than the pool has threads: all of them are on their way.
    await all.promise;
    assert.ok(!process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap'));
    stop.abort(new Error('nobody waits'));
    const ended = await Promise.allSettled(waiting);
    assert.deepEqual(
      new Set(ended.map((one) => one.status === 'rejected' && String(one.reason))),
      new Set(['Error: nobody waits']),
    );
    end();
    await assert.rejects(
      late,
      (error) => error instanceof OutboundError && error.failure === 'timeout',
    );
    await assert.rejects(resolve('both.example.com', stop.signal), /nobody waits/);
  });
});

/** What a connection is given: so much time, one answer, and a word when it is the last. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connectionLimits } from '#src/http/server/connection-limit.ts';
import { createReceiveTimes } from '#src/http/server/receive-times.ts';
import { createRefusals } from '#src/http/server/refusal.ts';
import { createHttpServer, type HttpServer, type ServerLimits } from '#src/http/server/server.ts';
import { until } from '#test/support/until.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

type Answer = (request: IncomingMessage, response: ServerResponse, isExcess: boolean) => void;

async function listening(
  answer: Answer,
  limits: Partial<ServerLimits> = {},
  receiveTimes = createReceiveTimes(),
) {
  const cleanup = new AsyncDisposableStack();
  const refusals = createRefusals({ newId: () => 'id', headers: [] });
  const made: HttpServer = createHttpServer(answer, {
    refusals,
    requestTimeoutMs: 30_000,
    maxBodyBytes: 1000,
    limits,
    receiveTimes,
  });
  made.server.listen(0, '127.0.0.1');
  await once(made.server, 'listening');
  const { port } = made.server.address() as AddressInfo;
  cleanup.defer(async () => {
    made.server.close();
    made.server.closeAllConnections();
    await once(made.server, 'close');
  });
  return { ...made, port, cleanup };
}

interface Client {
  socket: Socket;
  text: () => string;
  isClosed: () => boolean;
}

function client(port: number, bytes = ''): Client {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined).on('close', () => (closed = true));
  if (bytes !== '') socket.write(bytes);
  return { socket, text: () => text, isClosed: () => closed };
}

describe('a slow client', () => {
  const SLOW = 300;
  const slow: Record<string, { bytes: string; answer: RegExp }> = {
    'says nothing': { bytes: '', answer: /^HTTP\/1\.1 408 / },
    'never ends its headers': {
      bytes: 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ',
      answer: /^HTTP\/1\.1 408 /,
    },
    'never ends its body': {
      bytes: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc',
      answer: /^HTTP\/1\.1 408 /,
    },
    'keeps its connection and asks no more': {
      bytes: get('/'),
      answer: /^HTTP\/1\.1 200 .*\r\n\r\nok$/s,
    },
  };
  for (const [name, { bytes, answer }] of Object.entries(slow)) {
    it(`is cut off when it ${name}, ${SLOW} times, while others are served`, async () => {
      const limits = { headersMs: 200, receiveMs: 200, checkMs: 20, keepAliveMs: 200 };
      const { port, cleanup } = await listening((request, response) => {
        request.on('error', () => undefined);
        request.resume();
        if (request.method === 'GET') response.end('ok');
      }, limits);
      await using _ = cleanup;
      const clients = Array.from({ length: SLOW }, () => client(port, bytes));
      await until(async () => {
        assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'ok');
        return clients.every(({ isClosed }) => isClosed());
      });
      for (const { text } of clients) assert.match(text(), answer);
    });
  }
});

describe('a client that is allowed more time', () => {
  const begun = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc`;
  const serve = (ms: number) => {
    const times = createReceiveTimes();
    const limits = { headersMs: 200, receiveMs: 200, checkMs: 20 };
    const answer: Answer = (request, response) => {
      if (request.url === '/upload') times.allow(request, ms);
      request.on('error', () => undefined).on('end', () => response.end('ok'));
      request.resume();
    };
    return listening(answer, limits, times);
  };
  const late = /^HTTP\/1\.1 408 /;

  it('has it for its body, and others, and its next header, have not', async () => {
    const { port, cleanup } = await serve(60_000);
    await using _ = cleanup;
    const upload = client(port, begun('/upload'));
    await once(upload.socket, 'connect');
    const other = client(port, begun('/other'));
    await until(() => other.isClosed());
    assert.match(other.text(), late);
    // One that came before is over its time, too.
    assert.equal(upload.text(), '');
    upload.socket.write('defghi');
    await until(() => upload.text().endsWith('ok'));
    upload.socket.write('GET / HTTP/1.1\r\nX-A: ');
    await until(() => upload.isClosed());
    assert.match(upload.text(), /^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s);
  });

  it('is cut off when that is over', async () => {
    const { port, cleanup } = await serve(400);
    await using _ = cleanup;
    const upload = client(port, begun('/upload'));
    await until(() => upload.isClosed());
    assert.match(upload.text(), late);
  });
});

describe('connections beyond the limit', () => {
  it('are served while there is room, marked as too many while there is none, and cut off beyond that', async () => {
    const { port, server, cleanup } = await listening(
      (_request, response, isExcess) => response.end(isExcess ? 'too many' : 'served'),
      { connections: { served: 3, accepted: 6 } },
    );
    await using _ = cleanup;
    const clients: Client[] = [];
    for (let n = 1; n <= 8; n += 1) {
      const one = client(port);
      clients.push(one);
      await once(one.socket, 'connect');
      if (n <= 6) await until(() => connections(server).then((count) => count === n));
    }
    await until(() => clients.slice(6).every(({ isClosed }) => isClosed()));
    assert.deepEqual(
      clients.slice(6).map(({ text }) => text()),
      ['', ''],
    );
    for (const { socket } of clients.slice(0, 5)) socket.write(get('/'));
    await until(() => clients.slice(0, 5).every(({ text }) => text() !== ''));
    const answers = clients.slice(0, 5).map(({ text }) => text());
    for (const text of answers.slice(0, 3)) {
      assert.match(text, /\r\n\r\nserved$/);
      assert.match(text, /^Connection: keep-alive\r$/m);
    }
    for (const text of answers.slice(3)) {
      assert.match(text, /\r\n\r\ntoo many$/);
      assert.match(text, /^Connection: close\r$/m);
    }
    await until(() => clients.slice(3, 5).every(({ isClosed }) => isClosed()));
    clients[0]?.socket.destroy();
    await until(async () => (await connections(server)) === 3);
    clients[5]?.socket.write(get('/'));
    await until(() => clients[5]?.text() !== '');
    assert.match(clients[5]?.text() ?? '', /\r\n\r\nserved$/, 'there is room by now');
  });

  const connections = (server: HttpServer['server']) =>
    new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });

  it('are as many as leave descriptors for everything else', () => {
    const limits = (soft: string) => () =>
      `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}              524288               files`;
    const known: Record<string, [served: number, accepted: number]> = {
      '1048576': [2000, 10_000],
      '5000': [2000, 4744],
      '1024': [384, 768],
      '64': [1, 2],
      unlimited: [2000, 10_000],
    };
    for (const [soft, [served, accepted]] of Object.entries(known))
      assert.deepEqual(connectionLimits(limits(soft)), { served, accepted }, soft);
    assert.deepEqual(
      connectionLimits(() => ''),
      { served: 2000, accepted: 10_000 },
    );
    assert.ok(connectionLimits().served >= 1);
  });
});

describe('the answers of a server that drains', () => {
  const waiting: Record<string, () => void> = {};
  const kinds: Record<string, (response: ServerResponse) => void> = {
    '/ok': (response) => void response.end('ok'),
    '/304': (response) => void response.writeHead(304).end(),
    '/204': (response) => void response.writeHead(204).end(),
    '/500': (response) => void response.writeHead(500).end('no'),
    '/stream': (response) => {
      response.write('half');
      response.end(' and half');
    },
  };
  const answer: Answer = ({ url = '' }, response) => {
    const kind = url.replace('/late', '');
    const go = () => kinds[kind]?.(response);
    if (kind === url) go();
    else waiting[kind] = go;
  };

  it('end their connections, each told so: those under way, those that follow, and refusals', async () => {
    const { port, drain, cleanup } = await listening(answer);
    await using _ = cleanup;
    const before = client(port, get('/ok'));
    await until(() => before.text().endsWith('ok'));
    assert.match(before.text(), /^Connection: keep-alive\r$/m);
    const late = Object.keys(kinds).map((path) => client(port, get(`/late${path}`)));
    await until(() => Object.keys(waiting).length === late.length);
    drain();
    for (const go of Object.values(waiting)) go();
    const after = Object.keys(kinds).map((path) => client(port, get(path)));
    const refused = [
      client(port, 'GET /ok HTTP/1.1\r\n\r\n'),
      client(port, 'nonsense\r\n\r\n'),
      client(port, 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n'),
    ];
    before.socket.write(get('/ok'));
    const all = [...late, ...after, ...refused, before];
    await until(() => all.every(({ isClosed }) => isClosed()));
    for (const { text } of all) {
      const last = text().slice(text().lastIndexOf('HTTP/1.1 '));
      assert.match(last, /^Connection: close\r$/m);
    }
    assert.deepEqual(
      [...late, ...after].map(({ text }) => Number(text().slice(9, 12))),
      [200, 304, 204, 500, 200, 200, 304, 204, 500, 200],
    );
  });

  it('that had begun before come to their end, which ends the connection', async () => {
    let finish = () => {};
    const { port, drain, cleanup } = await listening((_request, response) => {
      response.write('begun,');
      finish = () => void response.end(' done');
    });
    await using _ = cleanup;
    const one = client(port, get('/'));
    await until(() => one.text().includes('begun,'));
    drain();
    finish();
    await until(() => one.isClosed());
    assert.match(one.text(), / done\r\n0\r\n\r\n$/);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { until } from '#test/support/until.ts';

describe('fault proxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    assert.ok(typeof address === 'object' && address !== null);
    proxy = await startFaultProxy({ port: address.port });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.close();
    echo.close();
  });

  const dial = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    const state = { socket, received: '', error: '' };
    socket.on('data', (data) => (state.received += data.toString()));
    socket.on('error', (error) => (state.error = 'code' in error ? String(error.code) : ''));
    await once(socket, 'connect');
    return state;
  };

  it('passes both ways', async () => {
    const client = await dial();
    client.socket.end('hello');
    await once(client.socket, 'close');
    assert.equal(client.received, 'hello');
    await until(() => proxy.connections() === 0);
  });

  it('resets who is connected and refuses others until it passes again', async () => {
    const client = await dial();
    await until(() => proxy.connections() === 1);
    await proxy.set({ kind: 'refuse' });
    await until(() => client.error === 'ECONNRESET');
    await assert.rejects(dial(), { code: 'ECONNREFUSED' });
    await proxy.set({ kind: 'pass' });
    const next = await dial();
    next.socket.write('again');
    await until(() => next.received === 'again');
  });

  it('swallows silently and delivers when it heals', async () => {
    const client = await dial();
    await proxy.set({ kind: 'black-hole' });
    client.socket.write('later');
    const other = await dial();
    other.socket.write('new');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(client.received + other.received + client.error, '');
    await proxy.set({ kind: 'pass' });
    await until(() => client.received === 'later' && other.received === 'new');
  });

  it('delays each way', async () => {
    await proxy.set({ kind: 'delay', ms: 30 });
    const client = await dial();
    const start = performance.now();
    client.socket.write('slow');
    await until(() => client.received === 'slow');
    assert.ok(performance.now() - start >= 55);
  });

  it('cuts a reply in half', async () => {
    const client = await dial();
    await proxy.set({ kind: 'reset-reply' });
    client.socket.write('12345678');
    await until(() => client.error === 'ECONNRESET');
    assert.ok(['', '1234'].includes(client.received));
  });
});

/** A TCP proxy on 127.0.0.1 that breaks as networks do, switched at run time. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  | { kind: 'pass' }
  /** Established connections are reset, new ones refused. */
  | { kind: 'refuse' }
  /** Nothing gets through and nobody is told; what was sent arrives when it heals. */
  | { kind: 'black-hole' }
  /** As a network does that drops packets: what was connected or connects meanwhile is dead for ever, and not told. */
  | { kind: 'swallow' }
  /** Every chunk, each way, is late by so much. */
  | { kind: 'delay'; ms: number }
  /** The next reply is cut in half and the connection reset. */
  | { kind: 'reset-reply' };

export interface FaultProxy {
  port: number;
  set(fault: Fault): Promise<void>;
  /** Connections that are open now. */
  connections(): number;
  close(): Promise<void>;
}

export async function startFaultProxy(target: {
  port: number;
  host?: string;
}): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  let fault: Fault = { kind: 'pass' };
  let healed = Promise.withResolvers<void>();

  const pump = async (from: Socket, to: Socket, isReply: boolean) => {
    // Half of a connection may end before the other: an iterator would destroy both.
    for await (const data of from.iterator({ destroyOnReturn: false })) {
      const chunk: Buffer = data;
      while (fault.kind === 'black-hole') await healed.promise;
      if (dead.has(from)) continue;
      if (fault.kind === 'delay') await sleep(fault.ms);
      if (isReply && fault.kind === 'reset-reply') {
        to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => to.resetAndDestroy());
        return;
      }
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
  };
  const track = (socket: Socket) => {
    sockets.add(socket);
    if (fault.kind === 'swallow') dead.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const accept = (client: Socket) => {
    track(client);
    const server = connect({ port: target.port, host: target.host ?? '127.0.0.1' });
    track(server);
    const pair = [pump(client, server, false), pump(server, client, true)];
    void Promise.all(pair).catch(() => {
      client.destroy();
      server.destroy();
    });
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroySoon());
  };

  let listener = await listen(0, accept);
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // What is about to end cannot be reset: libuv refuses, and the handle would never be closed.
  const reset = () =>
    sockets.forEach((socket) =>
      socket.writableEnded ? socket.destroy() : socket.resetAndDestroy(),
    );

  return {
    port,
    connections: () => sockets.size / 2,
    set: async (next) => {
      fault = next;
      if (next.kind === 'swallow') sockets.forEach((socket) => dead.add(socket));
      if (next.kind === 'refuse') {
        listener.close();
        reset();
      } else if (!listener.listening) {
        listener = await listen(port, accept);
      }
      if (next.kind !== 'black-hole') {
        healed.resolve();
        healed = Promise.withResolvers();
      }
    },
    close: async () => {
      fault = { kind: 'pass' };
      healed.resolve();
      reset();
      if (!listener.listening) return;
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestContext } from './context.ts';

/**
 * Calls `ended` exactly once: when the answer is complete, or when its connection is gone; at once
 * if it already is. All who ask share one listener.
 */
export function onResponseEnd(ctx: RequestContext, ended: (complete: boolean) => void): void {
  const { state } = ctx;
  if (state.ended !== null) return ended(state.ended.complete);
  if (state.endings.push(ended) === 1) watch(ctx);
}

/**
 * A pipelined response that waits for its turn has no socket yet and gets no `close` when the
 * connection dies, so then the connection itself is watched.
 */
function watch({ req, res, state }: RequestContext): void {
  const waiting = res.socket === null && !req.socket.closed ? waitersOf(req.socket) : null;
  const end = () => {
    if (state.ended !== null) return;
    waiting?.delete(end);
    state.ended = { complete: res.writableFinished };
    for (const ended of state.endings) ended(res.writableFinished);
  };
  // Its connection went while it waited in line, and tells nobody any more.
  if (res.closed || req.socket.closed) return end();
  res.on('close', end);
  waiting?.add(end);
}

/** Of a client that left before anything was answered, as proxies write it. */
const CLIENT_CLOSED_REQUEST = 499;

/** The status for logs and metrics. */
export function statusOf({ headersSent, statusCode }: ServerResponse): number {
  return headersSent ? statusCode : CLIENT_CLOSED_REQUEST;
}

const waiters = new WeakMap<Socket, Set<() => void>>();

/** One listener a connection, however many requests are pipelined on it. */
function waitersOf(socket: Socket): Set<() => void> {
  const known = waiters.get(socket);
  if (known !== undefined) return known;
  const created = new Set<() => void>();
  waiters.set(socket, created);
  socket.once('close', () => {
    for (const end of created) end();
  });
  return created;
}

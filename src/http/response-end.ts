import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Calls `ended` exactly once: when the answer is complete, or when its connection is gone.
 * A pipelined response that waits for its turn has no socket yet and gets no `close` when the
 * connection dies, so then the connection itself is watched.
 */
export function onResponseEnd(
  request: IncomingMessage,
  response: ServerResponse,
  ended: (complete: boolean) => void,
): void {
  const waiting = response.socket === null ? waitersOf(request.socket) : null;
  const end = () => {
    response.off('close', end);
    waiting?.delete(end);
    ended(response.writableFinished);
  };
  response.on('close', end);
  waiting?.add(end);
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

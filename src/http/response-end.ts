import type { IncomingMessage, ServerResponse } from 'node:http';

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
  const { socket } = request;
  const waiting = response.socket === null;
  const end = () => {
    response.off('close', end);
    if (waiting) socket.off('close', end);
    ended(response.writableFinished);
  };
  response.on('close', end);
  if (waiting) socket.on('close', end);
}

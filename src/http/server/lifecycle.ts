import type { Server } from 'node:http';

/** Where the process is in its life; readiness and the drain read it. */
export interface Lifecycle {
  phase: 'starting' | 'serving' | 'draining';
  /** What is to be done when the drain begins. */
  readonly whenDraining: (() => void)[];
}

/** From now on readiness says no, and every answer that its connection is the last on it. */
export function drain(lifecycle: Lifecycle): void {
  lifecycle.phase = 'draining';
  for (const task of lifecycle.whenDraining) task();
}

/**
 * Connections that wait to be accepted, which Node does one a turn. Beyond it the system forgets them, and a client
 * tries again only after 1, 3, 7 seconds.
 */
const BACKLOG = 4096;

/** Milliseconds between looks for connections that became idle. */
const CLOSE_IDLE_MS = 50;

/**
 * @throws {Error} with a sentence for the operator when the port is taken
 * @returns the port, which is another than asked for when that was 0
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  variable: string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EADDRINUSE'
          ? `Port ${port} is in use: stop what listens there or set ${variable}.`
          : `Cannot listen on ${host}, port ${port} (${error.code}): set ${variable.replace('PORT', 'HOST')} or ${variable}.`;
      reject(new Error(advice, { cause: error }));
    });
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Stops accepting, lets running requests end, and cuts what is left after `graceMs`. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}

import { createDeadlines } from '../../time/deadlines.ts';

/** pg-pool's, for a full pool and for a new connection, and pg's own. */
const timeouts =
  /^(timeout exceeded when trying to connect|Connection terminated due to connection timeout|timeout expired)$/;

/**
 * Connects again when the time for it ran out because this process was busy: the driver's timers fire
 * before the event loop has read that the server answered, or that a client is free.
 *
 * @param ms the driver's own limit; 0 is none. Half of it is enough to blame the server: the driver's time
 *   began a little earlier than ours
 */
export function patiently<T>(connect: () => Promise<T>, ms: number): () => Promise<T> {
  if (!(ms > 0)) return connect;
  const deadlines = createDeadlines(ms);
  return async () => {
    const wait = deadlines.begin(() => {});
    try {
      for (;;) {
        try {
          return await connect();
        } catch (error) {
          const isLate = error instanceof Error && timeouts.test(error.message);
          if (!isLate || deadlines.waited(wait) >= ms / 2) throw error;
        }
      }
    } finally {
      deadlines.end(wait);
    }
  };
}

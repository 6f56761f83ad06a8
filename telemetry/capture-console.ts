import { format } from 'node:util';
import type { Logger } from './logger.ts';

/**
 * Libraries that write to the console (Kysely does, for each query of a client that hung up) get a
 * log line like everything else: a log that is JSON only in good times cannot be read by machines.
 */
export function captureConsole(log: Logger, target: Console = console): void {
  for (const method of ['debug', 'error', 'info', 'log', 'warn'] as const) {
    target[method] = (...values: unknown[]) => {
      log.info('A library wrote to the console', {
        'event.name': 'console',
        text: format(...values),
      });
    };
  }
}

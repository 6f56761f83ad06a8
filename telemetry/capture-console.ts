import { format } from 'node:util';
import type { Logger } from './logger.ts';

/**
 * Libraries that write to the console (Kysely does, for each query of a client that hung up) get a
 * log line like everything else: a log that is JSON only in good times cannot be read by machines. What
 * one prints as an error is an error here, too.
 */
export function captureConsole(log: Logger, target: Console = console): void {
  for (const [method, level] of LEVELS) {
    target[method] = (...values: unknown[]) => {
      log[level]('A library wrote to the console', {
        'event.name': 'console',
        text: format(...values),
      });
    };
  }
}

/** `trace` and `assert` call one of these. */
const LEVELS = [
  ['error', 'error'],
  ['warn', 'warn'],
  ['info', 'info'],
  ['log', 'info'],
  ['debug', 'debug'],
] as const;

/** The same for warnings of the runtime (a leak of listeners, say), which it prints by itself otherwise. */
export function captureWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (error) => {
    log.warn('The runtime warns', { 'event.name': 'process.warning', error });
  });
}

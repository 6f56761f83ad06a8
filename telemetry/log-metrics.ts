/** Apart from the logger, which knows the SDK's identity: dashboards import this without starting it. */
import { counter } from './metrics.ts';

export const logMessages = counter({
  name: 'log_messages_total',
  help: 'Log lines written, by level',
  labels: { level: ['fatal', 'error', 'warn', 'info', 'debug'] as const },
});

export const logLinesDropped = counter({
  name: 'log_lines_dropped_total',
  help: 'Log lines that a place for them did not take: its queue was full, it refused them, or the process ended',
  labels: { sink: ['stdout', 'file', 'otlp'] as const },
});

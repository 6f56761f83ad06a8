/** Apart from the logger, which knows the SDK's identity: dashboards import this without starting it. */
import { counter } from './metrics.ts';

export const logMessages = counter({
  name: 'log_messages_total',
  help: 'Log lines written, by level',
  labels: { level: ['error', 'warn', 'info', 'debug'] as const },
});

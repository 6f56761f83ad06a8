import { tracingChannel } from 'node:diagnostics_channel';
import { metrics } from '@opentelemetry/api';
import { attr } from './conventions.ts';

interface CommandContext {
  command: string;
  error?: unknown;
}

/**
 * Redis operations by time: the instrumentation makes spans only, so this listens to the channels
 * of ioredis itself. @returns stops listening
 */
export function observeRedis(): () => void {
  const duration = metrics
    .getMeter('sono-eval')
    .createHistogram('db.client.operation.duration', { unit: 's' });
  const started = new WeakMap<object, number>();
  const subscribers = {
    start: (context: unknown) => {
      started.set(context as object, performance.now());
    },
    asyncEnd: (context: unknown) => {
      const { command, error } = context as CommandContext;
      const start = started.get(context as object) ?? performance.now();
      duration.record((performance.now() - start) / 1000, {
        [attr.dbSystem]: 'redis',
        [attr.dbOperation]: command.toUpperCase(),
        ...(error instanceof Error ? { [attr.errorType]: error.name } : {}),
      });
    },
  };
  const channel = tracingChannel('ioredis:command');
  channel.subscribe(subscribers);
  return () => channel.unsubscribe(subscribers);
}

import { tracingChannel } from 'node:diagnostics_channel';
import { metrics } from '@opentelemetry/api';
import { attr } from './conventions.ts';
import { activeTimes, type Times } from './request-times.ts';

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
  const started = new WeakMap<object, { at: number; times: Times | undefined }>();
  const subscribers = {
    start: (context: unknown) => {
      started.set(context as object, { at: performance.now(), times: activeTimes() });
    },
    asyncEnd: (context: unknown) => {
      const { command, error } = context as CommandContext;
      const { at = performance.now(), times } = started.get(context as object) ?? {};
      const ms = performance.now() - at;
      if (times !== undefined) times.redis += ms;
      duration.record(ms / 1000, {
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

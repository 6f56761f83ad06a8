import { limit } from '#grafana/thresholds.ts';
import { duration, percent } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

export const runtime: RuleFile = {
  name: 'runtime',
  about: 'The process: event loop, memory, files.',
  groups: {
    alerts: [
      alert('EventLoopLagHigh', {
        expr: `nodejs_eventloop_lag_p99_seconds ${limit('EventLoopLagHigh')}`,
        for: '10m',
        cause: 'runtime',
        summary: 'The event loop of {{ $labels.instance }} is late',
        description: `
            One timer in a hundred of {{ $labels.instance }} was late by ${duration} or more.`,
        dashboard: 'runtime',
      }),
      alert('EventLoopSaturated', {
        expr: `nodejs_eventloop_utilization_ratio ${limit('EventLoopSaturated')}`,
        for: '5m',
        cause: 'runtime',
        summary: 'The event loop of {{ $labels.instance }} has no time left',
        description: `
            {{ $labels.instance }} was busy ${percent} of the time between the last two scrapes.`,
        dashboard: 'runtime',
      }),
      alert('HeapNearLimit', {
        expr: `nodejs_heap_size_used_bytes / nodejs_heap_limit_bytes ${limit('HeapNearLimit')}`,
        for: '10m',
        cause: 'runtime',
        summary: '{{ $labels.instance }} is about to run out of heap',
        description: `
            {{ $labels.instance }} uses ${percent} of the heap that
            V8 allows; at 100 % the process dies.`,
        dashboard: 'runtime',
      }),
      alert('GcPressure', {
        // Of the processes that one scrape adds up, each may spend so much.
        expr: `sum by (job, instance) (rate(nodejs_gc_duration_seconds_sum[5m])) / on (job, instance) app_processes ${limit('GcPressure')}`,
        for: '10m',
        cause: 'runtime',
        summary: '{{ $labels.instance }} spends its time on garbage collection',
        description: `
            Garbage collection took ${percent} of the last 5 minutes of {{ $labels.instance }}.`,
        dashboard: 'runtime',
      }),
      alert('FileDescriptorsNearLimit', {
        expr: `process_open_fds / process_max_fds ${limit('FileDescriptorsNearLimit')}`,
        for: '10m',
        cause: 'runtime',
        summary: '{{ $labels.instance }} is about to run out of file descriptors',
        description: `
            {{ $labels.instance }} has ${percent} of its file
            descriptors open.`,
        dashboard: 'runtime',
      }),
    ],
  },
};

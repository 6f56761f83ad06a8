import assert from 'node:assert/strict';
import { context, trace, TraceFlags, type Span } from '@opentelemetry/api';
import type { LogFields } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import {
  circuitBreakerEvents,
  guardedEvents,
  observeBulkhead,
  observeCircuitBreakers,
} from '#src/resilience/circuit-breaker/metrics.ts';
import { breakerNames } from '#src/resilience/circuit-breaker/breaker-policies.ts';
import { createGuarded } from '#src/resilience/circuit-breaker/guarded.ts';
import { fakeClock } from './fake-breaker.ts';

const scrape = async () => (await renderMetrics('text/plain')).body.split('\n');
const valueOf = (lines: string[], series: string) => {
  const line = lines.find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

describe('metrics, logs and traces of circuit breakers', () => {
  let lines: { level: string; fields: LogFields }[];
  let clock: ReturnType<typeof fakeClock>;
  let breakers: ReturnType<typeof createCircuitBreakers>;
  let stopObserving: () => void;
  const to =
    (level: string) =>
    (_: string, fields: LogFields = {}) =>
      void lines.push({ level, fields });
  const log = {
    debug: to('debug'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
    child: () => log,
  };
  beforeEach(() => {
    lines = [];
    clock = fakeClock();
    breakers = createCircuitBreakers({
      clock,
      now: () => new Date(clock.now()),
      random: () => 0,
      events: circuitBreakerEvents({ log }),
    });
    stopObserving = observeCircuitBreakers(breakers);
  });
  afterEach(() => stopObserving());
  const down = new Error('down');
  const fail = (breaker: { execute: (work: () => Promise<never>) => Promise<never> }) =>
    breaker.execute(() => Promise.reject(down)).catch(() => undefined);

  it('have every child from the start', async () => {
    const text = await scrape();
    for (const name of breakerNames) {
      for (const series of [
        `circuit_breaker_state{name="${name}"}`,
        `circuit_breaker_failure_ratio{name="${name}"}`,
        `circuit_breaker_calls_total{name="${name}",outcome="rejected"}`,
        `circuit_breaker_transitions_total{name="${name}",from="closed",to="open",reason="failures_in_row"}`,
        `bulkhead_in_flight{name="${name}"}`,
        `bulkhead_rejected_total{name="${name}"}`,
        `retry_attempts_total{name="${name}",outcome="success"}`,
      ]) {
        assert.notEqual(valueOf(text, series), undefined, series);
      }
    }
  });

  it('show states, transitions, calls and times, and of hosts the worst under one name', async () => {
    const before = await scrape();
    const counted = `circuit_breaker_calls_total{name="webhook",outcome="failure"}`;
    const opened = `circuit_breaker_transitions_total{name="webhook",from="closed",to="open",reason="failures_in_row"}`;
    const timed = `circuit_breaker_call_duration_seconds_count{name="webhook",outcome="failure"}`;
    const of = breakers.family('webhook');
    await of('good.example').execute(() => Promise.resolve(1));
    for (let i = 0; i < 5; i += 1) await fail(of('dead.example'));
    let after = await scrape();
    const grown = (series: string) =>
      (valueOf(after, series) ?? 0) - (valueOf(before, series) ?? 0);
    assert.deepEqual([counted, opened, timed].map(grown), [5, 1, 5]);
    assert.equal(valueOf(after, 'circuit_breaker_state{name="webhook"}'), 2);
    assert.equal(valueOf(after, 'circuit_breaker_failure_ratio{name="webhook"}'), 1);
    assert.equal(
      valueOf(after, 'circuit_breaker_last_transition_timestamp_seconds{name="webhook"}'),
      clock.now() / 1000,
    );
    clock.pass(60_000);
    after = await scrape();
    assert.equal(valueOf(after, 'circuit_breaker_state{name="webhook"}'), 1);
  });

  it('gain no series from ten thousand hosts', async () => {
    const count = async () => (await scrape()).filter((line) => line.startsWith('circuit_')).length;
    const of = breakers.family('webhook');
    await of('first.example').execute(() => 1);
    const before = await count();
    for (let i = 0; i < 10_000; i += 1) await of(`host-${i}.example`).execute(() => 1);
    assert.equal(await count(), before);
  });

  it('show bulkheads and retries', async () => {
    const breaker = breakers.getOrCreate('job_queue');
    const guarded = createGuarded({
      breaker,
      timeoutMs: 1000,
      bulkhead: { limit: 1, queue: 1 },
      random: () => 0,
      events: guardedEvents(),
    });
    const stop = observeBulkhead(guarded);
    const gate = Promise.withResolvers<void>();
    const calls = Array.from({ length: 3 }, () => guarded.execute(() => gate.promise));
    const text = await scrape();
    assert.equal(valueOf(text, 'bulkhead_in_flight{name="job_queue"}'), 1);
    assert.equal(valueOf(text, 'bulkhead_queue_size{name="job_queue"}'), 1);
    gate.resolve();
    assert.equal(
      (await Promise.allSettled(calls)).filter((c) => c.status === 'rejected').length,
      1,
    );
    assert.equal(valueOf(await scrape(), 'bulkhead_rejected_total{name="job_queue"}'), 1);
    stop();
  });

  it('tell the story of an incident in order, and nothing of each rejection', async () => {
    const breaker = breakers.getOrCreate('postgres_service');
    for (let i = 0; i < 20; i += 1) await fail(breaker);
    clock.pass(60_000);
    await breaker.execute(() => 1);
    await breaker.execute(() => 1);
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields['event.name'], fields['to'], fields.error]),
      [
        ['warn', 'circuit_breaker.first_failure', undefined, down],
        ['warn', 'circuit_breaker.state_change', 'open', down],
        ['warn', 'circuit_breaker.state_change', 'half_open', undefined],
        ['info', 'circuit_breaker.state_change', 'closed', undefined],
      ],
    );
  });

  it('put the change on the span at hand, and the refusal as its error', async () => {
    const events: unknown[] = [];
    const attributes: Record<string, unknown> = {};
    const span = {
      addEvent: (name: string, values: object) => events.push([name, values]),
      setAttribute: (name: string, value: unknown) => (attributes[name] = value),
      spanContext: () => ({
        traceId: '1'.repeat(32),
        spanId: '2'.repeat(16),
        traceFlags: TraceFlags.SAMPLED,
      }),
    } as unknown as Span;
    const breaker = breakers.getOrCreate('redis_service');
    await context.with(trace.setSpan(context.active(), span), async () => {
      for (let i = 0; i < 5; i += 1) await fail(breaker);
      assert.deepEqual(attributes, {});
      await fail(breaker);
    });
    assert.deepEqual(attributes, { 'error.type': 'circuit_open' });
    assert.deepEqual(events, [
      [
        'circuit_breaker.state_change',
        { name: 'redis_service', from: 'closed', to: 'open', reason: 'failures_in_row' },
      ],
    ]);
  });
});

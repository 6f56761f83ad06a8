import assert from 'node:assert/strict';
import { context, trace, TraceFlags, type Span } from '@opentelemetry/api';
import type { LogFields } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import {
  circuitBreakerEvents,
  observeCircuitBreakers,
} from '#src/resilience/circuit-breaker/metrics.ts';
import { fakeClock } from './fake-breaker.ts';

const scrape = async () => (await renderMetrics('text/plain')).body.split('\n');
const valueOf = (lines: string[], series: string) => {
  const line = lines.find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

const limiter = { name: 'redis_rate_limit', dependency: 'redis' } as const;

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

  it('have every child from the registration on', async () => {
    const name = 'newly_registered';
    const series = [
      `circuit_breaker_state{name="${name}"}`,
      `circuit_breaker_failure_ratio{name="${name}"}`,
      `circuit_breaker_calls_total{name="${name}",outcome="rejected"}`,
      `circuit_breaker_transitions_total{name="${name}",from="closed",to="open",reason="failures_in_row"}`,
    ];
    const before = await scrape();
    assert.deepEqual(
      series.filter((one) => valueOf(before, one) !== undefined),
      [],
    );
    breakers.register({ name, dependency: 'redis' });
    const after = await scrape();
    assert.deepEqual(
      series.map((one) => valueOf(after, one)),
      [0, 0, 0, 0],
    );
  });

  it('show states, transitions, calls and times', async () => {
    const breaker = breakers.register(limiter);
    const name = 'redis_rate_limit';
    const before = await scrape();
    const counted = `circuit_breaker_calls_total{name="${name}",outcome="failure"}`;
    const opened = `circuit_breaker_transitions_total{name="${name}",from="closed",to="open",reason="failures_in_row"}`;
    const timed = `circuit_breaker_call_duration_seconds_count{name="${name}",outcome="failure"}`;
    for (let i = 0; i < 5; i += 1) await fail(breaker);
    let after = await scrape();
    const grown = (series: string) =>
      (valueOf(after, series) ?? 0) - (valueOf(before, series) ?? 0);
    assert.deepEqual([counted, opened, timed].map(grown), [5, 1, 5]);
    assert.equal(valueOf(after, `circuit_breaker_state{name="${name}"}`), 2);
    assert.equal(valueOf(after, `circuit_breaker_failure_ratio{name="${name}"}`), 1);
    assert.equal(
      valueOf(after, `circuit_breaker_last_transition_timestamp_seconds{name="${name}"}`),
      clock.now() / 1000,
    );
    clock.pass(60_000);
    after = await scrape();
    assert.equal(valueOf(after, `circuit_breaker_state{name="${name}"}`), 1);
  });

  it('tell the story of an incident in order, and nothing of each rejection', async () => {
    const breaker = breakers.register({ name: 'postgres_service', dependency: 'postgresql' });
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

  it('put the change on the span at hand, and who refused, which is no error by itself', async () => {
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
    const breaker = breakers.register({ name: 'redis_service', dependency: 'redis' });
    await context.with(trace.setSpan(context.active(), span), async () => {
      for (let i = 0; i < 5; i += 1) await fail(breaker);
      assert.deepEqual(attributes, {});
      await fail(breaker);
    });
    assert.deepEqual(attributes, { 'circuit_breaker.name': 'redis_service' });
    assert.deepEqual(events, [
      [
        'circuit_breaker.state_change',
        { name: 'redis_service', from: 'closed', to: 'open', reason: 'failures_in_row' },
      ],
    ]);
  });
});

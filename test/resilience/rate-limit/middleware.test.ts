import assert from 'node:assert/strict';
import { trace as api } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { parseList } from 'structured-headers';
import { AppError, CircuitOpenError } from '#src/errors.ts';
import type { Middleware } from '#src/http/request/context.ts';
import type { Overload } from '#src/http/server/overload.ts';
import { problems } from '#src/http/problems.ts';
import { trace } from '#src/http/request/trace.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { observeRateLimiter, rateLimitEvents } from '#src/resilience/rate-limit/metrics.ts';
import { limitByAddress } from '#src/resilience/rate-limit/middleware.ts';
import { createPolicySet, type Policy } from '#src/resilience/rate-limit/policy.ts';
import type { Guard } from '#src/resilience/rate-limit/batches.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import type { RedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import { RedisError } from '#src/storage/redis/errors.ts';
import { createLogger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { Writable } from 'node:stream';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { alone, policy } from './subjects.ts';

const quiet: RedisStore = {
  take: () => Promise.reject(new RedisError(new Error('Connection is closed.'))),
  reset: () => Promise.resolve(),
  resetAgeMs: () => Promise.resolve(null),
};

/** The middleware on a real server, on a clock of the test's. */
async function limited(
  policies: Policy[],
  options: {
    redis?: RedisStore;
    guard?: Guard;
    cost?: number;
    together?: Overload['together'];
  } = {},
) {
  const clock = { now: 0 };
  const lines: Record<string, unknown>[] = [];
  const spans: ReadableSpan[] = [];
  const log = createLogger({
    level: 'info',
    serviceVersion: '0',
    environment: 'testing',
    stream: new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    }),
  });
  const set = createPolicySet(policies, 1);
  const subjects = createSubjects({
    secret: 'test',
    policies: { v4: set, v6: set },
    trustedProxies: ['127.0.0.1'],
  });
  const events = rateLimitEvents({ log, monotonicMs: () => clock.now });
  const memory = createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} });
  const limiter = createRateLimiter({
    memory,
    redis: options.redis ?? null,
    guard: options.guard ?? ((work) => work()),
    events,
    monotonicMs: () => clock.now,
  });
  const stopObserving = observeRateLimiter({ limiter, memory, subjects });
  const { cost = 1, together = alone } = options;
  const spy: Middleware = (_ctx, next) => {
    spans.push(api.getActiveSpan() as unknown as ReadableSpan);
    return next();
  };
  const handler: Middleware = (ctx) => {
    if (ctx.path === '/missing') throw new AppError('NOT_FOUND', 'No.');
    ctx.body = 'ok';
  };
  const app: Served = await serve(
    trace({ factsOf: (_, path) => factsAt(path === '/x' ? '/x' : 'unmatched', { cost }) }),
    problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
    spy,
    limitByAddress({
      limiter,
      subjects,
      authenticated: false,
      onRefused: events.refused,
      together,
    }),
    handler,
  );
  const ask = async (path = '/x', client = '203.0.113.5', init: RequestInit = {}) => {
    const response = await fetch(app.url + path, {
      ...init,
      headers: { 'X-Forwarded-For': client },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, span: spans.at(-1) };
  };
  const close = () => {
    stopObserving();
    return app.close();
  };
  return { clock, lines, ask, close };
}

const two = [
  policy({ name: 'minute', quota: 3, windowMs: 60_000 }),
  policy({ name: 'hour', quota: 5, windowMs: 3_600_000 }),
];

async function metric(line: string): Promise<number> {
  const { body } = await renderMetrics(undefined);
  const found = body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? Number.NaN);
}

describe('a limited request', () => {
  let app: Awaited<ReturnType<typeof limited>>;
  beforeEach(async () => {
    app = await limited(two);
  });
  afterEach(() => app.close());

  it('carries the headers, of the policy nearest exhaustion, on every answer', async () => {
    for (const [path, remaining] of [
      ['/x', '2'],
      ['/missing', '1'],
    ] as const) {
      const { headers } = await app.ask(path);
      assert.equal(headers.get('x-ratelimit-limit'), '3');
      assert.equal(headers.get('x-ratelimit-remaining'), remaining);
      assert.equal(headers.get('x-ratelimit-reset'), '60');
      assert.equal(headers.get('x-ratelimit-backend'), 'memory');
      assert.equal(headers.get('retry-after'), null);
    }
  });

  it('carries structured fields as the draft wants them', async () => {
    const { headers } = await app.ask();
    const policies = parseList(headers.get('ratelimit-policy') ?? '');
    assert.deepEqual(
      policies.map(([name, parameters]) => [name, ...parameters]),
      [
        ['minute', ['q', 3], ['w', 60]],
        ['hour', ['q', 5], ['w', 3600]],
      ],
    );
    const [item] = parseList(headers.get('ratelimit') ?? '');
    assert.deepEqual([item?.[0], ...(item?.[1] ?? [])], ['minute', ['r', 2], ['t', 60]]);
  });

  it('is refused over the quota with a problem that says when and why, and let in then', async () => {
    for (let i = 0; i < 3; i += 1) assert.equal((await app.ask()).status, 200);
    app.clock.now += 12_345;
    const { status, headers, text } = await app.ask();
    assert.equal(status, 429);
    assert.equal(headers.get('retry-after'), '48');
    assert.equal(headers.get('x-ratelimit-reset'), '48');
    assert.equal(headers.get('x-ratelimit-remaining'), '0');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('content-type') ?? '', /problem\+json/);
    const problem = JSON.parse(text) as Record<string, unknown>;
    assert.equal(problem['error_code'], 'RATE_LIMIT_EXCEEDED');
    assert.equal(problem['retry_after'], 48);
    assert.deepEqual(problem['violated_policies'], ['minute']);
    assert.equal((await app.ask('/x', '203.0.113.6')).status, 200);
    app.clock.now += 48_000;
    assert.equal((await app.ask()).status, 200);
  });

  it('counts also when no route matches, and never when it is a preflight', async () => {
    for (let i = 0; i < 3; i += 1) await app.ask('/nowhere');
    assert.equal((await app.ask('/nowhere')).status, 429);
    const { status, headers } = await app.ask('/x', '203.0.113.5', { method: 'OPTIONS' });
    assert.notEqual(status, 429);
    assert.equal(headers.get('x-ratelimit-limit'), null);
  });

  it('says on the server span what was decided, and not about whom', async () => {
    const { span } = await app.ask();
    const attributes = span?.attributes ?? {};
    assert.deepEqual(
      ['result', 'policy', 'source', 'remaining'].map((name) => attributes[`rate_limit.${name}`]),
      ['admitted', 'minute', 'insurance', 2],
    );
    for (let i = 0; i < 3; i += 1) await app.ask();
    const refused = (await app.ask()).span;
    assert.deepEqual(
      refused?.events.map(({ name }) => name),
      ['rate_limit.limited'],
    );
    assert.doesNotMatch(
      JSON.stringify([attributes, refused?.attributes, refused?.events]),
      /203\.0/,
    );
  });

  it('logs the first refusal of a subject in a window, then one in a hundred, by hash', async () => {
    for (let i = 0; i < 3 + 250; i += 1) await app.ask();
    const lines = app.lines.filter((line) => line['event.name'] === 'rate_limit.limited');
    assert.deepEqual(
      lines.map(({ denied, policy, route }) => [denied, policy, route]),
      [
        [1, 'minute', '/x'],
        [100, 'minute', '/x'],
        [200, 'minute', '/x'],
      ],
    );
    assert.match(String(lines[0]?.['rate_limit.subject']), /^[\w-]{22}$/);
    assert.doesNotMatch(JSON.stringify(app.lines), /203\.0/);
    app.clock.now += 60_000;
    for (let i = 0; i < 3; i += 1) await app.ask();
    const hour = app.lines.filter((line) => line['policy'] === 'hour');
    assert.equal(hour.length, 1);
  });

  it('is counted by route, policy, decision and source', async () => {
    const names = {
      allowed:
        'rate_limiter_decisions_total{policy="minute",decision="allowed",source="insurance"}',
      limited:
        'rate_limiter_decisions_total{policy="minute",decision="limited",source="insurance"}',
      hour: 'rate_limiter_decisions_total{policy="hour",decision="limited",source="insurance"}',
      refused: 'http_requests_limited_total{route="/x",policy="minute",reason="quota"}',
      full: 'rate_limiter_utilization_ratio_bucket{policy="minute",le="0.5"}',
      checks: 'rate_limiter_check_duration_seconds_count{backend="memory"}',
    };
    const read = async () => Object.values(await Promise.all(Object.values(names).map(metric)));
    await app.ask('/x', '203.0.113.99');
    const before = await read();
    for (let i = 0; i < 5; i += 1) await app.ask();
    const after = await read();
    const grown = after.map((value, i) => value - (Number(before[i]) || 0));
    assert.deepEqual(grown, [3, 2, 0, 2, 1, 5]);
    assert.equal(await metric('rate_limiter_local_entries{kind="window"}'), 4);
    assert.equal(await metric('rate_limiter_fallback_active'), 0);
  });
});

describe('a limited request whose limit others decide', () => {
  for (const [store, redis, waits] of [
    ['Redis', quiet, 1],
    ['memory', undefined, 0],
  ] as const) {
    it(`waits together with others ${waits} times where that is ${store}`, async () => {
      const asked: string[] = [];
      const together: Overload['together'] = (request, wait) => {
        asked.push(request.url ?? '');
        return wait();
      };
      const app = await limited(two, { together, ...(redis && { redis }) });
      assert.equal((await app.ask()).status, 200);
      assert.deepEqual(asked, Array<string>(waits).fill('/x'));
      await app.close();
    });
  }
});

describe('a limited request about which Redis was asked', () => {
  it('is among the times of such checks, with its trace as the example of a bucket', async () => {
    const counted = () => metric('rate_limiter_check_duration_seconds_count{backend="redis"}');
    const app = await limited(two, { redis: quiet });
    const before = (await counted()) || 0;
    const { span } = await app.ask();
    assert.equal(await counted(), before + 1);
    const { body } = await renderMetrics('application/openmetrics-text');
    const traceId = span?.spanContext().traceId;
    const bucket = /^rate_limiter_check_duration_seconds_bucket\{.*backend="redis".*$/gm;
    assert.ok(body.match(bucket)?.some((line) => line.includes(`trace_id="${traceId}"`)));
    await app.close();
  });
});

describe('policies', () => {
  it('have every series of every limited route at 0 from the start, and none before', async () => {
    const registered = policy({ name: 'test_login', quota: 5, windowMs: 60_000 });
    const series = [
      'rate_limiter_decisions_total{policy="test_login",decision="allowed",source="redis"}',
      'rate_limiter_decisions_total{policy="test_login",decision="error",source="none"}',
      'http_requests_limited_total{route="unmatched",policy="test_login",reason="quota"}',
      'http_requests_limited_total{route="/limited-test",policy="test_login",reason="quota"}',
      'rate_limiter_utilization_ratio_count{policy="test_login"}',
    ];
    const read = async () => {
      const lines = (await renderMetrics('text/plain')).body.split('\n');
      return series.map((name) => lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
    };
    assert.deepEqual(await read(), [undefined, undefined, undefined, undefined, undefined]);
    const silent = () => {};
    const log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
    const events = rateLimitEvents({ log, monotonicMs: () => 0 });
    events.registered([registered]);
    events.refusable(['/limited-test']);
    assert.deepEqual(await read(), ['0', '0', '0', '0', '0']);
  });
});

describe('a limited request of several units', () => {
  it('is charged what it costs, and free when it costs nothing', async () => {
    const app = await limited(two, { cost: 2 });
    assert.equal((await app.ask()).headers.get('x-ratelimit-remaining'), '1');
    assert.equal((await app.ask()).status, 429);
    await app.close();
    const free = await limited(two, { cost: 0 });
    const { status, headers } = await free.ask();
    assert.deepEqual([status, headers.get('x-ratelimit-limit')], [200, null]);
    await free.close();
  });
});

describe('a request in shadow mode', () => {
  it('is admitted, counted and logged', async () => {
    const app = await limited([policy({ quota: 2, windowMs: 60_000, mode: 'shadow' })]);
    const name =
      'rate_limiter_decisions_total{policy="minute",decision="shadow_limited",source="insurance"}';
    const before = await metric(name);
    for (let i = 0; i < 5; i += 1) {
      const { status, headers } = await app.ask();
      assert.deepEqual([status, headers.get('retry-after')], [200, null]);
    }
    assert.equal((await metric(name)) - before, 3);
    assert.equal(app.lines.length, 1);
    assert.equal(app.lines[0]?.['mode'], 'shadow');
    await app.close();
  });
});

describe('a request while Redis is away', () => {
  it('is never refused because of the error', async () => {
    const app = await limited(two, { redis: quiet });
    for (let i = 0; i < 3; i += 1) {
      const { status, headers } = await app.ask();
      assert.deepEqual(
        [status, headers.get('x-ratelimit-backend'), headers.get('x-ratelimit-limit')],
        [200, 'memory', '3'],
      );
    }
    assert.equal(await metric('rate_limiter_fallback_active'), 1);
    const events = app.lines.map((line) => [line['event.name'], line['reason']]);
    assert.deepEqual(events, [['rate_limit.degraded', 'connection']]);
    await app.close();
  });

  it('is 503 with Retry-After where a policy must not be guessed', async () => {
    const refuse = new CircuitOpenError('redis_rate_limit', 'redis', 2300);
    const app = await limited([policy({ quota: 5, windowMs: 60_000, onStoreError: 'deny' })], {
      redis: quiet,
      guard: () => Promise.reject(refuse),
    });
    const { status, headers, text } = await app.ask();
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '3');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(text, /SERVICE_UNAVAILABLE/);
    await app.close();
  });
});

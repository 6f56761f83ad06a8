import assert from 'node:assert/strict';
import type { LogFields } from '#telemetry/logger.ts';
import { bodySchema } from '#src/http/routing/route.ts';
import { circuitBreakerAdminRoutes } from '#src/resilience/circuit-breaker/admin-routes.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import type { OperatorAction } from '#src/http/request/operator-action.ts';
import type { RequestContext } from '#src/http/request/context.ts';
import { fakeClock } from './fake-breaker.ts';

function setUp() {
  const clock = fakeClock();
  const breakers = createCircuitBreakers({
    clock,
    now: () => new Date(clock.now()),
    random: () => 0,
  });
  const audit: LogFields[] = [];
  const quiet = () => {};
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (_: string, fields?: LogFields) => void audit.push(fields ?? {}),
    child: () => log,
  };
  const actions: OperatorAction[] = [];
  const recorded = (action: OperatorAction) => {
    actions.push(action);
    return action.details?.['reason'] === 'unrecorded'
      ? Promise.reject(new Error('full'))
      : Promise.resolve();
  };
  const [route] = circuitBreakerAdminRoutes({
    breakers,
    log,
    record: (_, action) => recorded(action),
  });
  assert.ok(route);
  const schema = bodySchema(route);
  const post = (name: string, body: unknown) => {
    const parsed = schema?.safeParse(body);
    if (parsed?.success !== true) return 'refused';
    const ctx = {} as RequestContext;
    return route.handle({ params: { name }, query: {}, body: parsed.data, ctx });
  };
  return { breakers, clock, audit, actions, post, route };
}

const reason = 'database moves';
const cache = { name: 'redis_service', dependency: 'redis' } as const;

describe('POST /api/v1/admin/circuit-breakers/:name', () => {
  it('forces a breaker open for a time, says so, and leaves a line for the audit', async () => {
    const { breakers, clock, audit, post, route } = setUp();
    const breaker = breakers.register({ name: 'postgres_service', dependency: 'postgresql' });
    const answer = await post('postgres_service', {
      state: 'forced_open',
      ttl_seconds: 60,
      reason,
    });
    assert.ok(typeof answer === 'object');
    assert.equal(answer.status, 200);
    assert.ok(route.responses[200]?.schema?.parse(answer.body));
    assert.deepEqual(breaker.status().forced, {
      reason,
      until: new Date(clock.now() + 60_000).toISOString(),
    });
    await assert.rejects(
      breaker.execute(() => 1),
      { code: 'CIRCUIT_OPEN' },
    );
    assert.deepEqual(audit, [
      {
        'event.name': 'circuit_breaker.forced',
        name: 'postgres_service',
        from: 'closed',
        to: 'forced_open',
        ttl_seconds: 60,
        reason,
        always: true,
      },
    ]);
    clock.pass(60_000);
    assert.equal(await breaker.execute(() => 1), 1);
  });

  it('disables a breaker, and gives it back', async () => {
    const { breakers, post } = setUp();
    const breaker = breakers.register(cache);
    await post('redis_service', { state: 'disabled', ttl_seconds: 60, reason });
    assert.equal(breaker.status().state, 'disabled');
    await post('redis_service', { state: 'auto', ttl_seconds: 60, reason });
    assert.equal(breaker.status().state, 'closed');
    await post('redis_service', { state: 'auto', reason });
    assert.equal(breaker.status().state, 'closed');
  });

  it('wants a time and a reason, and knows no other state', () => {
    const { breakers, post } = setUp();
    breakers.register(cache);
    const good = { state: 'forced_open', ttl_seconds: 60, reason };
    for (const wrong of [
      { state: 'open' },
      { ttl_seconds: undefined },
      { ttl_seconds: 0 },
      { ttl_seconds: 86_401 },
      { ttl_seconds: 1.5 },
      { ttl_seconds: '60' },
      { reason: undefined },
      { reason: '  ' },
      { reason: 'x'.repeat(501) },
      { more: 1 },
    ]) {
      assert.equal(post('redis_service', { ...good, ...wrong }), 'refused', JSON.stringify(wrong));
    }
    assert.equal(breakers.get('redis_service')?.status().state, 'closed');
  });

  it('does what is in the audit log, and nothing that cannot be written there', async () => {
    const { breakers, post, actions } = setUp();
    breakers.register(cache);
    const force = { state: 'forced_open', ttl_seconds: 60 };
    await assert.rejects(async () => post('redis_service', { ...force, reason: 'unrecorded' }));
    assert.equal(breakers.get('redis_service')?.status().state, 'closed');
    await post('redis_service', { ...force, reason });
    const details = { state: 'forced_open', ttl_seconds: 60, reason };
    assert.deepEqual(actions.at(-1), {
      action: 'circuit_breaker.forced',
      target: 'redis_service',
      details,
    });
  });

  it('is 404 for a breaker that does not exist', async () => {
    const { post, actions } = setUp();
    await assert.rejects(async () => post('nobody', { state: 'auto', reason }), {
      code: 'NOT_FOUND',
    });
    assert.deepEqual(actions, []);
  });
});

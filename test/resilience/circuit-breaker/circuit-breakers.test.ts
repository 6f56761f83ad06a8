import assert from 'node:assert/strict';
import {
  createCircuitBreakers,
  describeTrouble,
} from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import { fakeClock } from './fake-breaker.ts';

const create = () => {
  const clock = fakeClock();
  return createCircuitBreakers({ clock, now: () => new Date(clock.now()), random: () => 0 });
};

describe('circuit breakers by name', () => {
  const database = { name: 'postgres_service', dependency: 'postgresql' } as const;
  const cache = { name: 'redis_service', dependency: 'redis' } as const;
  const limiter = { name: 'redis_rate_limit', dependency: 'redis' } as const;

  it('are made once, and registering with another policy is an error', () => {
    const breakers = create();
    const classify = () => 'failure' as const;
    const first = breakers.register({ ...database, openMs: 500, classify });
    assert.equal(breakers.register({ ...database, classify, openMs: 500 }), first);
    for (const other of [
      {},
      { openMs: 501, classify },
      { openMs: 500 },
      { openMs: 500, classify, dependency: 'redis' as const },
    ]) {
      assert.throws(() => breakers.register({ ...database, ...other }), /another policy/);
    }
    assert.equal(breakers.get('postgres_service'), first);
    assert.equal(breakers.get('unknown'), undefined);
  });

  it('have the defaults of the deployment guide', async () => {
    const { options } = create().register(cache);
    const { failuresInRow, failureRatio, minimumCalls, windowMs, successesToClose, openMs } =
      options;
    assert.deepEqual(
      [failuresInRow, failureRatio, minimumCalls, windowMs, successesToClose, openMs],
      [5, 0.5, 20, 10_000, 2, 60_000],
    );
  });

  it('tell how each stands', async () => {
    const breakers = create();
    const breaker = breakers.register(cache);
    breakers.register(limiter).force('disabled', 1000, 'test');
    for (let i = 0; i < 5; i += 1) {
      await breaker.execute(() => Promise.reject(new Error('x'))).catch(() => undefined);
    }
    assert.deepEqual(breakers.getStatus(), {
      redis_service: {
        state: 'open',
        since: new Date(1_000_000).toISOString(),
        failure_ratio: 1,
        calls: 5,
        failures_in_row: 0,
        next_probe_at: new Date(1_060_000).toISOString(),
        cause: 'Error: x',
        forced: null,
      },
      redis_rate_limit: {
        state: 'disabled',
        since: new Date(1_000_000).toISOString(),
        failure_ratio: 0,
        calls: 0,
        failures_in_row: 0,
        next_probe_at: null,
        cause: null,
        forced: { reason: 'test', until: new Date(1_001_000).toISOString() },
      },
    });
    assert.equal(
      describeTrouble(breakers.getStatus()),
      'redis_service is open, redis_rate_limit is disabled',
    );
    assert.equal(describeTrouble(create().getStatus()), null);
  });
});

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
  it('are made once, and asking with other options is an error', () => {
    const breakers = create();
    const classify = () => 'failure' as const;
    const first = breakers.getOrCreate('postgres_service', { openMs: 500, classify });
    assert.equal(breakers.getOrCreate('postgres_service', { classify, openMs: 500 }), first);
    for (const other of [{}, { openMs: 501, classify }, { openMs: 500 }]) {
      assert.throws(() => breakers.getOrCreate('postgres_service', other), /other options/);
    }
    assert.equal(breakers.get('postgres_service'), first);
    assert.equal(breakers.get('unknown'), undefined);
  });

  it('have the defaults of the deployment guide', async () => {
    const { options } = create().getOrCreate('x');
    const { failuresInRow, failureRatio, minimumCalls, windowMs, successesToClose, openMs } =
      options;
    assert.deepEqual(
      [failuresInRow, failureRatio, minimumCalls, windowMs, successesToClose, openMs],
      [5, 0.5, 20, 10_000, 2, 60_000],
    );
  });

  it('tell how each stands', async () => {
    const breakers = create();
    const breaker = breakers.getOrCreate('redis_service');
    breakers.getOrCreate('job_queue').force('disabled', 1000, 'test');
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
        forced: null,
      },
      job_queue: {
        state: 'disabled',
        since: new Date(1_000_000).toISOString(),
        failure_ratio: 0,
        calls: 0,
        failures_in_row: 0,
        next_probe_at: null,
        forced: { reason: 'test', until: new Date(1_001_000).toISOString() },
      },
    });
    assert.equal(
      describeTrouble(breakers.getStatus()),
      'redis_service is open, job_queue is disabled',
    );
    assert.equal(describeTrouble(create().getStatus()), null);
  });

  it('of hosts are bounded: the least recently used goes, but not the one that is open', async () => {
    const breakers = create();
    const of = breakers.family('webhook', {}, 3);
    const dead = of('dead.example');
    for (let i = 0; i < 5; i += 1) {
      await dead.execute(() => Promise.reject(new Error('x'))).catch(() => undefined);
    }
    const a = of('a.example');
    of('b.example');
    assert.equal(of('a.example'), a);
    of('c.example');
    assert.deepEqual(Object.keys(breakers.getStatus()), [
      'webhook:dead.example',
      'webhook:a.example',
      'webhook:c.example',
    ]);
    assert.equal(of('dead.example'), dead);
    assert.equal(breakers.get('webhook:dead.example'), dead);
    assert.equal(breakers.get('webhook:[::1]:8080'), undefined);
    for (let i = 0; i < 10_000; i += 1) of(`${i}.example`);
    assert.equal(Object.keys(breakers.getStatus()).length, 3);
  });
});

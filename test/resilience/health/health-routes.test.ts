import assert from 'node:assert/strict';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

describe('status routes', () => {
  const componentNames = [
    'assessment',
    'memory',
    'tagging',
    'database',
    'redis',
    'filesystem',
    'circuit_breakers',
  ];
  const quotas = { RATE_LIMIT_PER_MINUTE: '70', RATE_LIMIT_PER_HOUR: '2000' };
  const service = testService(quotas);
  // The engine has two seconds for a probe, which a busy machine may not give it each time.
  const whenHealthy = async (path: string, statusOf: (json: Answer['json']) => unknown) => {
    let answer = await service.get(path);
    await until(async () => {
      answer = await service.get(path);
      return statusOf(answer.json) === 'healthy';
    });
    return answer;
  };

  it('answers liveness, readiness and health with all seven components', async () => {
    assert.equal((await service.get('/api/v1/status/liveness')).json.status, 'alive');
    const readiness = await service.get('/api/v1/status/readiness');
    assert.equal(readiness.status, 200);
    assert.equal(readiness.json.status, 'ready');
    for (const path of ['/health', '/api/v1/health']) {
      const { status, json, headers } = await whenHealthy(path, (health) => health.status);
      assert.equal(status, 200, path);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.deepEqual(Object.keys(json.components), componentNames);
      assert.equal(json.components.redis, 'disabled');
      assert.equal(json.components.database, 'operational');
    }
  });

  it('shows details on /api/v1/health and not on /health', async () => {
    assert.ok((await service.get('/api/v1/health')).json.details.database.duration_ms >= 0);
    assert.equal((await service.get('/health')).json.details, undefined);
  });

  it('has at least the members of the deployment guide’s example', async () => {
    const path = '/api/v1/status/system';
    const { status, json } = await whenHealthy(path, ({ health }) => health.status);
    assert.equal(status, 200);
    assert.match(json.timestamp, /^\d{4}-\d\d-\d\dT/);
    assert.equal(json.version, '0.1.1');
    assert.equal(json.environment, 'testing');
    const breakers = ['postgres_service', 'redis_rate_limit', 'redis_service'];
    assert.deepEqual(Object.keys(json.circuit_breakers).sort(), breakers);
    assert.equal(json.circuit_breakers.postgres_service.state, 'closed');
    assert.equal(json.cache.enabled, true);
    assert.equal(json.configuration.rate_limit_per_minute, 70);
    assert.equal(json.configuration.rate_limit_per_hour, 2000);
    assert.equal(json.configuration.request_timeout, '30s');
    assert.equal(json.configuration.performance_logging, true);
    assert.equal(typeof json.configuration.cache_enabled, 'boolean');
  });

  it('says at / where to go', async () => {
    const { json } = await service.get('/');
    assert.deepEqual([json.docs, json.health, json.version], ['/docs', '/health', '0.1.1']);
  });
});

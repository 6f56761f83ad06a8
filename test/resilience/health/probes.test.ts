import assert from 'node:assert/strict';
import { createProbes } from '#src/resilience/health/probes.ts';

const nothing = () => Promise.resolve();

function breakersProbe(circuitBreakers?: () => string | null) {
  const { circuit_breakers: probe } = createProbes({
    database: { ping: nothing },
    redis: null,
    readMemory: nothing,
    assessSample: () => Promise.resolve(null),
    dataDir: '.',
    ...(circuitBreakers === undefined ? {} : { circuitBreakers }),
  });
  assert.ok(probe);
  return probe.run(new AbortController().signal);
}

describe('the probe of the circuit breakers', () => {
  it('finds them in order while all are closed, or where there are none', async () => {
    assert.equal(await breakersProbe(() => null), undefined);
    assert.equal(await breakersProbe(), undefined);
  });

  it('calls them degraded, and says which, while one is not closed', async () => {
    assert.equal(await breakersProbe(() => 'redis_service is open'), 'redis_service is open');
  });
});

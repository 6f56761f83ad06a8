import assert from 'node:assert/strict';
import { breakersComponent } from '#src/compose/health.ts';

describe('the circuit breakers as a component of health', () => {
  const run = (trouble: string | null) =>
    breakersComponent(() => trouble).probe?.run(new AbortController().signal);

  it('are in order while all are closed', async () => {
    assert.equal(await run(null), undefined);
  });

  it('are degraded, and say which, while one is not closed', async () => {
    assert.equal(await run('redis_service is open'), 'redis_service is open');
  });
});

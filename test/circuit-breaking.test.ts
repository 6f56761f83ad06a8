/** Circuit breakers as clients and operators see them, through the whole service and real outages. */
import assert from 'node:assert/strict';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const candidates = '/api/v1/candidates';

describe('a service whose database fails', () => {
  const service = testService();
  const stateOf = async () =>
    (await service.get('/api/v1/status/system')).json.circuit_breakers.postgres_service.state;
  const isClosed = async () => (await stateOf()) === 'closed';
  const rejected = async () => {
    const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    const labels = String.raw`name="postgres_service",outcome="rejected"`;
    return Number(
      new RegExp(`^circuit_breaker_calls_total{${labels}} (\\d+)$`, 'm').exec(text)?.[1],
    );
  };
  const events = () =>
    service.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => String(line['event.name']).startsWith('circuit_breaker.'));

  const requests = (message: string) =>
    service.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['http.route'] === candidates && line['message'] === message);

  afterEach(() => service.recover());

  for (const kind of ['refuse', 'black-hole', 'swallow'] as const) {
    it(`answers 503 while the breaker is open and asks nobody (${kind}), and writes again by itself`, async () => {
      await service.proxy.set({ kind });
      await until(async () => {
        await Promise.all(Array.from({ length: 5 }, () => service.get(candidates)));
        return (await stateOf()) !== 'closed';
      });
      await until(async () => (await stateOf()) === 'open');
      let before = await rejected();
      for (let i = 0; i < 50; i += 1) {
        const { status, headers, json } = await service.post(candidates, {
          candidate_id: `${kind}-${i}`,
        });
        assert.equal(status, 503);
        assert.equal(json.error_code, 'SERVICE_UNAVAILABLE');
        assert.ok(Number(headers.get('retry-after')) >= 1);
        // By the breaker itself: nobody waited for the database, or for a probe of it.
        const after = await rejected();
        assert.ok(after > before, `request ${i} was let through`);
        before = after;
      }
      await service.proxy.set({ kind: 'pass' });
      await until(async () => {
        const { status } = await service.post(candidates, { candidate_id: `back-${kind}` });
        return status === 201;
      });
    });
  }

  it('finds out by itself that the database went silent, for nobody and for the one who waits', async () => {
    await service.proxy.set({ kind: 'black-hole' });
    // Nobody asks for anything of the database: the prober alone opens the breaker.
    await until(async () => (await stateOf()) === 'open');
    const readiness = () => service.get('/api/v1/status/readiness');
    await until(async () => (await readiness()).status === 503);
    await service.proxy.set({ kind: 'pass' });
    await until(async () => (await service.get(candidates)).status === 200);
    await until(isClosed);

    service.log.length = 0;
    await service.proxy.set({ kind: 'black-hole' });
    const { status, headers } = await service.get(candidates);
    assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
    // Not by its own timeout, which is one for a server that nobody else asks.
    const [line] = requests('Request failed');
    assert.match(JSON.stringify(line), /Connection terminated/);
  });

  it('is healthy with a degraded component, and says which breaker and since when', async () => {
    const admin = `${service.url}/api/v1/admin/circuit-breakers/postgres_service`;
    const decide = (body: object) =>
      service.send(admin, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const forced = await decide({ state: 'forced_open', ttl_seconds: 60, reason: 'a drill' });
    assert.equal(forced.status, 200);
    assert.equal(forced.json.state, 'forced_open');
    const refused = await service.get(candidates);
    assert.equal(refused.status, 503);
    await until(async () => {
      const { json } = await service.get('/health');
      return json.components.circuit_breakers === 'degraded';
    });
    const health = await service.get('/health');
    assert.equal(health.json.components.database, 'operational');
    const { json } = await service.get('/api/v1/status/system');
    assert.equal(json.circuit_breakers.postgres_service.forced.reason, 'a drill');
    assert.ok(!Number.isNaN(Date.parse(json.circuit_breakers.postgres_service.since)));
    assert.equal((await decide({ state: 'auto', reason: 'the drill is over' })).status, 200);
    assert.equal((await service.get(candidates)).status, 200);
    assert.equal((await decide({ state: 'open', reason: 'x' })).status, 422);
    assert.equal((await decide({ state: 'disabled', reason: 'no time given' })).status, 422);
    assert.equal((await service.post('/api/v1/admin/circuit-breakers/none', {})).status, 422);
  });

  it('tells the incident in order: first failure, opening, probe, closing, each with its trace', async () => {
    service.log.length = 0;
    await service.proxy.set({ kind: 'refuse' });
    await until(async () => {
      await service.get(candidates);
      return (await stateOf()) !== 'closed';
    });
    await service.proxy.set({ kind: 'pass' });
    await until(async () => {
      await service.get(candidates);
      return isClosed();
    });
    const story = events().filter(({ name }) => name === 'postgres_service');
    assert.equal(story[0]?.['event.name'], 'circuit_breaker.first_failure');
    const steps = story.slice(1).map(({ from, to }) => `${String(from)} ${String(to)}`);
    assert.equal(steps[0], 'closed open');
    assert.equal(steps[1], 'open half_open');
    assert.equal(steps.at(-1), 'half_open closed');
    assert.ok(story.some((line) => /^[0-9a-f]{32}$/.test(line['trace_id'] as string)));
    assert.ok(
      story.every(
        ({ timestamp }, i) => i === 0 || String(timestamp) >= String(story[i - 1]?.['timestamp']),
      ),
    );
  });
});

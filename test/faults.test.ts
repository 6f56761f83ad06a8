/** The service while its database is in trouble or its client is gone: declared answers, no hang, back by itself. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { Fault } from '#test/support/fault-proxy.ts';
import { holdTimers, type HeldTimers } from '#test/support/held-timers.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const submission = (candidate_id: string) => ({
  candidate_id,
  content: { code: 'def one():\n    return 1\n' },
});

describe('a database in trouble', () => {
  const service = testService({ REQUEST_TIMEOUT: '2s' });
  afterEach(() => service.recover());

  const faults: [string, Fault][] = [
    ['refuses connections', { kind: 'refuse' }],
    ['accepts and never answers', { kind: 'black-hole' }],
    ['resets in the middle of a reply', { kind: 'reset-reply' }],
  ];
  for (const [name, fault] of faults) {
    it(`that ${name}: 503 or 504 of the service's own, then writes again by itself`, async () => {
      await service.proxy.set(fault);
      const answer = await service.post('/api/v1/assessments', submission('unlucky'));
      assert.ok([503, 504].includes(answer.status), answer.text);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      if (answer.status === 503) assert.equal(answer.headers.get('retry-after'), '1');
      assert.equal((await service.get('/api/v1/status/liveness')).status, 200);

      await service.proxy.set({ kind: 'pass' });
      await until(
        async () => (await service.post('/api/v1/assessments', submission('lucky'))).status === 201,
      );
    });
  }

  it('loses readiness and health, keeps liveness and the status page, and gets both back', async () => {
    await service.proxy.set({ kind: 'refuse' });
    await until(async () => (await service.get('/api/v1/status/readiness')).status === 503);
    const health = await service.get('/health');
    assert.equal(health.status, 503);
    assert.equal(health.json.components.database, 'unavailable');
    assert.equal((await service.get('/api/v1/status/liveness')).status, 200);
    const system = await service.get('/api/v1/status/system');
    assert.equal(system.status, 200);
    assert.equal(system.json.health.status, 'degraded');
    assert.match(system.json.health.details.database.hint, /PostgreSQL/);

    await service.proxy.set({ kind: 'pass' });
    await until(async () => (await service.get('/api/v1/status/readiness')).status === 200);
    assert.equal((await service.get('/health')).status, 200);
  });

  it('stores nothing of a request that was refused', async () => {
    // The breaker asks once more after the prober has found the database.
    let items: unknown;
    await until(async () => {
      const { status, json } = await service.get('/api/v1/assessments?candidate_id=unlucky');
      items = json.items;
      return status === 200;
    });
    assert.deepEqual(items, []);
  });
});

describe('time that is up and clients that leave', () => {
  /** Nothing else waits exactly as long. */
  const limitMs = 29_873;
  const service = testService({ REQUEST_TIMEOUT: `${limitMs}ms` });
  let time: HeldTimers;
  before(() => {
    time = holdTimers(limitMs);
  });
  after(() => time.release());
  /** Takes an engine thread seconds. */
  const heavy = (candidate_id: string) => ({
    candidate_id,
    content: {
      files: Array.from({ length: 9 }, (_, i) => ({
        path: `f${i}.ts`,
        content: `export function g${i}(a: number) { return a > ${i} ? a : -a; }\n`.repeat(15_000),
      })),
    },
  });
  const metric = async (name: string) => {
    const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return Number(line?.split(' ')[1]);
  };

  it('answers 504 when the time is up, and the thread is free again', async () => {
    const cancelled = 'assessments_total{outcome="cancelled"}';
    const before = await metric(cancelled);
    const sent = service.post('/api/v1/assessments', heavy('slow'));
    await until(async () => (await metric('assessment_in_flight')) === 1);
    time.elapse();
    const answer = await sent;
    assert.equal(answer.status, 504, answer.text.slice(0, 300));
    assert.equal(answer.json.error_code, 'REQUEST_TIMEOUT');
    await until(async () => (await metric('assessment_in_flight')) === 0);
    assert.equal((await metric(cancelled)) - before, 1);
    await until(
      async () => (await service.post('/api/v1/assessments', submission('next'))).status === 201,
    );
  });

  it('stops the work of a client that hung up and stores nothing of it', async () => {
    const outgoing = request(`${service.url}/api/v1/assessments`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    outgoing.on('error', () => undefined);
    outgoing.end(JSON.stringify(heavy('gone')));
    await until(async () => (await metric('assessment_in_flight')) === 1);
    outgoing.destroy();
    await until(async () => (await metric('assessment_in_flight')) === 0);
    await until(async () => (await metric('http_requests_in_flight')) === 0);
    assert.equal((await service.get('/api/v1/candidates/gone')).status, 404);
    assert.equal((await service.get('/api/v1/candidates/slow')).status, 404);
  });
});

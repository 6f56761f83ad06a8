/** Streams of a job that nobody works for, so that it changes when the tests say so. The unit: job-watch.test.ts. */
import assert from 'node:assert/strict';
import { eventsOf } from '#test/support/event-stream.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

/** Of a caller, in one process. */
const MOST = 20;

describe('the streams of a job', () => {
  const service = testService({ API_RUNS_JOBS: 'false' });
  let job = '';
  const open = (init: RequestInit = {}) => fetch(new URL(`${job}/events`, service.url), init);

  before(async () => {
    const { json } = await service.post('/api/v1/assessments/async', {
      candidate_id: 'ada',
      content: { text: 'A note of one sentence.' },
    });
    job = json.status_url;
  });

  it('have a place each, which is free when its request is over; one too many is refused', async () => {
    for (let asked = 0; asked <= MOST; asked += 1) {
      assert.equal((await open({ method: 'HEAD' })).status, 200, 'that has no events');
    }
    const leave = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: MOST }, () => open({ signal: leave.signal })),
    );
    assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
    const refused = await service.get(`${job}/events`);
    assert.deepEqual([refused.status, refused.json.error_code], [503, 'SERVICE_UNAVAILABLE']);
    assert.equal(refused.headers.get('retry-after'), '5');
    leave.abort();
    await until(async () => {
      const again = await open();
      await again.body?.cancel();
      return again.status === 200;
    });
  });

  it('tell one who comes back only what is newer, and end with the job', async () => {
    const all = eventsOf(await open());
    const first = (await all.next()).value;
    assert.equal(first?.['event'], 'progress');
    assert.equal(JSON.parse(first['data'] ?? '').status, 'queued');
    const headers = { 'Last-Event-ID': first['id'] ?? '' };
    const newer = eventsOf(await open({ headers }));
    const cancelled = await service.send(job, { method: 'DELETE' });
    assert.equal(cancelled.status, 202);
    for (const stream of [newer, all]) {
      const last = (await stream.next()).value;
      assert.equal(last?.['event'], 'cancelled');
      assert.ok(Number(last['id']) > Number(first['id']));
      assert.equal(JSON.parse(last['data'] ?? '').status, 'cancelled');
      assert.equal((await stream.next()).done, true);
    }
  });
});

describe('the streams of an account', () => {
  const service = testService({ API_RUNS_JOBS: 'false', AUTH_REQUIRED: 'true' });

  it('are as many as of one caller, whatever keys it makes for itself', async () => {
    const account = { username: 'grace', password: 'correct horse battery staple' };
    const admin = { 'X-API-Key': service.adminKey };
    const made = await service.post('/api/v1/users', { ...account, role: 'assessor' }, admin);
    assert.equal(made.status, 201, made.text);
    const { json: login } = await service.send('/api/v1/auth/token', {
      method: 'POST',
      body: new URLSearchParams(account),
    });
    const bearer = { Authorization: `Bearer ${login.access_token}` };
    const { json: key } = await service.post('/api/v1/api-keys', { name: 'mine' }, bearer);
    const own = { 'X-API-Key': String(key.key) };
    const jobOf = async (headers: Record<string, string>) => {
      const content = { text: 'A note of one sentence.' };
      const input = { candidate_id: 'ada', content };
      const { json } = await service.post('/api/v1/assessments/async', input, headers);
      return `${json.status_url}/events`;
    };
    const leave = new AbortController();
    const url = new URL(await jobOf(bearer), service.url);
    const streams = await Promise.all(
      Array.from({ length: MOST }, () => fetch(url, { headers: bearer, signal: leave.signal })),
    );
    assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
    const { signal } = leave;
    const further = new URL(await jobOf(own), service.url);
    assert.equal((await fetch(further, { headers: own, signal })).status, 503);
    leave.abort();
  });
});

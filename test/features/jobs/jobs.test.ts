import assert from 'node:assert/strict';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const code = (name: string) =>
  `def ${name}(items):\n    """Sum of items."""\n    return sum(items)\n`;
const input = (candidate: string, name = 'total') => ({
  candidate_id: candidate,
  content: { code: code(name) },
});

describe('jobs', () => {
  const service = testService();
  const path = '/api/v1/assessments/async';

  const job = async (url: string) => (await service.get(url)).json;
  const ended = async (url: string) => {
    await until(async () => (await job(url)).finished_at !== null);
    return job(url);
  };

  it('takes a submission on, and stores its result under the id that it was answered with', async () => {
    const accepted = await service.post(path, input('ada'));
    assert.equal(accepted.status, 202);
    const { job_id, assessment_id, candidate_id, status, status_url } = accepted.json;
    assert.match(job_id, /^job_/);
    assert.deepEqual([candidate_id, status], ['ada', 'queued']);
    assert.equal(accepted.headers.get('location'), status_url);
    const done = await ended(status_url);
    assert.equal(done.status, 'completed');
    assert.deepEqual([done.progress, done.attempts, done.queue_position], [100, 1, null]);
    const stored = await service.get(`/api/v1/assessments/${assessment_id}`);
    assert.deepEqual(done.result, stored.json);
  });

  it('answers a repeated key with the same job, and does the work once', async () => {
    const headers = { 'Idempotency-Key': 'jobs-1' };
    const first = await service.post(path, input('bob'), headers);
    const again = await service.post(path, input('bob'), headers);
    assert.equal(again.text, first.text);
    await ended(first.json.status_url);
    const { json } = await service.get('/api/v1/assessments?candidate_id=bob');
    assert.equal(json.items.length, 1);
  });

  it('refuses what is not valid at once, and other methods', async () => {
    assert.equal((await service.post(path, { candidate_id: 'ada' })).status, 422);
    assert.equal((await service.get(path)).status, 405);
    assert.equal((await service.get('/api/v1/assessments/jobs/nothing')).status, 404);
    const none = '/api/v1/assessments/jobs/job_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d01';
    assert.equal((await service.get(none)).status, 404);
    assert.equal((await service.send(none, { method: 'DELETE' })).status, 404);
  });

  it('refuses to cancel what has ended', async () => {
    const { json } = await service.post(path, input('ada', 'other'));
    await ended(json.status_url);
    const { status, json: problem } = await service.send(json.status_url, { method: 'DELETE' });
    assert.deepEqual([status, problem.error_code], [409, 'CONFLICT']);
  });

  it('streams how a job stands until it has ended', async () => {
    const { json } = await service.post(path, input('ada', 'streamed'));
    const { headers, text } = await service.get(`${json.status_url}/events`);
    assert.equal(headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const last = text.trim().split('\n\n').at(-1) ?? '';
    assert.match(last, /^id: \d+\nevent: completed\ndata: \{/);
    assert.equal(JSON.parse(last.split('data: ')[1] ?? '').job_id, json.job_id);
  });

  it('judges each item of a batch, and lets a bad one fail alone', async () => {
    const items = [input('carl', 'a'), { candidate_id: 'carl' }, input('dora', 'b')];
    const accepted = await service.post('/api/v1/assessments/batch', { items });
    assert.equal(accepted.status, 202, accepted.text);
    const batch = await ended(accepted.json.status_url);
    assert.equal(batch.status, 'completed');
    assert.deepEqual([batch.counts.completed, batch.counts.failed, batch.progress], [2, 1, 100]);
    assert.equal(batch.items[1].problem.errors[0].pointer, '/items/1/content');
    const { text } = await service.get(`${accepted.json.status_url}/events`);
    assert.match(text, /event: completed/);
    const stored = await service.get(`/api/v1/assessments/${batch.items[2].assessment_id}`);
    assert.equal(stored.json.candidate_id, 'dora');
  });
});

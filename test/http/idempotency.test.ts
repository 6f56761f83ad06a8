import assert from 'node:assert/strict';
import { Client } from 'pg';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const submission = {
  candidate_id: 'once',
  content: { code: 'def add(a, b):\n    return a + b\n' },
};

describe('Idempotency-Key', () => {
  const service = testService();
  const post = (key: string, body: unknown = submission, path = '/api/v1/assessments') =>
    service.post(path, body, { 'Idempotency-Key': key });
  const stored = async (candidate: string) =>
    (await service.get(`/api/v1/assessments?candidate_id=${candidate}`)).json.items.length;

  it('gives the first answer again, byte for byte, and says so', async () => {
    const first = await post('k1');
    const again = await post('k1');
    assert.equal(first.status, 201);
    assert.equal(again.status, 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.equal(again.headers.get('content-type'), first.headers.get('content-type'));
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(await stored('once'), 1);
  });

  it('refuses the key with another body', async () => {
    await post('k2', { ...submission, candidate_id: 'two' });
    const other = await post('k2', { ...submission, candidate_id: 'other' });
    assert.equal(other.status, 422);
    assert.equal(await stored('other'), 0);
  });

  it('assesses once when 20 ask at the same time; the others get 409 or the same answer', async () => {
    const body = { ...submission, candidate_id: 'race' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('k3', body)));
    const won = answers.filter(({ status }) => status === 201);
    assert.ok(won.length >= 1);
    assert.equal(new Set(won.map(({ text }) => text)).size, 1);
    for (const { status, headers } of answers.filter((answer) => answer.status !== 201)) {
      assert.equal(status, 409);
      assert.equal(headers.get('retry-after'), '1');
    }
    assert.equal(await stored('race'), 1);
  });

  it('lets a key be used again after a refusal', async () => {
    assert.equal((await post('k4', { candidate_id: 'four' })).status, 422);
    assert.equal((await post('k4', { ...submission, candidate_id: 'four' })).status, 201);
    const candidate = { candidate_id: 'four' };
    assert.equal((await post('k5', candidate, '/api/v1/candidates')).status, 409);
    await service.send('/api/v1/candidates/four', { method: 'DELETE' });
    assert.equal((await post('k5', candidate, '/api/v1/candidates')).status, 201);
  });

  it('keeps keys of different routes apart', async () => {
    assert.equal((await post('k6', { candidate_id: 'six' }, '/api/v1/candidates')).status, 201);
    assert.equal((await post('k6', { ...submission, candidate_id: 'six' })).status, 201);
  });

  it('forgets the answer when the candidate is erased', async () => {
    const body = { ...submission, candidate_id: 'erased' };
    const first = await post('k7', body);
    await service.send('/api/v1/candidates/erased', { method: 'DELETE' });
    const again = await post('k7', body);
    assert.equal(again.status, 201);
    assert.notEqual(again.json.assessment_id, first.json.assessment_id);
  });

  it('forgets the answer when what was created is deleted, and no other answer', async () => {
    const body = { ...submission, candidate_id: 'deleted' };
    const [first, other] = [await post('k9', body), await post('k10', body)];
    const location = String(first.headers.get('location'));
    assert.equal((await service.send(location, { method: 'DELETE' })).status, 204);
    const again = await post('k9', body);
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, null]);
    assert.notEqual(again.json.assessment_id, first.json.assessment_id);
    assert.equal((await service.get(location)).status, 404);
    assert.equal((await post('k10', body)).text, other.text);
  });

  it('lets a key be used again whose request lost the database in the midst of its work', async () => {
    const code = 'def one(a):\n    return a if a > 1 else -a\n'.repeat(3000);
    const body = { candidate_id: 'lost', content: { code } };
    const direct = new Client({ connectionString: service.databaseUrl });
    direct.on('error', () => {});
    await direct.connect();
    const running = async () => {
      const sql = 'select from idempotency_keys where status is null';
      return (await direct.query(sql)).rowCount === 1;
    };
    try {
      const failed = post('k8', body);
      await until(running);
      await service.proxy.set({ kind: 'refuse' });
      assert.equal((await failed).status, 503);
      assert.ok(await running(), 'nobody could give it back');
    } finally {
      await service.proxy.set({ kind: 'pass' });
      await direct.end();
    }
    await until(async () => (await service.get('/api/v1/candidates')).status === 200);
    const { status, text } = await post('k8', { ...body, content: submission.content });
    assert.equal(status, 201, text);
    assert.equal(await stored('lost'), 1);
  });

  it('refuses a key that is too long', async () => {
    assert.equal((await post('k'.repeat(256))).status, 400);
    assert.equal((await post('k'.repeat(255))).status, 201);
  });
});

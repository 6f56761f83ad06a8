import assert from 'node:assert/strict';
import { testService } from '#test/support/service.ts';

describe('candidates', () => {
  const service = testService();

  it('creates, gets and refuses the same again with 409', async () => {
    const body = { candidate_id: 'ada', initial_data: { level: 3 } };
    const created = await service.post('/api/v1/candidates', body);
    assert.equal(created.status, 201);
    assert.equal(created.headers.get('location'), '/api/v1/candidates/ada');
    const got = await service.get('/api/v1/candidates/ada');
    assert.deepEqual(got.json.initial_data, { level: 3 });
    assert.deepEqual(got.json.latest_assessments, []);
    const again = await service.post('/api/v1/candidates', body);
    assert.equal(again.status, 409);
    assert.equal(again.json.error_code, 'DUPLICATE_RESOURCE');
  });

  it('creates a candidate exactly once when 20 ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        service.post('/api/v1/candidates', { candidate_id: 'racer' }),
      ),
    );
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    assert.deepEqual([count(201), count(409)], [1, 19]);
  });

  it('lists by prefix, an underscore meaning itself', async () => {
    for (const id of ['p_1', 'p_2', 'px3', 'P_4'])
      await service.post('/api/v1/candidates', { candidate_id: id });
    const ids = async (query: string) =>
      (await service.get(`/api/v1/candidates?${query}`)).json.items.map(
        (c: { candidate_id: string }) => c.candidate_id,
      );
    assert.deepEqual(await ids('q=p_'), ['p_1', 'p_2']);
    assert.deepEqual(await ids('q=p'), ['p_1', 'p_2', 'px3']);
  });

  it('pages through all, each once', async () => {
    const seen: string[] = [];
    let path: string | null = '/api/v1/candidates?limit=2';
    while (path !== null) {
      const { json } = await service.get(path);
      seen.push(...json.items.map((c: { candidate_id: string }) => c.candidate_id));
      path =
        json.next_cursor === null ? null : `/api/v1/candidates?limit=2&cursor=${json.next_cursor}`;
    }
    assert.deepEqual(seen, [...new Set(seen)].sort());
    assert.ok(seen.length >= 6);
  });

  it('answers 404 for an id that no candidate can have', async () => {
    for (const id of ['%0A', 'a%20b', 'a'.repeat(101), '%2e%2e']) {
      assert.equal((await service.get(`/api/v1/candidates/${id}`)).status, 404, id);
    }
  });

  it('keeps initial_data as it was sent', async () => {
    const initial_data = {
      'a b': [1, null, { deep: true }],
      constructor: 'x',
      unicode: '日本 \u{1f600}',
    };
    await service.post('/api/v1/candidates', { candidate_id: 'data', initial_data });
    assert.deepEqual(
      (await service.get('/api/v1/candidates/data')).json.initial_data,
      initial_data,
    );
  });

  it('gives initial_data back in its order, up to 30 levels deep and 100 KB', async () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 29; level += 1) deep = { level: deep };
    const initial_data = { zz: 1, a: [1e308, 5e-324, 0.1], '': null, $ref: '#', deep };
    await service.post('/api/v1/candidates', { candidate_id: 'ordered', initial_data });
    const { text } = await service.get('/api/v1/candidates/ordered');
    assert.ok(text.includes(JSON.stringify(initial_data)), text);
    const filled = (size: number) => ({ x: 'y'.repeat(size - '{"x":""}'.length) });
    for (const [size, status] of [
      [102_400, 201],
      [102_401, 422],
    ] as const) {
      const body = { candidate_id: `size_${size}`, initial_data: filled(size) };
      assert.equal((await service.post('/api/v1/candidates', body)).status, status);
    }
  });
});

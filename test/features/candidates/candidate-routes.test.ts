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

  it('gives initial_data back to the byte: spaces, order of members, every digit, every escape', async () => {
    const initialData =
      '{ "10": 1,\n  "9": 12345678901234567890, "caf\\u00e9": 1.10, "a\\/b": [ 1E2, -0 ] }';
    const sent = `{"initial_data": ${initialData} ,"candidate_id":"verbatim"}`;
    const key = { 'Idempotency-Key': 'verbatim' };
    const created = await service.post('/api/v1/candidates', sent, key);
    assert.equal(created.status, 201);
    for (const text of [
      created.text,
      (await service.post('/api/v1/candidates', sent, key)).text,
      (await service.get('/api/v1/candidates/verbatim')).text,
      (await service.get('/api/v1/candidates?q=verbatim')).text,
    ]) {
      assert.ok(text.includes(`"initial_data":${initialData},`), text);
    }
    const other = sent.replace('12345678901234567890', '12345678901234567891');
    assert.equal((await service.post('/api/v1/candidates', other, key)).status, 422);
  });

  it('refuses a member that is given twice, and 100 KB that are mostly spaces', async () => {
    const twice = '{"candidate_id":"twice","initial_data":{"a":1,"\\u0061":2}}';
    const refused = await service.post('/api/v1/candidates', twice);
    assert.equal(refused.status, 422);
    assert.equal(refused.json.errors[0].pointer, '/initial_data/a');
    const spaces = `{"candidate_id":"spaces","initial_data":{${' '.repeat(102_400)}}}`;
    assert.equal((await service.post('/api/v1/candidates', spaces)).status, 422);
  });

  it("keeps one client's member names apart from another's, in what is stored and read back", async () => {
    // V8 takes the name of an earlier text for one that is written with escapes (nodejs/node#63785).
    const post = (id: string, member: string) =>
      service.post(
        '/api/v1/candidates',
        `{"candidate_id":"${id}","initial_data":{"full_name":"x",${member}:1}}`,
      );
    assert.equal((await post('attacker', '"caf\\\\"')).status, 201);
    assert.equal((await post('victim', '"caf\\u00e9"')).status, 201);
    await post('attacker_2', '"caf\\\\"');
    const { text } = await service.get('/api/v1/candidates/victim');
    assert.ok(text.includes('{"full_name":"x","caf\\u00e9":1}'), text);
    // A member name of the schema, written with an escape after an attack on it.
    await service.post('/api/v1/assessments', '{"candidate_id":"a","c\\\\u006f":1}');
    const sound =
      '{"candidate_id":"a","c\\u006fntent":{"code":"def add(a, b):\\n    return a + b\\n"}}';
    assert.equal((await service.post('/api/v1/assessments', sound)).status, 201);
  });
});

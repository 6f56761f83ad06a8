/** Notes on a candidate: their tree, its bounds, who may see and change it, and that they go with the person. */
import assert from 'node:assert/strict';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { entities } from '#src/features/entities.ts';
import { testService } from '#test/support/service.ts';

const UNKNOWN = 'node_01999999-9999-7999-9999-999999999999';

describe('the memory of a candidate', () => {
  const service = testService();
  let database: Database;
  before(async () => {
    database = await createDatabase({ url: service.databaseUrl, entities });
    for (const candidate_id of ['ada', 'bob', 'cay', 'dan', 'eve', 'fay']) {
      assert.equal((await service.post('/api/v1/candidates', { candidate_id })).status, 201);
    }
  });
  after(() => database.close());

  const memory = (who: string) => `/api/v1/candidates/${who}/memory`;
  const add = (who: string, body: object, headers: Record<string, string> = {}) =>
    service.post(`${memory(who)}/nodes`, body, headers);
  const added = async (who: string, body: object) => {
    const { status, json, text } = await add(who, body);
    assert.equal(status, 201, text);
    return json;
  };
  const change = (method: string, path: string, body?: object, headers = {}) =>
    service.send(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const fault = ({ status, json }: { status: number; json: { errors: object[] } }) => {
    const [first] = json.errors as { pointer: string; message: string }[];
    return [status, first?.pointer, first?.message];
  };

  it('is empty at first, and unknown of who is unknown', async () => {
    const { status, json } = await service.get(memory('bob'));
    assert.deepEqual([status, json], [200, { items: [], next_cursor: null }]);
    const { memory: summary } = (await service.get('/api/v1/candidates/bob')).json;
    assert.deepEqual(summary, { nodes: 0, depth: 0, updated_at: null });
    assert.equal((await service.get(memory('nobody'))).status, 404);
    assert.equal((await add('nobody', { name: 'a' })).status, 404);
    assert.equal((await service.get('/api/v1/candidates/nobody')).status, 404, 'nobody was made');
  });

  it('is a tree of five levels, and each note has its path from the top', async () => {
    const names = ['Skills', 'Languages', 'Rust', 'Ownership', 'Borrowing'];
    const path: { node_id: string; name: string }[] = [];
    let parent_id: string | null = null;
    for (const [index, name] of names.entries()) {
      const note = await added('ada', { name, parent_id, content: { level: index + 1 } });
      path.push({ node_id: note.node_id, name });
      assert.deepEqual(
        [note.parent_id, note.depth, note.path, note.content, note.children, note.candidate_id],
        [parent_id, index + 1, path, { level: index + 1 }, 0, 'ada'],
      );
      parent_id = note.node_id;
    }
    assert.deepEqual(fault(await add('ada', { name: 'Lifetimes', parent_id })), [
      422,
      '/parent_id',
      'is at depth 5, below which nothing goes',
    ]);
    const { items } = (await service.get(memory('ada'))).json;
    assert.deepEqual(
      items.map(({ name, children }: { name: string; children: number }) => [name, children]),
      names.map((name, index) => [name, index < 4 ? 1 : 0]),
    );
    const below = await service.get(`${memory('ada')}?parent_id=${path[1]?.node_id}`);
    assert.deepEqual(
      below.json.items.map(({ name }: { name: string }) => name),
      ['Rust'],
    );
    const { memory: summary } = (await service.get('/api/v1/candidates/ada')).json;
    assert.deepEqual([summary.nodes, summary.depth], [5, 5]);
    assert.equal(summary.updated_at, items.at(-1).updated_at);
  });

  it('has no note below one of somebody else, nor below one that is gone', async () => {
    const foreign = await added('bob', { name: 'Bob alone' });
    for (const parent_id of [foreign.node_id, UNKNOWN]) {
      const answer = await add('cay', { name: 'a', parent_id });
      assert.deepEqual(fault(answer), [422, '/parent_id', 'is no note of this candidate']);
    }
    for (const node of [foreign.node_id, UNKNOWN, 'x']) {
      const path = `${memory('cay')}/nodes/${node}`;
      assert.equal((await service.get(path)).status, 404);
      assert.equal((await change('PATCH', path, { name: 'b' })).status, 404);
      assert.equal((await change('DELETE', path)).status, 404);
    }
    assert.equal((await service.get(`${memory('bob')}/nodes/${foreign.node_id}`)).status, 200);
  });

  it('gives a note back as it was sent, byte for byte in its content', async () => {
    const text = '{"b": 1.50, "a": [1e2, "\\u00e9"],  "10": null, "9": {}}';
    const answer = await service.send(`${memory('cay')}/nodes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: `{"name": "Exact", "content": ${text}}`,
    });
    assert.equal(answer.status, 201, answer.text);
    const location = answer.headers.get('location') ?? '';
    assert.equal(location, `${memory('cay')}/nodes/${answer.json.node_id}`);
    const stored = await service.get(location);
    assert.equal(stored.text, answer.text);
    assert.ok(stored.text.includes(`"content":${text}`));
  });

  it('is changed note by note, under If-Match', async () => {
    const note = await added('cay', { name: 'Before', content: { a: 1 } });
    const path = `${memory('cay')}/nodes/${note.node_id}`;
    const etag = (await service.get(path)).headers.get('etag') ?? '';
    const renamed = await change('PATCH', path, { name: 'After' }, { 'If-Match': etag });
    assert.deepEqual(
      [renamed.status, renamed.json.name, renamed.json.content],
      [200, 'After', { a: 1 }],
    );
    assert.ok(renamed.json.updated_at >= note.updated_at);
    assert.equal(renamed.json.created_at, note.created_at);
    const current = await service.get(path);
    assert.equal(current.headers.get('etag'), renamed.headers.get('etag'));
    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { name: 'Lost' } : undefined;
      assert.equal((await change(method, path, body, { 'If-Match': etag })).status, 412);
    }
    const emptied = await change('PATCH', path, { content: null });
    assert.deepEqual([emptied.json.name, emptied.json.content], ['After', {}]);
    const known = { 'If-None-Match': emptied.headers.get('etag') ?? '' };
    assert.equal((await service.get(path, known)).status, 304);
  });

  it('loses with a note what is below it, and what is kept of their making', async () => {
    const key = { 'Idempotency-Key': 'the first note' };
    const top = (await add('dan', { name: 'Top' }, key)).json;
    const low = await added('dan', { name: 'Low', parent_id: top.node_id });
    await added('dan', { name: 'Lowest', parent_id: low.node_id });
    const other = await added('dan', { name: 'Other' });
    const again = await add('dan', { name: 'Top' }, key);
    assert.deepEqual(
      [again.json.node_id, again.headers.get('idempotency-replayed')],
      [top.node_id, 'true'],
    );
    assert.equal((await add('dan', { name: 'Not top' }, key)).status, 422);
    assert.equal((await change('DELETE', `${memory('dan')}/nodes/${top.node_id}`)).status, 204);
    const { items } = (await service.get(memory('dan'))).json;
    assert.deepEqual(
      items.map(({ node_id }: { node_id: string }) => node_id),
      [other.node_id],
    );
    const anew = await add('dan', { name: 'Top' }, key);
    assert.equal(anew.status, 201);
    assert.notEqual(anew.json.node_id, top.node_id);
    const { json } = await service.get('/api/v1/admin/audit?limit=1');
    assert.deepEqual(
      [json.items[0].action, json.items[0].details],
      ['memory.erased', { nodes: 3 }],
    );
  });

  it('is listed page by page', async () => {
    for (let n = 0; n < 5; n += 1) await added('fay', { name: `Note ${n}` });
    const names: string[] = [];
    let cursor: string | null = '';
    do {
      const { json } = await service.get(
        `${memory('fay')}?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      names.push(...json.items.map(({ name }: { name: string }) => name));
      cursor = json.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(names, ['Note 0', 'Note 1', 'Note 2', 'Note 3', 'Note 4']);
    const { json } = await service.get(`${memory('fay')}?limit=2`);
    const elsewhere = await service.get(`${memory('dan')}?cursor=${json.next_cursor}`);
    assert.equal(elsewhere.status, 422, 'a cursor is good for one memory');
  });

  /** Rows as the service would make them, but for the time that a thousand requests take. */
  const fill = (count: number, parent: string | null) =>
    database.em().execute(
      `insert into memory_nodes (id, candidate_id, parent_id, depth, name, content, created_at, updated_at)
       select overlay('node_' || gen_random_uuid() placing '7' from 20), 'eve', ?, ?, 'n', '{}', now(), now()
       from generate_series(1, ?)`,
      [parent, parent === null ? 1 : 2, count],
    );

  it('takes a hundred notes in one place and a thousand in all, also of who comes at the same time', async () => {
    await fill(98, null);
    const racing = await Promise.all(Array.from({ length: 6 }, () => add('eve', { name: 'Last' })));
    const statuses = racing.map(({ status }) => status);
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [201, 201, 409, 409, 409, 409],
    );
    const full = await add('eve', { name: 'One more' });
    assert.deepEqual([full.status, full.json.error_code], [409, 'CONFLICT']);
    assert.equal(full.json.detail, 'At most 100 notes go in one place.');
    const { items } = (await service.get(`${memory('eve')}?limit=100`)).json;
    for (const { node_id } of items.slice(0, 9)) await fill(99, node_id);
    const parent_id = items[9].node_id;
    await fill(8, parent_id);
    assert.equal((await add('eve', { name: 'The last one', parent_id })).status, 201);
    const { memory: summary } = (await service.get('/api/v1/candidates/eve')).json;
    assert.deepEqual([summary.nodes, summary.depth], [1000, 2]);
    const over = await add('eve', { name: 'One more', parent_id });
    assert.deepEqual([over.status, over.json.detail], [409, 'A candidate has at most 1000 notes.']);
  });

  it('goes with the person, who is given all of it before', async () => {
    const { json: exported } = await service.get('/api/v1/candidates/ada/export');
    assert.equal(exported.manifest.counts.memory_nodes, 5);
    const { items } = (await service.get(memory('ada'))).json;
    assert.deepEqual(exported.memory_nodes, items);
    const erased = await change('DELETE', '/api/v1/candidates/ada', undefined, {
      Prefer: 'return=representation',
    });
    assert.equal(erased.json.erased.memory_nodes, 5);
    const [row] = await database
      .em()
      .execute<{ n: number }[]>(
        `select count(*)::int as n from memory_nodes where candidate_id = 'ada'`,
      );
    assert.equal(row?.n, 0);
  });

  const wrong: [string, object, string][] = [
    ['no name', {}, '/name'],
    ['an empty name', { name: '' }, '/name'],
    ['a name of two lines', { name: 'a\nb' }, '/name'],
    ['a longer name', { name: 'a'.repeat(201) }, '/name'],
    ['a parent that is no note', { name: 'a', parent_id: 'root' }, '/parent_id'],
    ['a content that is no object', { name: 'a', content: [1] }, '/content'],
    ['more than 16 KB', { name: 'a', content: { text: 'é'.repeat(8192) } }, '/content'],
    ['what it does not know', { name: 'a', depth: 1 }, '/depth'],
  ];
  for (const [what, body, pointer] of wrong) {
    it(`refuses ${what}`, async () => {
      const answer = await add('bob', body);
      assert.deepEqual([answer.status, answer.json.errors[0].pointer], [422, pointer]);
    });
  }

  it('refuses 16 KB that are blanks', async () => {
    const { status, json } = await service.send(`${memory('bob')}/nodes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: `{"name": "a", "content": {"a": 1${' '.repeat(16_400)}}}`,
    });
    assert.deepEqual([status, json.errors[0].pointer], [422, '/content']);
  });

  it('refuses a change that changes nothing', async () => {
    const note = await added('bob', { name: 'Stays' });
    const path = `${memory('bob')}/nodes/${note.node_id}`;
    assert.equal((await change('PATCH', path, {})).status, 422);
  });
});

/** Uploads from outside: what is stored, what is refused, who sees it, and what is left of it afterwards. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';
import { zip } from './archives.ts';
import { BOUNDARY, file, headOf, multipart, mutatedBodies } from './hostile-uploads.ts';

const PYTHON = 'def add(a, b):\n    """Adds."""\n    return a + b\n';
const MAX_BYTES = 200_000;

describe('uploads', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sono-uploads-'));
  after(() => rmSync(dataDir, { recursive: true, force: true }));
  const service = testService({ MAX_UPLOAD_SIZE: String(MAX_BYTES), DATA_DIR: dataDir });
  const folder = () => join(dataDir, 'files');
  const contentAt = (sha256: string) => join(folder(), sha256.slice(0, 2), sha256.slice(2));
  const upload = (
    files: readonly (readonly [name: string, content: string | Buffer])[],
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const [name, content] of files)
      form.append('file', new Blob([Uint8Array.from(Buffer.from(content))]), name);
    return service.send('/api/v1/files/upload', { method: 'POST', body: form, headers });
  };

  it('of one text are stored, read back, listed and deleted', async () => {
    const { status, json, headers, text } = await upload([['add.py', PYTHON]]);
    assert.equal(status, 201, text);
    assert.equal(headers.get('location'), `/api/v1/files/${json.file_id}`);
    const { file_id: id, created_at: at, files, ...rest } = json;
    assert.ok(Date.parse(at) > 0);
    assert.equal(files.length, 1);
    assert.deepEqual(rest, {
      filename: 'add.py',
      original_filename: 'add.py',
      kind: 'text',
      size: PYTHON.length,
      sha256: createHash('sha256').update(PYTHON).digest('hex'),
      language: 'python',
      tags: ['python'],
      candidate_id: null,
      contents: null,
      left_out: [],
      left_out_count: 0,
    });
    const path = `/api/v1/files/${id}`;
    assert.equal((await service.get(path)).json.sha256, rest.sha256);
    const content = await service.get(`${path}/content`);
    assert.equal(content.text, PYTHON);
    assert.equal(content.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.match(content.headers.get('content-disposition') ?? '', /^attachment; .*add\.py$/);
    const listed = await service.get('/api/v1/files?limit=1');
    assert.equal(listed.json.items[0].file_id, id);
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 204);
    assert.equal((await service.get(path)).status, 404);
    assert.equal((await service.get(`${path}/content`)).status, 404);
  });

  it('of an archive say what is in it and what was left out', async () => {
    const archive = zip([
      { name: 'src/add.py', content: PYTHON },
      { name: 'README.md', content: '# Sum\n' },
      { name: '../evil.py', content: PYTHON },
      { name: 'picture.png', content: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]) },
    ]);
    const { status, json, text } = await upload([['project.zip', archive]]);
    assert.equal(status, 201, text);
    assert.equal(json.kind, 'zip');
    assert.deepEqual(json.contents, {
      entries: [
        { path: 'src/add.py', size: PYTHON.length },
        { path: 'README.md', size: 6 },
      ],
      left_out: [
        { path: '../evil.py', reason: 'unsafe_path' },
        { path: 'picture.png', reason: 'extension_not_allowed' },
      ],
      left_out_count: 2,
    });
    const [file, list] = await Promise.all([
      service.get(`/api/v1/files/${json.file_id}`),
      service.get('/api/v1/files?limit=1'),
    ]);
    assert.deepEqual(file.json.contents, json.contents);
    const { entries: _, ...short } = json.contents;
    assert.deepEqual(list.json.items, [{ ...file.json, contents: short }]);
  });

  it('of several files keep their paths, and are given to a submission that names them', async () => {
    const many = await upload([
      ['src/a.py', PYTHON],
      ['src/b.py', PYTHON],
    ]);
    assert.equal(many.status, 201, many.text);
    const ids = many.json.files.map(({ file_id: id }: { file_id: string }) => id);
    const body = {
      candidate_id: 'ada',
      content: { files: [{ path: 'own.py', content: PYTHON }], file_ids: ids },
    };
    const made = await service.post('/api/v1/assessments', body);
    assert.equal(made.status, 201, made.text);
    for (const id of ids) await service.send(`/api/v1/files/${id}`, { method: 'DELETE' });
    const path = `/api/v1/assessments/${made.json.assessment_id}/submission`;
    const { status, json, headers } = await service.get(path);
    assert.equal(status, 200);
    assert.deepEqual(json.content, {
      files: ['own.py', 'src/a.py', 'src/b.py'].map((name) => ({ path: name, content: PYTHON })),
    });
    const etag = headers.get('etag') ?? '';
    assert.equal((await service.get(path, { 'If-None-Match': etag })).status, 304);
    // What is given back can be sent again, and is the same question.
    const again = await service.post('/api/v1/assessments', json);
    assert.equal(again.json.input_sha256, made.json.input_sha256);
    const gone = await service.post('/api/v1/assessments', body);
    assert.equal(gone.status, 422);
    assert.deepEqual(
      gone.json.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/content/file_ids/0', '/content/file_ids/1'],
    );
  });

  it('that a submission names twice by path, or that are too much together, are refused', async () => {
    const first = await upload([['same.py', PYTHON]]);
    const second = await upload([['Same.py', PYTHON]]);
    const large = await upload([['large.md', 'word '.repeat(30_000)]]);
    const larger = await upload([['larger.md', 'word '.repeat(30_000)]]);
    const ask = (...answers: Answer[]) =>
      service.post('/api/v1/assessments', {
        candidate_id: 'ada',
        content: { file_ids: answers.map(({ json }) => json.file_id) },
      });
    const twice = await ask(first, second);
    assert.deepEqual([twice.status, twice.json.errors[0].pointer], [422, '/content/file_ids/1']);
    assert.equal((await ask(large, larger)).status, 413);
    assert.equal((await ask(first, large)).status, 201);
  });

  it('of a class become a file for each folder; a student is erased without the others', async () => {
    const inner = zip([{ name: 'main.py', content: PYTHON }]);
    const archive = zip([
      { name: 'Ann Ho_1_assignsubmission_file_/main.py', content: PYTHON },
      { name: 'Ann Ho_1_assignsubmission_file_/photo.png', content: '' },
      { name: 'Bob_2_assignsubmission_file_/work.zip', content: inner },
      { name: 'Eve_3_assignsubmission_file_main.py', content: `${PYTHON}# Eve\n` },
      { name: 'readme.txt', content: 'for the teacher' },
    ]);
    const { status, json, text } = await upload([['class.zip', archive]], { split: 'folders' });
    assert.equal(status, 201, text);
    assert.deepEqual(json.left_out, [{ path: 'readme.txt', reason: 'outside_a_folder' }]);
    assert.deepEqual(
      json.files.map((each: Answer['json']) => [
        each.filename,
        each.contents.entries.map(({ path }: { path: string }) => path),
        each.contents.left_out.map(({ reason }: { reason: string }) => reason),
      ]),
      [
        ['Ann Ho_1_assignsubmission_file_', ['main.py'], ['extension_not_allowed']],
        ['Bob_2_assignsubmission_file_', ['work/main.py'], []],
        ['Eve_3_assignsubmission_file_', ['main.py'], []],
      ],
    );
    for (const [index, candidate] of ['ann', 'bob', 'eve'].entries()) {
      const content = { file_ids: [json.files[index].file_id] };
      const made = await service.post('/api/v1/assessments', { candidate_id: candidate, content });
      assert.equal(made.status, 201, made.text);
    }
    const exported = await service.get('/api/v1/candidates/eve/export');
    assert.deepEqual(JSON.parse(exported.json.files[0].content), {
      path: 'main.py',
      content: `${PYTHON}# Eve\n`,
    });
    const erased = await service.send('/api/v1/candidates/eve', {
      method: 'DELETE',
      headers: { Prefer: 'return=representation' },
    });
    assert.equal(erased.json.erased.files, 1);
    const statuses = json.files.map(({ file_id: id }: { file_id: string }) =>
      service.get(`/api/v1/files/${id}`),
    );
    assert.deepEqual(
      (await Promise.all<Answer>(statuses)).map((answer) => answer.status),
      [200, 200, 404],
    );
    const contents = json.files.map(({ sha256 }: { sha256: string }) => contentAt(sha256));
    await until(() => !existsSync(contents[2]));
    assert.ok(existsSync(contents[0]) && existsSync(contents[1]));
  });

  it('with equal contents share one, which stays until the last is gone', async () => {
    const text = `${PYTHON}# shared\n`;
    const [a, b] = [await upload([['a.py', text]]), await upload([['b.py', text]])];
    const content = contentAt(a.json.sha256);
    const remove = ({ json }: Answer) =>
      service.send(`/api/v1/files/${json.file_id}`, { method: 'DELETE' });
    await remove(a);
    const other = await upload([['c.py', `${text}# another\n`]]);
    await remove(other);
    // In the order of their hashes, in one run at the latest: so the first was looked at, too.
    await until(() => !existsSync(contentAt(other.json.sha256)));
    assert.equal((await service.get(`/api/v1/files/${b.json.file_id}/content`)).text, text);
    await remove(b);
    await until(() => !existsSync(content));
  });

  it('for a person are erased with the person', async () => {
    const { json } = await upload([['for.py', PYTHON]], { candidate_id: 'carol' });
    assert.equal(json.candidate_id, 'carol');
    assert.equal(
      (await service.send('/api/v1/candidates/carol', { method: 'DELETE' })).status,
      204,
    );
    assert.equal((await service.get(`/api/v1/files/${json.file_id}`)).status, 404);
  });

  it('with an Idempotency-Key are stored once; with another content the key is refused', async () => {
    const key = { 'Idempotency-Key': 'upload once' };
    const first = await upload([['once.py', PYTHON]], {}, key);
    const again = await upload([['once.py', PYTHON]], {}, key);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal((await upload([['once.py', `${PYTHON}\n`]], {}, key)).status, 422);
  });

  it('leave no answer to be given again once one of their files is erased or deleted', async () => {
    const folders = (mark: string) =>
      zip([
        { name: 'Ann Ho/main.py', content: `${PYTHON}# ${mark}\n` },
        { name: 'Bob Ey/main.py', content: PYTHON },
      ]);
    const uploads = {
      erased: () => upload([['one.py', PYTHON]], {}, { 'Idempotency-Key': 'one' }),
      ...Object.fromEntries(
        ['erased class', 'deleted class', 'kept class'].map((key) => [
          key,
          () =>
            upload([['class.zip', folders(key)]], { split: 'folders' }, { 'Idempotency-Key': key }),
        ]),
      ),
    };
    const firsts: Record<string, Answer> = {};
    for (const [name, send] of Object.entries(uploads)) {
      firsts[name] = await send();
      assert.equal((await send()).text, firsts[name].text, name);
    }
    const fileOf = (name: string) => firsts[name]?.json.files[0].file_id;
    const content = { file_ids: [fileOf('erased')] };
    const inClass = { file_ids: [fileOf('erased class')] };
    for (const [candidate, submitted] of [
      ['mia', content],
      ['nia', inClass],
    ] as const) {
      const body = { candidate_id: candidate, content: submitted };
      assert.equal((await service.post('/api/v1/assessments', body)).status, 201);
      const erased = await service.send(`/api/v1/candidates/${candidate}`, { method: 'DELETE' });
      assert.equal(erased.status, 204);
    }
    const path = `/api/v1/files/${fileOf('deleted class')}`;
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 204);
    for (const [name, send] of Object.entries(uploads)) {
      const again = await send();
      assert.equal(again.status, 201, name);
      assert.equal(again.headers.has('idempotency-replayed'), name === 'kept class', name);
      assert.equal(again.text === firsts[name]?.text, name === 'kept class', name);
    }
  });

  const refusals: Record<string, [Parameters<typeof upload>, number, string]> = {
    'of another kind': [[[['a.exe', 'x']]], 415, 'INVALID_FILE_TYPE'],
    'of a picture with the name of a text': [
      [[['a.py', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')]]],
      415,
      'INVALID_FILE_TYPE',
    ],
    'with NUL': [[[['a.py', 'a\0b']]], 415, 'INVALID_FILE_TYPE'],
    'in another encoding': [[[['a.py', Buffer.from([0xe4, 0x20])]]], 415, 'INVALID_FILE_TYPE'],
    'of a document': [[[['a.txt', '%PDF-1.7\n']]], 415, 'INVALID_FILE_TYPE'],
    'of a text with the name of an archive': [[[['a.zip', PYTHON]]], 415, 'INVALID_FILE_TYPE'],
    'of an archive without a text': [[[['a.zip', zip([])]]], 422, 'VALIDATION_ERROR'],
    'with a path that climbs': [[[['../a.py', PYTHON]]], 422, 'VALIDATION_ERROR'],
    'with a name that changes its direction': [[[['a\u202Eyp.py', 'x']]], 422, 'VALIDATION_ERROR'],
    'that is too large': [[[['a.md', 'x'.repeat(MAX_BYTES + 1)]]], 413, 'FILE_TOO_LARGE'],
    'that is much too large': [[[['a.md', 'x'.repeat(3 * MAX_BYTES)]]], 413, 'FILE_TOO_LARGE'],
    'without a file': [[[], { candidate_id: 'ada' }], 422, 'VALIDATION_ERROR'],
    'with an unknown field': [[[['a.py', PYTHON]], { owner: 'admin' }], 422, 'VALIDATION_ERROR'],
    'with two files of one name': [
      [
        [
          ['a.py', PYTHON],
          ['A.py', PYTHON],
        ],
      ],
      422,
      'VALIDATION_ERROR',
    ],
  };
  for (const [what, [parts, status, code]] of Object.entries(refusals)) {
    it(`${what} are refused, and nothing is left of them`, async () => {
      const before = (await service.get('/api/v1/files?limit=1')).text;
      const answer = await upload(...parts);
      assert.deepEqual([answer.status, answer.json.error_code], [status, code], answer.text);
      assert.equal((await service.get('/api/v1/files?limit=1')).text, before);
      await until(() => readdirSync(join(folder(), 'incoming')).length === 0);
    });
  }

  it('that are no text are told what they are, where that is known', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    const told = {
      'a.py is not a text in UTF-8 but png.': png,
      'a.py is not a text in UTF-8.': Buffer.from([0xe4, 0x20]),
    };
    for (const [detail, bytes] of Object.entries(told)) {
      assert.equal((await upload([['a.py', bytes]])).json.detail, detail);
    }
  });

  it('that are mutated are answered, none by 5xx, and leave no temporary file', async () => {
    const headers = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(mutatedBodies, async (body) => {
        const init = { method: 'POST', headers, body: Uint8Array.from(body) };
        const { status, text } = await service.send('/api/v1/files/upload', init);
        seen.add(status);
        assert.ok(status < 500, text);
      }),
      { numRuns: 120 },
    );
    assert.ok(seen.has(201) && seen.has(400), [...seen].join(' '));
    await until(() => readdirSync(join(folder(), 'incoming')).length === 0);
  });

  const outcomes = async () => {
    const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    const of = (outcome: string) =>
      Number(new RegExp(`^uploads_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1]);
    return { aborted: of('aborted'), refused: of('refused') };
  };

  it('that come whole and are no form, or have a file in another field, are refused, not aborted', async () => {
    const before = await outcomes();
    const cut = multipart([file('cut.py', PYTHON)], '');
    const answer = await service.send('/api/v1/files/upload', {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: Uint8Array.from(cut),
    });
    assert.deepEqual([answer.status, answer.json.error_code], [400, 'BAD_REQUEST']);
    const form = new FormData();
    form.append('files', new Blob([PYTHON]), 'add.py');
    const other = await service.send('/api/v1/files/upload', { method: 'POST', body: form });
    assert.deepEqual([other.status, other.json.errors[0].pointer], [422, '/files']);
    assert.deepEqual(await outcomes(), { ...before, refused: before.refused + 2 });
  });

  it('whose client leaves in the middle leave no file and no descriptor', async () => {
    const counted = await outcomes();
    const body = multipart([file('left.py', '# a comment\n'.repeat(10_000))]);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let n = 0; n < 30; n += 1) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.write(headOf(body.length));
        socket.write(body.subarray(0, n * 3000), () => socket.destroy());
      });
    }
    await until(() => open() <= before + 5);
    await until(() => readdirSync(join(folder(), 'incoming')).length === 0);
    await until(async () => (await outcomes()).aborted > counted.aborted);
    assert.equal((await outcomes()).refused, counted.refused);
  });
});

describe('uploads of several callers', () => {
  const service = testService({ AUTH_REQUIRED: 'true', UPLOAD_QUOTA_BYTES: '1048576' });
  const keys: Record<string, string> = {};
  before(async () => {
    for (const name of ['teacher', 'other']) {
      const body = { name, role: 'assessor' };
      const made = await service.post('/api/v1/api-keys', body, { 'X-API-Key': service.adminKey });
      keys[name] = made.json.key;
    }
    keys['admin'] = service.adminKey;
  });
  const as = (who: string) => ({ 'X-API-Key': keys[who] ?? '' });
  const upload = (who: string, content: string) => {
    const form = new FormData();
    form.append('file', new Blob([content]), 'a.md');
    return service.send('/api/v1/files/upload', { method: 'POST', body: form, headers: as(who) });
  };

  it('are seen, used and deleted by their owner and by administrators; for others they are not there', async () => {
    const { json } = await upload('teacher', '# Mine\n');
    const path = `/api/v1/files/${json.file_id}`;
    const unknown = '/api/v1/files/file_01999999-9999-7999-9999-999999999999';
    for (const rest of ['', '/content']) {
      for (const who of ['teacher', 'admin']) {
        assert.equal((await service.get(path + rest, as(who))).status, 200, `${who} ${rest}`);
      }
      const foreign = await service.get(path + rest, as('other'));
      const absent = await service.get(unknown + rest, as('other'));
      assert.deepEqual([foreign.status, foreign.json.detail], [404, absent.json.detail]);
    }
    const listed = await service.get('/api/v1/files', as('other'));
    assert.deepEqual(listed.json.items, []);
    const body = { candidate_id: 'ada', content: { file_ids: [json.file_id] } };
    const used = await service.post('/api/v1/assessments', body, as('other'));
    assert.deepEqual([used.status, used.json.errors[0].pointer], [422, '/content/file_ids/0']);
    const remove = (who: string) => service.send(path, { method: 'DELETE', headers: as(who) });
    assert.equal((await remove('other')).status, 404);
    assert.equal((await remove('teacher')).status, 204);
  });

  it('are held up to the quota of each', async () => {
    assert.equal((await upload('teacher', 'x'.repeat(1_000_000))).status, 201);
    const { status, json } = await upload('teacher', 'y'.repeat(100_000));
    assert.equal(status, 409);
    assert.match(json.detail, /1000000 bytes of at most 1048576/);
    assert.equal((await upload('other', 'y'.repeat(100_000))).status, 201);
  });

  it('are held up to the quota of an account, whatever keys it makes for itself and revokes', async () => {
    const account = { username: 'grace', password: 'correct horse battery staple' };
    const made = await service.post('/api/v1/users', { ...account, role: 'assessor' }, as('admin'));
    assert.equal(made.status, 201, made.text);
    const { json: login } = await service.send('/api/v1/auth/token', {
      method: 'POST',
      body: new URLSearchParams(account),
    });
    const bearer = { Authorization: `Bearer ${login.access_token}` };
    const makeKey = async (name: string) => {
      const { json } = await service.post('/api/v1/api-keys', { name, role: 'assessor' }, bearer);
      keys[name] = json.key;
      return String(json.key_id);
    };
    const first = await makeKey('first');
    await makeKey('second');
    assert.equal((await upload('first', 'x'.repeat(600_000))).status, 201);
    assert.equal((await upload('second', 'y'.repeat(600_000))).status, 409);
    const path = `/api/v1/api-keys/${first}`;
    assert.equal((await service.send(path, { method: 'DELETE', headers: bearer })).status, 204);
    assert.equal((await upload('second', 'z'.repeat(600_000))).status, 409);
    assert.equal((await upload('second', 'z'.repeat(400_000))).status, 201);
  });
});

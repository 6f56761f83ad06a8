/** Uploads from outside: what is stored, what is refused, who sees it, and what is left of it afterwards. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { testService, type Answer } from '#test/support/service.ts';
import { zip } from './archives.ts';

const PYTHON = 'def add(a, b):\n    """Adds."""\n    return a + b\n';
const MAX_BYTES = 200_000;

describe('uploads', () => {
  const service = testService({ MAX_UPLOAD_SIZE: String(MAX_BYTES) });
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
  });
});

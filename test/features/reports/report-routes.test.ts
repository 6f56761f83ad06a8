import assert from 'node:assert/strict';
import { reportFormatNames } from '#src/features/reports/report-formats.ts';
import { testService } from '#test/support/service.ts';

const code =
  'def load(path):\n    try:\n        return open(path).read()\n    except:\n        pass\n'.repeat(
    3,
  );

describe('GET /api/v1/assessments/:id/report', () => {
  const service = testService();
  let id: string;
  let path: string;
  before(async () => {
    const { json } = await service.post('/api/v1/assessments', {
      candidate_id: 'ada',
      content: { files: [{ path: 'load.py', content: code }] },
    });
    id = json.assessment_id;
    path = `/api/v1/assessments/${id}/report`;
  });

  const types: Record<string, [type: string, disposition: string]> = {
    html: ['text/html; charset=utf-8', `inline; filename="report-ID.html"`],
    md: ['text/markdown; charset=utf-8', `inline; filename="report-ID.md"`],
    csv: ['text/csv; charset=utf-8; header=present', `attachment; filename="report-ID.csv"`],
    sarif: ['application/sarif+json', `attachment; filename="report-ID.sarif"`],
    gradescope: ['application/json; charset=utf-8', `attachment; filename="report-ID.json"`],
  };

  for (const format of reportFormatNames) {
    it(`answers ${format} with its type, a file name, and 304 to who has it`, async () => {
      const answer = await service.get(`${path}?format=${format}`);
      assert.equal(answer.status, 200, answer.text);
      const [type, disposition] = types[format] ?? assert.fail();
      assert.equal(answer.headers.get('Content-Type'), type);
      assert.equal(answer.headers.get('Content-Disposition'), disposition.replace('ID', id));
      assert.equal(answer.headers.get('Cache-Control'), 'private, no-cache');
      const etag = answer.headers.get('ETag') ?? '';
      const known = await service.get(`${path}?format=${format}`, { 'If-None-Match': etag });
      assert.deepEqual([known.status, known.text, known.headers.get('ETag')], [304, '', etag]);
    });
  }

  it('is a page where nothing is asked for, under a policy that loads nothing', async () => {
    const { text, headers } = await service.get(path);
    assert.match(text, /^<!doctype html>/);
    const policy = headers.get('Content-Security-Policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /);
    assert.match(policy, /frame-ancestors 'none'$/);
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
  });

  it('is another text in each format, with a tag of its own', async () => {
    const answers = await Promise.all(
      reportFormatNames.map((format) => service.get(`${path}?format=${format}`)),
    );
    const tags = new Set(answers.map(({ headers }) => headers.get('ETag')));
    assert.equal(tags.size, reportFormatNames.length);
  });

  it('answers HEAD as GET without the body', async () => {
    const head = await service.send(path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal(head.headers.get('Content-Type'), 'text/html; charset=utf-8');
  });

  it('refuses a format that it has not, and any other parameter', async () => {
    for (const query of [
      'format=pdf',
      'format=',
      'format=HTML',
      'format=md&format=csv',
      'theme=dark',
    ]) {
      const { status, json } = await service.get(`${path}?${query}`);
      assert.deepEqual([status, json.error_code], [422, 'VALIDATION_ERROR'], query);
    }
    const { json } = await service.get(`${path}?format=pdf`);
    assert.equal(json.errors[0].pointer, '/format');
    assert.match(json.errors[0].message, /html.*md.*csv.*sarif.*gradescope/);
  });

  it('is 404 for an assessment that does not exist, and for no identifier at all', async () => {
    for (const unknown of ['assess_019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b', 'x', `${id}x`]) {
      const { status, json } = await service.get(`/api/v1/assessments/${unknown}/report`);
      assert.deepEqual([status, json.error_code], [404, 'NOT_FOUND'], unknown);
    }
  });

  it('is gone with its assessment', async () => {
    const { json } = await service.post('/api/v1/assessments', {
      candidate_id: 'bob',
      content: { code },
    });
    const gone = `/api/v1/assessments/${json.assessment_id}/report`;
    assert.equal((await service.get(gone)).status, 200);
    await service.send(`/api/v1/assessments/${json.assessment_id}`, { method: 'DELETE' });
    assert.equal((await service.get(gone)).status, 404);
  });
});

/** Challenges, labels and classes, as people with different rights see them. */
import assert from 'node:assert/strict';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { testService } from '#test/support/service.ts';

const content = assessmentExamples.code.value.content;

describe('cohorts', () => {
  const service = testService({
    AUTH_REQUIRED: 'true',
    SECRET_KEY: 'the secret of these tests, which is long enough',
  });
  const keys: Record<string, string> = {};
  const as = (role: string) => ({ 'X-API-Key': keys[role] ?? service.adminKey });
  const submit = async (candidate: string, options: object, role = 'assessor') =>
    service.post('/api/v1/assessments', { candidate_id: candidate, content, options }, as(role));
  const list = async (query: string, role = 'assessor') => {
    const { status, json, text } = await service.get(`/api/v1/assessments?${query}`, as(role));
    assert.equal(status, 200, text);
    return json;
  };

  before(async () => {
    for (const role of ['candidate', 'viewer', 'assessor']) {
      const more = role === 'candidate' ? { candidate_id: 'ada' } : {};
      const body = { name: role, role, ...more };
      keys[role] = (await service.post('/api/v1/api-keys', body, as('admin'))).json.key;
    }
  });

  it('keeps challenge and labels, and shows them in result, list and dashboard', async () => {
    const options = { challenge: 'Blatt 1/ä', labels: ['7b', '2026', '7b'] };
    const { json, text } = await submit('ada', options);
    const kept = { challenge: 'Blatt 1/ä', labels: ['2026', '7b'] };
    const shown = ({ challenge, labels }: typeof kept) => ({ challenge, labels });
    assert.deepEqual(shown(json), kept, text);
    const path = `/api/v1/assessments/${json.assessment_id}`;
    assert.deepEqual(shown((await service.get(path, as('viewer'))).json), kept);
    assert.deepEqual(shown((await service.get(`${path}/dashboard`, as('viewer'))).json), kept);
    const found = await list(`challenge=${encodeURIComponent('Blatt 1/ä')}&label=7b`);
    assert.equal(found.items.length, 1);
    assert.deepEqual(shown(found.items[0]), kept);
    assert.equal(found.items[0].input_sha256, json.input_sha256);
    assert.deepEqual((await list('challenge=Blatt 1')).items, []);
  });

  it('has neither where none was named, or the empty name', async () => {
    for (const options of [{}, { challenge: '', labels: [] }]) {
      const { json } = await submit('none', options);
      assert.deepEqual([json.challenge, json.labels], [null, []]);
    }
  });

  it('judges the same with other labels, and calls it the same', async () => {
    const one = await submit('eve', { challenge: 'same', labels: ['a'] });
    const two = await submit('eve', { challenge: 'same', labels: ['b'] });
    assert.equal(one.json.input_sha256, two.json.input_sha256);
    assert.equal(two.json.metadata.cached, true);
  });

  for (const [name, labels, pointer] of [
    ['21 labels', Array.from({ length: 21 }, (_, i) => `l${i}`), '/options/labels'],
    ['a label of 51 characters', ['x'.repeat(51)], '/options/labels/0'],
    ['an empty label', [''], '/options/labels/0'],
    ['a label with a line break', ['a\nb'], '/options/labels/0'],
    ['a label with a blank at its end', ['a '], '/options/labels/0'],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const { status, json } = await submit('bad', { labels });
      assert.deepEqual([status, json.errors[0].pointer], [422, pointer]);
    });
  }

  it('refuses a cursor of another order or other filters, and one that no page gave', async () => {
    const { next_cursor: cursor } = await list('challenge=same&sort=-score&limit=1');
    assert.equal((await list(`challenge=same&sort=-score&cursor=${cursor}`)).items.length, 1);
    const text = Buffer.from(cursor, 'base64url').toString();
    const forged = Buffer.from(text.replace(/\.[0-9a-f]{16}/, '.7ff8000000000000'));
    for (const query of [
      `challenge=same&sort=score&cursor=${cursor}`,
      `challenge=same&cursor=${cursor}`,
      `challenge=other&sort=-score&cursor=${cursor}`,
      `challenge=same&sort=-score&label=a&cursor=${cursor}`,
      `challenge=same&sort=-score&cursor=${forged.toString('base64url')}`,
      'challenge=%00',
      'sort=name',
    ]) {
      const answer = await service.get(`/api/v1/assessments?${query}`, as('assessor'));
      assert.equal(answer.status, 422, query);
    }
  });

  it('tells reviewers, and nobody else, who handed in the same', async () => {
    const options = { challenge: 'copied' };
    const scores: number[] = [];
    for (const candidate of ['ada', 'bob']) {
      scores.push((await submit(candidate, options)).json.overall_score);
    }
    assert.equal(scores[0], scores[1]);
    assert.ok((scores[0] ?? 0) > 0);
    const same = async (role: string) =>
      (await list('challenge=copied', role)).items.map((item: object) =>
        'same_input' in item ? item.same_input : 'untold',
      );
    assert.deepEqual(await same('assessor'), [1, 1]);
    assert.deepEqual(await same('viewer'), ['untold', 'untold']);
    assert.deepEqual(await same('candidate'), ['untold'], 'its own alone');
  });

  describe('a name of a candidate', () => {
    const change = (id: string, body: unknown, headers = {}, role = 'assessor') =>
      service.send(`/api/v1/candidates/${id}`, {
        method: 'PATCH',
        headers: { ...as(role), 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });

    it('is changed, shown where the candidate is, and removed, with If-Match as elsewhere', async () => {
      await submit('named', { challenge: 'naming' });
      const path = '/api/v1/candidates/named';
      const { headers } = await service.get(path, as('viewer'));
      const etag = headers.get('etag') ?? '';
      const changed = await change('named', { display_name: 'Ada Löve' }, { 'If-Match': etag });
      assert.equal(changed.status, 200, changed.text);
      assert.equal(changed.json.display_name, 'Ada Löve');
      const now = await service.get(path, as('viewer'));
      assert.equal(now.text, changed.text);
      assert.equal(now.headers.get('etag'), changed.headers.get('etag'));
      assert.equal(
        (await change('named', { display_name: 'x' }, { 'If-Match': etag })).status,
        412,
      );
      assert.equal((await list('challenge=naming')).items[0].display_name, 'Ada Löve');
      const exported = await service.get(`${path}/export`, as('viewer'));
      assert.equal(exported.json.candidate.display_name, 'Ada Löve');
      const data = await change('named', { initial_data: { a: 1.5 } });
      assert.deepEqual([data.json.display_name, data.json.initial_data], ['Ada Löve', { a: 1.5 }]);
      const none = await change('named', { display_name: null, initial_data: null });
      assert.deepEqual([none.json.display_name, none.json.initial_data], [null, {}]);
      assert.ok(service.log.length > 0 && service.log.every((line) => !line.includes('Löve')));
    });

    it('may come with the candidate', async () => {
      const body = { candidate_id: 'with_name', display_name: 'Grace' };
      const { json } = await service.post('/api/v1/candidates', body, as('assessor'));
      assert.equal(json.display_name, 'Grace');
    });

    it('is refused when nothing is changed, by the wrong type, of nobody, and by who only reads', async () => {
      for (const [body, pointer] of [
        [{}, ''],
        [{ display_name: '' }, '/display_name'],
        [{ display_name: 'a\nb' }, '/display_name'],
        [{ display_name: 'x'.repeat(201) }, '/display_name'],
        [{ initial_data: [] }, '/initial_data'],
        [{ candidate_id: 'y' }, '/candidate_id'],
      ] as const) {
        const { status, json } = await change('named', body);
        assert.deepEqual([status, json.errors[0].pointer], [422, pointer], JSON.stringify(body));
      }
      assert.equal((await change('nobody', { display_name: 'x' })).status, 404);
      assert.equal((await change('ada', { display_name: 'x' }, {}, 'candidate')).status, 403);
      assert.equal((await change('ada', { display_name: 'x' }, {}, 'viewer')).status, 403);
    });
  });

  describe('the statistics of a challenge', () => {
    const stats = (name: string, query = '', role = 'assessor', headers = {}) =>
      service.get(`/api/v1/challenges/${encodeURIComponent(name)}/stats${query}`, {
        ...as(role),
        ...headers,
      });
    const name = 'Blatt 2/ä';
    const other = assessmentExamples.files.value;

    before(async () => {
      const ofClass = { challenge: name, labels: ['class'] };
      await service.post(
        '/api/v1/assessments',
        { ...other, candidate_id: 'c1', options: ofClass },
        as('assessor'),
      );
      await submit('c1', ofClass);
      await submit('c2', ofClass);
      await service.post(
        '/api/v1/assessments',
        { ...other, candidate_id: 'c3', options: { challenge: name } },
        as('assessor'),
      );
      const prose = { candidate_id: 'c4', content: { code: 'x' }, options: { challenge: name } };
      await service.post('/api/v1/assessments', prose, as('assessor'));
      await submit('c5', { challenge: 'another', labels: ['class'] });
    });

    it('has one submission of each, ranked, with equals sharing a rank, page by page', async () => {
      const { json, text } = await stats(name);
      assert.deepEqual([json.challenge, json.submissions, json.candidates], [name, 5, 4], text);
      const ranks = json.ranking.items.map((item: Record<string, unknown>) => [
        item['candidate_id'],
        item['rank'],
        item['submissions'],
        item['same_input'],
      ]);
      const scores = json.ranking.items.map(
        (item: Record<string, unknown>) => item['overall_score'],
      );
      assert.equal(scores[3], null);
      const c3First = scores[0] !== scores[1];
      const equals = c3First ? 2 : 1;
      // What c1 handed in first.
      const three = ['c3', c3First ? 1 : 3, 1, 1];
      const two = [
        ['c1', equals, 2, 1],
        ['c2', equals, 1, 1],
      ];
      assert.deepEqual(ranks, [
        ...(c3First ? [three, ...two] : [...two, three]),
        ['c4', null, 1, 0],
      ]);
      const paged: unknown[] = [];
      let cursor = '';
      do {
        const page = await stats(name, `?limit=1${cursor}`);
        assert.equal(page.status, 200, page.text);
        paged.push(...page.json.ranking.items);
        cursor =
          page.json.ranking.next_cursor === null ? '' : `&cursor=${page.json.ranking.next_cursor}`;
      } while (cursor !== '');
      assert.deepEqual(paged, json.ranking.items);
    });

    it('counts scores in tens, over all and by path', async () => {
      const { json } = await stats(name);
      const scores = json.ranking.items.flatMap(
        (item: { overall_score: number | null }) => item.overall_score ?? [],
      );
      const { scored, unscored, mean, median, histogram } = json.distribution;
      assert.deepEqual([scored, unscored], [3, 1]);
      const sum = scores.reduce((a: number, b: number) => a + b, 0);
      assert.ok(Math.abs(mean - sum / 3) < 0.006);
      assert.ok(Math.abs(median - scores[1]) < 0.006);
      const bins = Array<number>(10).fill(0);
      for (const score of scores) {
        const bin = Math.min(9, Math.floor(score / 10));
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      assert.deepEqual(histogram, bins);
      assert.equal(json.paths.technical.scored + json.paths.technical.unscored, 4);
    });

    it('counts the best instead of the latest, and those with a label alone', async () => {
      const latest = await stats(name, '?label=class');
      assert.equal(latest.json.candidates, 2);
      const best = await stats(name, '?attempt=best');
      const of = (answer: typeof best) =>
        answer.json.ranking.items.find(
          (item: { candidate_id: string }) => item.candidate_id === 'c1',
        ).overall_score;
      assert.ok(of(best) >= of(latest));
    });

    it('tells who is missing of a class and of a list', async () => {
      assert.equal((await stats(name)).json.missing, null);
      const ofClass = (await stats(name, '?expected_label=class')).json.missing;
      const c5 = { candidate_id: 'c5', display_name: null };
      assert.deepEqual(ofClass, { expected: 3, count: 1, candidates: [c5] });
      const listed = (await stats(name, '?expected_label=class&expected=c3,nobody,c5')).json
        .missing;
      const nobody = { candidate_id: 'nobody', display_name: null };
      assert.deepEqual(listed, { expected: 5, count: 2, candidates: [c5, nobody] });
      assert.equal((await stats(name, '?expected=a/b')).status, 422);
    });

    it('is 404 for a name that nothing was submitted to, and closed to candidates', async () => {
      for (const unknown of ['unknown', 'a\0b']) assert.equal((await stats(unknown)).status, 404);
      assert.equal((await stats(name, '', 'candidate')).status, 403);
      const { json } = await stats(name, '', 'viewer');
      assert.ok(json.ranking.items.every((item: object) => !('same_input' in item)));
    });

    it('is a table for who asks for one', async () => {
      const { status, headers, text } = await stats(name, '?limit=2', 'viewer', {
        Accept: 'text/csv',
      });
      assert.equal(status, 200, text);
      assert.equal(headers.get('content-disposition'), 'attachment; filename="ranking.csv"');
      assert.equal(
        text.split('\r\n')[0],
        'rank,candidate_id,display_name,assessment_id,timestamp,overall_score,technical,design,collaboration,problem_solving,communication,rubric_version,submissions,input_sha256',
      );
      assert.equal(text.split('\r\n').length, 4);
      const next = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
      const last = await service.get(next, { ...as('viewer'), Accept: 'text/csv' });
      assert.deepEqual([last.status, last.headers.get('link')], [200, null]);
      assert.match(last.text, /\r\n,c4,,assess_/);
    });
  });

  describe('a list as a table', () => {
    const table = (query: string, role: string, accept = 'text/csv') =>
      service.get(`/api/v1/assessments?${query}`, { ...as(role), Accept: accept });

    it('has a row each, no formula, and a link to the next page', async () => {
      for (const [i, first] of ['=', '+', '-', '@'].entries()) {
        const id = `f${i}`;
        await submit(id, { challenge: `${first}1+1,"x"`, labels: ['formula', `${first}cmd`] });
      }
      const seen: string[] = [];
      let path = '/api/v1/assessments?label=formula&limit=3&sort=timestamp';
      do {
        const { status, headers, text } = await service.get(path, {
          ...as('assessor'),
          Accept: 'text/csv',
        });
        assert.equal(status, 200, text);
        assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
        assert.match(headers.get('vary') ?? '', /\bAccept\b/);
        const [header, ...rows] = text.trimEnd().split('\r\n');
        assert.match(
          header ?? '',
          /^assessment_id,candidate_id,display_name,.*,input_sha256,same_input$/,
        );
        seen.push(...rows);
        path = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
      } while (path !== '');
      assert.deepEqual(
        seen.map((row) => row.split(',code,')[1]?.split(',2')[0]),
        ['=', '+', '-', '@'].map(
          (first) => `"'${first}1+1,""x""",${first < 'f' ? `'${first}cmd; formula` : ''}`,
        ),
      );
    });

    it('has its header alone where there is nothing, and no column for reviewers for others', async () => {
      const { text } = await table('challenge=none', 'candidate');
      assert.match(text, /^assessment_id,.*,input_sha256\r\n$/);
    });

    it('is JSON unless CSV is preferred, and 406 for anything else', async () => {
      for (const accept of ['*/*', 'application/json', 'text/csv;q=0.5, application/json']) {
        const { headers } = await table('', 'viewer', accept);
        assert.match(headers.get('content-type') ?? '', /^application\/json/, accept);
      }
      const { status, json, headers } = await table('', 'viewer', 'application/pdf');
      assert.deepEqual([status, json.error_code], [406, 'NOT_ACCEPTABLE']);
      assert.match(headers.get('vary') ?? '', /\bAccept\b/);
    });
  });
});

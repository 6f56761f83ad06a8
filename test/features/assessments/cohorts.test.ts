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
});

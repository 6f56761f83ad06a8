/** A stored submission, judged again. */
import assert from 'node:assert/strict';
import { rubricVersions } from '#src/engine/rubric.ts';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { testService } from '#test/support/service.ts';

describe('a reassessment', () => {
  const service = testService();
  const { content } = assessmentExamples.code.value;
  const again = (id: string, headers = {}) =>
    service.post(`/api/v1/assessments/${id}/reassess`, undefined, headers);

  it('is a new assessment of the same submission with the same options, and the first one stays', async () => {
    const options = { challenge: 'sorting', labels: ['7b'], weights: { technical: 2 } };
    const body = { candidate_id: 'ada', content, options };
    const { json: first } = await service.post('/api/v1/assessments', body);
    const { status, json: second, headers } = await again(first.assessment_id);
    assert.equal(status, 201);
    assert.notEqual(second.assessment_id, first.assessment_id);
    assert.equal(headers.get('location'), `/api/v1/assessments/${second.assessment_id}`);
    assert.equal(second.reassessment_of, first.assessment_id);
    for (const member of ['candidate_id', 'challenge', 'labels', 'overall_score', 'input_sha256'])
      assert.deepEqual(second[member], first[member], member);
    const { json: kept } = await service.get(`/api/v1/assessments/${first.assessment_id}`);
    assert.deepEqual(kept, first);
    const stored = await service.get(`/api/v1/assessments/${second.assessment_id}`);
    assert.equal(stored.json.reassessment_of, first.assessment_id);
  });

  it('is by the rubric of today, whatever rubric was named', async () => {
    const [current, ...older] = rubricVersions;
    const options = { rubric: older.at(-1) ?? current };
    const body = { candidate_id: 'bob', content, options };
    const { json: first } = await service.post('/api/v1/assessments', body);
    const { json: second } = await again(first.assessment_id);
    assert.equal(second.rubric_version, current);
    const path = `/api/v1/assessments/${second.assessment_id}/submission`;
    assert.equal((await service.get(path)).json.options.rubric, undefined);
  });

  it('is made once for each idempotency key, and not of what does not exist', async () => {
    const { json: first } = await service.post('/api/v1/assessments', {
      candidate_id: 'cyd',
      content,
    });
    const key = { 'Idempotency-Key': 'again-1' };
    const [one, two] = [
      await again(first.assessment_id, key),
      await again(first.assessment_id, key),
    ];
    assert.equal(one.status, 201, one.text);
    assert.equal(two.json.assessment_id, one.json.assessment_id);
    assert.equal(two.headers.get('idempotency-replayed'), 'true');
    const none = await again('assess_01999999-9999-7999-9999-999999999999');
    assert.equal(none.status, 404);
  });
});

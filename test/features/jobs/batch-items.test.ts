import assert from 'node:assert/strict';
import { AppError } from '#src/errors.ts';
import { toItem, withFiles } from '#src/features/jobs/batch-items.ts';

describe('the items of a batch', () => {
  const state = { em: {}, caller: {}, signal: new AbortController().signal, requestId: 'r' };
  const rubrics = { check: () => Promise.resolve() };
  const item = toItem({ candidate_id: 'ada', content: { file_id: 'a' } }, 0, 'r');
  const refusedWith = (refusal: AppError) =>
    withFiles(
      state as never,
      { maxBytes: 100, resolveFiles: () => Promise.reject(refusal), rubrics },
      [toItem({ candidate_id: 'bob', content: { code: 'a = 1' } }, 0, 'r')],
    );

  it('fail alone with what is wrong with them', async () => {
    assert.ok('problem' in item);
    assert.match(String(item.problem['detail']), /^Item 0: The request body does not fit/);
    const [refused] = await refusedWith(new AppError('NOT_FOUND', 'No file has this id.'));
    assert.ok(refused !== undefined && 'problem' in refused);
    assert.equal(refused.problem['detail'], 'Item 0: No file has this id.');
    assert.equal(refused.candidateId, 'bob');
  });

  it('do not fail for the time of the request, which is told as its own', async () => {
    const late = new AppError('REQUEST_TIMEOUT', 'The time for the request is over.');
    await assert.rejects(refusedWith(late), late);
  });
});

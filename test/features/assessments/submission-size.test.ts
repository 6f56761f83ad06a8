import assert from 'node:assert/strict';
import { sizeClass, SMALL_MAX_CHARACTERS } from '#src/features/assessments/submission-size.ts';

describe('the size class of a submission', () => {
  const text = (length: number) => 'x'.repeat(length);

  it('changes beyond the limit', () => {
    assert.equal(sizeClass({ code: text(SMALL_MAX_CHARACTERS) }), 'small');
    assert.equal(sizeClass({ code: text(SMALL_MAX_CHARACTERS + 1) }), 'large');
    assert.equal(sizeClass({}), 'small');
  });

  it('counts all texts, wherever they are', () => {
    const half = text(SMALL_MAX_CHARACTERS / 2);
    const parts = {
      files: [{ path: 'a.py', content: half }],
      template_files: [{ path: 'a.py', content: half }],
      answers: [{ question: half, answer: half }],
      commits: [{ message: half, diff: half }],
      reviews: [half, half],
      text: half,
      code: half,
    };
    assert.equal(sizeClass({ files: parts.files, text: half }), 'large');
    assert.equal(sizeClass({ template_files: parts.template_files, code: half }), 'large');
    assert.equal(sizeClass({ answers: parts.answers, text: 'x' }), 'large');
    assert.equal(sizeClass({ commits: parts.commits, text: 'x' }), 'large');
    assert.equal(sizeClass({ reviews: parts.reviews, text: 'x' }), 'large');
    assert.equal(sizeClass({ text: half }), 'small');
  });
});

import assert from 'node:assert/strict';

import { withoutLongComments } from '#src/engine/syntax/long-comments.ts';

describe('long comments', () => {
  it('stay as they are up to a hundred lines', () => {
    const text = `${'# a\n'.repeat(100)}x = 1\n${'# b\n\n'.repeat(100)}y = 2\n`;
    assert.equal(withoutLongComments(text), text);
  });

  it('are blanked beyond, with every line where it was', () => {
    const text = `${'# abc\n'.repeat(103)}x = 1\n`;
    const thinned = withoutLongComments(text);
    assert.equal(thinned.length, text.length);
    assert.deepEqual(thinned.split('\n').slice(98, 104), [
      '# abc',
      '# abc',
      '     ',
      '     ',
      '     ',
      'x = 1',
    ]);
  });
});

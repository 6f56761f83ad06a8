import assert from 'node:assert/strict';

import { count, verb } from '#src/engine/criteria/criterion.ts';

describe('counting in words', () => {
  it('forms the plural that the noun asks for', () => {
    assert.deepEqual(
      [count(1, 'class'), count(2, 'class'), count(0, 'dependency'), count(3, 'file')],
      ['1 class', '2 classes', 'no dependencies', '3 files'],
    );
  });

  it('lets the verb agree', () => {
    assert.deepEqual([verb(1, 'give', 'gives'), verb(0, 'give', 'gives')], ['gives', 'give']);
  });
});

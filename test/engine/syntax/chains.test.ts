import assert from 'node:assert/strict';
import fc from 'fast-check';
import { endsInCatch } from '#src/engine/syntax/patterns/fallible.ts';

describe('a chain of promises', () => {
  it('ends in a catch when the expression says so that says it plainly', () => {
    const plainly = /^\s*(\.then\([\s\S]{0,300}?\)\s*)*\.catch\(/;
    const pieces = [
      '.then(',
      '.catch(',
      ')',
      ' ',
      '\n',
      '.',
      'x => y',
      '(',
      'a'.repeat(292),
      'a'.repeat(8),
    ];
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (chosen) => {
        const text = chosen.join('');
        const expected = plainly.test(text);
        seen.add(expected);
        assert.equal(endsInCatch(text), expected, text);
      }),
      { numRuns: 5000, examples: [[['.then(', ')', '.catch(']]] },
    );
    assert.equal(seen.size, 2);
  });

  it('without one is told from it however long it is', () => {
    // The plain expression tries 2 to the power of 60 ways.
    assert.equal(endsInCatch('.then()'.repeat(60)), false);
    assert.equal(endsInCatch(`${'.then()'.repeat(60)}.catch(`), true);
    assert.equal(endsInCatch(`.then(${'a'.repeat(300)}).catch(`), true);
    assert.equal(endsInCatch(`.then(${'a'.repeat(301)}).catch(`), false);
  });
});

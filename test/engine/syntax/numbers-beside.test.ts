import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';

describe('names beside a number', () => {
  it('are those of its own statement, with and without braces around it', async () => {
    const facts = await realFacts();
    const numbersIn = (source: string) =>
      facts('age.js', source).numbers.map(({ number, words }) => ({ number, words }));
    const braced = numbersIn(`
export function check(seats, holder) {
  if (seats > 120) {
    throw new RangeError('at most 240 seats');
  }
  if (holder === undefined) {
    holder = nameOf(360);
  }
}
`);
    const bare = numbersIn(`
export function check(seats, holder) {
  if (seats > 120) throw new RangeError('at most 240 seats');
  if (holder === undefined) holder = nameOf(360);
}
`);
    assert.deepEqual(bare, braced);
    assert.deepEqual(
      braced.map(({ number, words }) => [
        number,
        words.includes('seats'),
        words.includes('holder'),
      ]),
      [
        ['120', true, false],
        ['240', false, false],
        ['360', false, true],
      ],
    );
  });
});

import assert from 'node:assert/strict';

import { fluencyOf, withFluency, wordOrderOf } from '#src/engine/prose/fluency.ts';
import { proseBlocks } from '#src/engine/prose/blocks.ts';
import { sentencesOf } from '#src/engine/prose/sentences.ts';
import { publishedRubric } from '#test/support/engine.ts';

const rubric = publishedRubric();

const said = [
  'The queue keeps every job until a worker has confirmed it, so that nothing is lost when a process dies.',
  'A job that fails is tried again after a second, then after two, and is set aside after the fifth time.',
  'If the clock of the machine is wrong, jobs may run too early; the order of two of them never changes.',
  'Workers ask for jobs in batches of twenty, because each request to the store takes a few milliseconds.',
];
/** The same words in the order of the alphabet. */
const sorted = said.map(
  (text) => `${text.toLowerCase().replace('.', '').split(' ').sort().join(' ')}.`,
);

const fluenciesOf = (texts: readonly string[]): number[] =>
  withFluency(proseBlocks(texts.join(' ')).flatMap(sentencesOf), rubric).map(
    ({ fluency }) => fluency,
  );

describe('fluency', () => {
  it('is full for sentences that somebody wrote', () => {
    assert.deepEqual(fluenciesOf(said), [1, 1, 1, 1]);
  });

  it('is nothing for the same words in another order', () => {
    assert.deepEqual(fluenciesOf(sorted), [0, 0, 0, 0]);
  });

  it('is nothing for words in grammatical frames that do not fit them', () => {
    const frames = [
      'The parse of each get holds its from, because every of reads the encode in the is.',
      'When a to takes the has, its add stops every for, although the set needs each not.',
      'Each index of the on follows a resolve, so that the with turns into every if.',
      'A default needs its throw, and every as of the map takes each in from the was.',
    ];
    assert.deepEqual(fluenciesOf(frames), [0, 0, 0, 0]);
  });

  it('does not change what stands beside it where both are long', () => {
    const good = Array.from({ length: 10 }, (_, round) =>
      said.map((text) => `${text.slice(0, -1)} ${round}.`),
    ).flat();
    const bad = Array.from({ length: 10 }, () => sorted).flat();
    const all = fluenciesOf([...good, ...bad]);
    assert.equal(all[0], 1);
    assert.equal(all.at(-1), 0);
  });

  it('gives a short text the benefit of the doubt', () => {
    assert.equal(fluencyOf(wordOrderOf(['Parse and stringify URL query strings']), rubric), 1);
  });
});

import assert from 'node:assert/strict';

import { readProse } from '#src/engine/prose/prose.ts';
import { codePlaces } from '#src/engine/submission/code-places.ts';
import { groundingIndex } from '#src/engine/submission/grounding-index.ts';
import { withoutRepeats } from '#src/engine/submission/repeated-words.ts';
import { publishedRubric, realFacts } from '#test/support/engine.ts';

const rubric = publishedRubric();

const code = `
export function takeJob(queue, worker) {
  const job = queue.waiting.shift();
  worker.busy = true;
  job.deadline = clock() + leaseSeconds;
  return job;
}

export function retryFailed(store, attempts) {
  for (const entry of store.failures) entry.delay = backoff(entry.tries);
}
`;

async function repeatedOf(text: string): Promise<string[]> {
  const facts = (await realFacts())('jobs.js', code);
  const linesOf = () => code.split('\n');
  const index = {
    ...groundingIndex([facts], linesOf),
    vocabulary: new Map<string, number>(),
    places: () => codePlaces([facts], linesOf),
  };
  const prose = readProse([{ name: 'README.md', source: 'docs', text }], rubric);
  return withoutRepeats(prose, index, rubric).documents.flatMap(({ repeated = [] }) =>
    repeated.map((one) => one.text),
  );
}

describe('a sentence in the frame of another', () => {
  const first =
    'Before the queue is asked for a job again, the worker waits until all the others are done.';
  const again =
    'Before the store is asked for a deadline again, the backoff waits until all the others are done.';
  const other =
    'Whoever looks in at night finds the buried entries in one place, with the reason beside each.';

  it('says nothing new where a long rest of it is the same', async () => {
    assert.deepEqual(await repeatedOf(`${first} ${other} ${again}`), [again]);
  });

  it('says nothing new where hardly a small word of it is another', async () => {
    const almost = again.replace('all the others', 'most of the others');
    assert.deepEqual(await repeatedOf(`${first} ${other} ${almost}`), [almost]);
  });

  it('is one of many that a template made, the first as well, where there are four', async () => {
    const made = ['all', 'most', 'some', 'few'].map((word, at) =>
      (at % 2 === 0 ? first : again).replace('all the others', `${word} of the others`),
    );
    const between = [
      `${other} Two processes may ask at once, and the slower one comes back with nothing.`,
      'A clock that was set back gives leases that end too late, which does no harm. Nobody deletes by hand.',
      'What fails for good is kept for a week, since by then somebody has read the mail about it.',
      'Tests start from an empty disk and leave it as they found it. Larger machines need no change here.',
    ];
    const mixed = (from: number): string =>
      made.flatMap((one, at) => [at < from ? '' : one, between[at]]).join('\n\n');
    assert.deepEqual(await repeatedOf(mixed(1)), made.slice(2));
    assert.deepEqual(await repeatedOf(mixed(0)), made);
  });

  it('is its own where the rest is other, and where it is short', async () => {
    assert.deepEqual(await repeatedOf(`${first} ${other}`), []);
    assert.deepEqual(await repeatedOf(`${first} The queue is busy. The worker is busy.`), []);
  });
});

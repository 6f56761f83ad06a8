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

  it('is its own where the rest is other, and where it is short', async () => {
    assert.deepEqual(await repeatedOf(`${first} ${other}`), []);
    assert.deepEqual(await repeatedOf(`${first} The queue is busy. The worker is busy.`), []);
  });
});

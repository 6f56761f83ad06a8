import assert from 'node:assert/strict';
import { createProgress } from '#src/features/jobs/progress.ts';

const percents = Array.from({ length: 99 }, (_, at) => at + 1);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the progress of a job', () => {
  it('is stored four times at most, and not of a short one', async () => {
    const stored: number[] = [];
    const store = (percent: number) => Promise.resolve(void stored.push(percent));
    for (const length of [99_999, 100_000]) {
      const { report } = createProgress(length, store);
      for (const percent of percents) {
        report(percent);
        await turn();
      }
    }
    assert.deepEqual(stored, [20, 40, 60, 80]);
  });

  it('is stored by one write at a time, which is waited for at the end; one that fails changes nothing', async () => {
    const writes: [number, PromiseWithResolvers<void>][] = [];
    const { report, settled } = createProgress(100_000, (percent) => {
      const write = Promise.withResolvers<void>();
      writes.push([percent, write]);
      return write.promise;
    });
    for (const percent of percents.slice(0, 50)) report(percent);
    assert.equal(writes.length, 1);
    let isSettled = false;
    const end = settled().then(() => (isSettled = true));
    await turn();
    assert.equal(isSettled, false);
    writes[0]?.[1].reject(new Error('down'));
    await end;
    report(51);
    assert.deepEqual(
      writes.map(([percent]) => percent),
      [20, 51],
    );
  });
});

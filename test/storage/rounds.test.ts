import assert from 'node:assert/strict';
import { context, createContextKey } from '@opentelemetry/api';
import { createRounds } from '#src/storage/rounds.ts';

describe('rounds', () => {
  const key = createContextKey('of who sets a round off');
  interface Running {
    done: (ms: number) => void;
    fail: (error: Error) => void;
    inherited: unknown;
  }
  interface Wait {
    ms: number;
    run: () => void;
    isCancelled: boolean;
  }

  function started() {
    const runs: Running[] = [];
    const waits: Wait[] = [];
    const failures: unknown[] = [];
    const rounds = createRounds({
      round() {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        runs.push({ done: resolve, fail: reject, inherited: context.active().getValue(key) });
        return promise;
      },
      failed(error) {
        failures.push(error);
        return 5;
      },
      after(ms, run) {
        const wait = { ms, run, isCancelled: false };
        waits.push(wait);
        return () => {
          wait.isCancelled = true;
        };
      },
    });
    return { rounds, runs, waits, failures };
  }
  const settled = () => new Promise(setImmediate);

  it('follow each other, after a failure as well', async () => {
    const { rounds, runs, waits, failures } = started();
    rounds.begin();
    runs[0]?.done(70);
    await settled();
    waits[0]?.run();
    const error = new Error('away');
    runs[1]?.fail(error);
    await settled();
    assert.deepEqual([waits.map(({ ms }) => ms), failures], [[70, 5], [error]]);
  });

  it('come right after the one that runs when one is wanted, and never beside it', async () => {
    const { rounds, runs, waits } = started();
    rounds.begin();
    rounds.begin();
    rounds.begin();
    assert.equal(runs.length, 1);
    runs[0]?.done(1);
    await settled();
    assert.deepEqual([runs.length, waits.length], [2, 0]);
    runs[1]?.done(2);
    await settled();
    // Wanted while it is waited for: that waiting is over.
    rounds.begin();
    assert.deepEqual([runs.length, waits[0]?.isCancelled], [3, true]);
  });

  it('are over once they are closed, which waits for the one that runs', async () => {
    const { rounds, runs, waits } = started();
    rounds.begin();
    let isDone = false;
    const closing = rounds.close().then(() => (isDone = true));
    await settled();
    assert.deepEqual([isDone, rounds.isClosed()], [false, true]);
    runs[0]?.done(1);
    await closing;
    rounds.begin();
    assert.deepEqual([runs.length, waits.length], [1, 0]);
  });

  it('end their waiting when they are closed', async () => {
    const { rounds, runs, waits } = started();
    rounds.begin();
    runs[0]?.done(1);
    await settled();
    await rounds.close();
    assert.equal(waits[0]?.isCancelled, true);
  });

  it('are no part of the trace of who sets them off', () => {
    const { rounds, runs } = started();
    context.with(context.active().setValue(key, 'a request'), rounds.begin);
    assert.equal(runs[0]?.inherited, undefined);
  });
});

import assert from 'node:assert/strict';
import { AppError, DependencyError } from '#src/errors.ts';
import { createJobWatch, wakingAtEnds } from '#src/features/jobs/job-watch.ts';
import type { Standing } from '#src/features/jobs/present-job.ts';
import type { StreamItem } from '#src/http/routing/route.ts';

/** A watch whose time passes by `tick`, and a job whose state the test sets. */
function rig(most = { all: 10, caller: 10 }) {
  let now = 0;
  const timers = new Map<() => void, number>();
  const watch = createJobWatch({
    after(ms, run) {
      timers.set(run, now + ms);
      return () => void timers.delete(run);
    },
    monotonicMs: () => now,
    most,
  });
  const job: Standing = { revision: 1, status: 'queued', isOver: false, body: { job_id: 'a' } };
  const overs: (() => void)[] = [];
  const asked = { revision: 0, read: 0, rights: 0 };
  const rights = { answer: () => Promise.resolve(true) };
  const open = (last = -1, caller = 'ada', signal = new AbortController().signal) => {
    const read = () => {
      asked.read += 1;
      return Promise.resolve({ ...job });
    };
    const revision = () => {
      asked.revision += 1;
      return Promise.resolve(job.revision);
    };
    const isAllowed = () => {
      asked.rights += 1;
      return rights.answer();
    };
    const whenOver = (leave: () => void) => void overs.push(leave);
    const items = watch.stream({
      caller,
      read,
      revision,
      isAllowed,
      first: { ...job },
      last,
      signal,
      whenOver,
    });
    return items[Symbol.asyncIterator]() as AsyncGenerator<StreamItem, void>;
  };
  return {
    watch,
    job,
    open,
    asked,
    rights,
    /** Of requests, in this order: each tells that it is over. */
    overs,
    /** @returns how long it was waited for; 0: nothing waits */
    tick: () => {
      const [next] = [...timers].toSorted(([, a], [, b]) => a - b);
      if (next === undefined) return 0;
      const [run, at] = next;
      const waited = at - now;
      now = at;
      timers.delete(run);
      run();
      return waited;
    },
  };
}

/** What comes next, whatever the time that it takes. */
async function next(
  stream: AsyncGenerator<StreamItem, void>,
  tick: () => number,
): Promise<[string, number] | 'end'> {
  let waited = 0;
  let result: IteratorResult<StreamItem, void> | undefined;
  const asked = stream.next().then((each) => (result = each));
  for (;;) {
    // The stream gets as far as it does without time.
    await new Promise((resolve) => setImmediate(resolve));
    if (result !== undefined) break;
    waited += tick();
  }
  await asked;
  if (result.done === true) return 'end';
  const { value } = result;
  return ['comment' in value ? value.comment : `${value.event} ${value.id}`, waited];
}

const refusal = (error: unknown) =>
  error instanceof AppError &&
  error.code === 'SERVICE_UNAVAILABLE' &&
  error.options.retryAfter === 5;

describe('the events of a job', () => {
  it('tell each change once, within a second, and end with the job', async () => {
    const { job, open, tick } = rig();
    const stream = open();
    assert.deepEqual(await next(stream, tick), ['progress 1', 0]);
    Object.assign(job, { revision: 2, status: 'processing' });
    assert.deepEqual(await next(stream, tick), ['progress 2', 1000]);
    Object.assign(job, { revision: 3, status: 'failed', isOver: true });
    assert.deepEqual(await next(stream, tick), ['failed 3', 1000]);
    assert.equal(await next(stream, tick), 'end');
    assert.equal(tick(), 0, 'nothing is waited for any more');
  });

  it('are not told again to a listener that comes back, and what is newer is', async () => {
    const { job, open, tick } = rig();
    job.revision = 4;
    const seen = open(4);
    const older = open(3);
    assert.deepEqual(await next(older, tick), ['progress 4', 0]);
    // By which it knows that it is connected.
    assert.deepEqual(await next(seen, tick), ['still there', 0]);
    job.revision = 5;
    assert.deepEqual(await next(seen, tick), ['progress 5', 1000]);
  });

  it('end within ten seconds of the right to them, however much there is to tell', async () => {
    const { job, open, tick, rights } = rig();
    const [quiet, busy] = [open(1), open(1)];
    assert.deepEqual(await next(quiet, tick), ['still there', 0]);
    assert.deepEqual(await next(busy, tick), ['still there', 0]);
    rights.answer = () => Promise.resolve(false);
    let told = 0;
    // It changes each second.
    for (job.revision = 2; (await next(busy, tick)) !== 'end'; job.revision += 1) told += 1;
    assert.equal(told, 8);
    assert.equal(await next(quiet, tick), 'end');
  });

  it('go on while nobody can tell who may hear them, and end when that is told', async () => {
    const { open, tick, rights, asked } = rig();
    const stream = open(1);
    assert.deepEqual(await next(stream, tick), ['still there', 0]);
    const down = new DependencyError('postgresql', 'unavailable', 'down', {});
    rights.answer = () => Promise.reject(down);
    assert.deepEqual(await next(stream, tick), ['still there', 10_000]);
    rights.answer = () => Promise.resolve(true);
    assert.deepEqual(await next(stream, tick), ['still there', 10_000]);
    assert.equal(asked.rights, 4, 'at 9 s, each second until it is told, 9 s later');
    rights.answer = () => Promise.resolve(false);
    assert.equal(await next(stream, tick), 'end');
  });

  it('tell a listener that comes back after the end of it, and end', async () => {
    const { job, open, tick } = rig();
    Object.assign(job, { revision: 6, status: 'completed', isOver: true });
    const stream = open(6);
    assert.deepEqual(await next(stream, tick), ['completed 6', 0]);
    assert.equal(await next(stream, tick), 'end');
  });

  it('hold the connection by a comment where nothing changes for ten seconds', async () => {
    const { open, tick } = rig();
    const stream = open();
    assert.deepEqual(await next(stream, tick), ['progress 1', 0]);
    assert.deepEqual(await next(stream, tick), ['still there', 10_000]);
    assert.deepEqual(await next(stream, tick), ['still there', 10_000]);
  });

  it('come at once with a change made by the same process', async () => {
    const { watch, job, open, tick } = rig();
    const stream = open();
    await next(stream, tick);
    job.revision = 2;
    const wake = () => {
      watch.wake();
      return 0;
    };
    assert.deepEqual(await next(stream, wake), ['progress 2', 0]);
  });

  it('are looked for at most every 100 ms, however many changes the process makes', async () => {
    const { watch, open, asked, tick } = rig();
    const stream = open();
    await next(stream, tick);
    const waiting = next(stream, () => 0);
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    await settle();
    for (let changes = 0; changes < 9; changes += 1) {
      watch.wake();
      await settle();
    }
    assert.equal(asked.revision, 1);
    assert.equal(tick(), 100);
    await settle();
    assert.equal(asked.revision, 2);
    assert.equal(tick(), 100);
    await settle();
    assert.equal(asked.revision, 2, 'nothing was changed meanwhile');
    watch.close();
    await waiting;
  });

  it('are looked for at the end of a job that may be listened to, and of no other', () => {
    const told: string[] = [];
    const counted = { started: () => {}, ended: (queue: string) => void told.push(queue) };
    const events = wakingAtEnds(counted, ['assess'], () => told.push('wake'));
    for (const queue of ['other', 'assess']) events.ended(queue, 'completed', 1);
    assert.deepEqual(told, ['other', 'assess', 'wake']);
  });

  it('read what has changed alone', async () => {
    const { job, open, asked, tick } = rig();
    const stream = open();
    await next(stream, tick);
    await next(stream, tick);
    assert.deepEqual(asked, { revision: 10, read: 0, rights: 1 });
    job.revision = 2;
    assert.deepEqual(await next(stream, tick), ['progress 2', 1000]);
    assert.deepEqual(asked, { revision: 11, read: 1, rights: 1 });
  });

  it('tell a change whose revision is lower, and one who has seen more than there is', async () => {
    const { job, open, tick } = rig();
    job.revision = 7;
    const stream = open(99);
    assert.deepEqual(await next(stream, tick), ['progress 7', 0]);
    job.revision = 5;
    assert.deepEqual(await next(stream, tick), ['progress 5', 1000]);
  });

  it('end at the drain, for those who wait and those who come', async () => {
    const { watch, open, tick } = rig();
    const stream = open();
    await next(stream, tick);
    const waiting = next(stream, () => 0);
    watch.close();
    assert.equal(await waiting, 'end');
    assert.equal(await next(open(), tick), 'end');
    assert.equal(watch.listeners, 0);
  });

  it('end with the request, whose place is free then', async () => {
    const { watch, open, tick } = rig({ all: 1, caller: 1 });
    const request = new AbortController();
    const stream = open(-1, 'ada', request.signal);
    await next(stream, tick);
    const waiting = next(stream, () => 0);
    request.abort();
    assert.equal(await waiting, 'end');
    assert.equal(watch.listeners, 0);
    assert.deepEqual(await next(open(), tick), ['progress 1', 0]);
  });

  it('are refused beyond a number of listeners, of a caller and of all', async () => {
    const { watch, open, overs, tick } = rig({ all: 3, caller: 2 });
    const first = open();
    await next(first, tick);
    await next(open(), tick);
    assert.throws(() => open(), refusal);
    await next(open(-1, 'bob'), tick);
    assert.throws(() => open(-1, 'carl'), refusal);
    assert.equal(watch.listeners, 3);
    // One that leaves makes room for one, also when its request tells of it again.
    await first.return();
    overs[0]?.();
    overs[0]?.();
    assert.deepEqual(await next(open(-1, 'carl'), tick), ['progress 1', 0]);
    assert.throws(() => open(-1, 'dora'), refusal);
  });

  it('leave no place taken for a request that is over before they begin', async () => {
    const { watch, open, overs } = rig({ all: 1, caller: 1 });
    const unasked = open();
    overs[0]?.();
    assert.equal(watch.listeners, 0);
    await unasked.return();
    assert.equal(watch.listeners, 0);
  });
});

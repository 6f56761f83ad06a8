import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { awaitStopRequest } from '#src/stop-request.ts';

function setUp(endWithParent = false) {
  const target = Object.assign(new EventEmitter(), {
    ppid: 100,
    exits: [] as number[],
    exit(code: number) {
      this.exits.push(code);
    },
  });
  const state = { time: 0, poll: [] as (() => void)[] };
  const request = awaitStopRequest(target, {
    endWithParent,
    now: () => state.time,
    every: (_, task) => state.poll.push(task),
  });
  return { target, state, request };
}

describe('a request to stop', () => {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    it(`is ${name}; the same at once is npm’s echo of it, and a later one is haste`, async () => {
      const { target, state, request } = setUp();
      assert.equal(request.signal.aborted, false);
      target.emit(name);
      state.time = 400;
      target.emit(name);
      assert.equal(await request.asked, name);
      assert.equal(request.signal.aborted, true);
      assert.deepEqual(target.exits, []);
      state.time = 501;
      target.emit(name);
      assert.deepEqual(target.exits, [1]);
    });
  }

  it('is urgent when another signal follows', () => {
    const { target } = setUp();
    target.emit('SIGTERM');
    target.emit('SIGINT');
    assert.deepEqual(target.exits, [1]);
  });

  it('is the end of the parent, for those that end with it, once', async () => {
    const { target, state, request } = setUp(true);
    const poll = () => state.poll.forEach((task) => task());
    poll();
    assert.equal(request.signal.aborted, false);
    target.ppid = 1;
    poll();
    poll();
    assert.equal(await request.asked, 'orphaned');
    assert.deepEqual(target.exits, []);
    assert.deepEqual(setUp(false).state.poll, []);
  });

  it('stays what it was when the parent goes after the signal', async () => {
    const { target, state, request } = setUp(true);
    target.emit('SIGTERM');
    target.ppid = 1;
    for (const task of state.poll) task();
    assert.equal(await request.asked, 'SIGTERM');
    assert.deepEqual(target.exits, []);
  });
});

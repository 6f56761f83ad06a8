import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createProcesses, type Child, type Member } from '#src/cluster/processes.ts';
import type { Wire } from '#src/cluster/channel.ts';
import { ProcessFailed } from '#src/errors.ts';
import type { Logger } from '#telemetry/logger.ts';

interface Fake extends Child {
  number: number;
  signals: string[];
  /** It answers no question. */
  isStuck: boolean;
  /** Says that it serves. */
  serve: () => Promise<void>;
  end: (how: { code: number | null; signal: string | null }) => Promise<void>;
}

/** Processes that do what the test says; none listens to signals unless it is told. */
function setUp(count = 2) {
  const forked: Fake[] = [];
  const state = { now: 0, timers: [] as { at: number; run: () => void }[] };
  const lines: Record<string, unknown>[] = [];
  const told: string[] = [];
  const fork = (number: number): Child => {
    const { promise: ended, resolve } = Promise.withResolvers<Awaited<Child['ended']>>();
    const listeners: ((message: unknown) => void)[] = [];
    const wire: Wire = {
      send(messages) {
        const asked = (messages as { id?: number }[]).flatMap(({ id }) => id ?? []);
        if (child.isStuck) return;
        for (const id of asked)
          for (const hear of listeners) hear([{ answered: id, answer: true }]);
      },
      listen: (listener) => listeners.push(listener),
    };
    const child: Fake = {
      number,
      pid: 100 + forked.length,
      wire,
      ended,
      signals: [],
      isStuck: false,
      kill(signal) {
        child.signals.push(signal);
        if (signal === 'SIGKILL') resolve({ code: null, signal });
      },
      async serve() {
        for (const listener of listeners) listener([{ ask: 'serving', id: 1, about: undefined }]);
        await turn();
      },
      async end(how) {
        resolve(how);
        await turn();
      },
    };
    forked.push(child);
    return child;
  };
  const log = {
    error: (_: string, fields: Record<string, unknown>) => void lines.push(fields),
  } as unknown as Logger;
  const processes = createProcesses({
    count,
    fork,
    handlersOf: () => ({}),
    began: ({ number }: Member) => told.push(`began ${number}`),
    ended: ({ number }: Member) => told.push(`ended ${number}`),
    stopMs: 60_000,
    monotonicMs: () => state.now,
    after(ms, run) {
      const timer = { at: state.now + ms, run };
      state.timers.push(timer);
      return () => void state.timers.splice(state.timers.indexOf(timer), 1);
    },
    log,
  });
  const wait = async (ms: number) => {
    state.now += ms;
    const due = state.timers.filter(({ at }) => at <= state.now);
    state.timers = state.timers.filter(({ at }) => at > state.now);
    for (const { run } of due) run();
    await turn();
  };
  const started = async () => {
    const start = processes.start();
    for (let n = 0; n < count; n += 1) {
      await turn();
      await forked[n]?.serve();
    }
    await start;
  };
  return { processes, forked, lines, told, wait, started };
}

const killed = { code: null, signal: 'SIGKILL' };

describe('processes behind one port', () => {
  it('are started after the first one serves, and ready when all do', async () => {
    const { processes, forked } = setUp(3);
    let isReady = false;
    const start = processes.start().then(() => (isReady = true));
    await turn();
    assert.equal(forked.length, 1);
    await forked[0]?.serve();
    assert.deepEqual(
      forked.map(({ number }) => number),
      [1, 2, 3],
    );
    await forked[1]?.serve();
    assert.equal(isReady, false);
    await forked[2]?.serve();
    await start;
    assert.ok(processes.members().every(({ isServing }) => isServing));
  });

  for (const [which, code] of [
    [0, 78],
    [1, 1],
  ] as const) {
    it(`end the start with the exit code of the one that ended before all served: ${code}`, async () => {
      const { processes, forked } = setUp(2);
      const start = processes.start();
      const refused = assert.rejects(
        start,
        (error) => error instanceof ProcessFailed && error.exitCode === code,
      );
      await turn();
      for (const child of forked.slice(0, which)) await child.serve();
      await forked[which]?.end({ code, signal: null });
      await refused;
      assert.equal(forked.length, which + 1, 'and nothing is started again');
    });
  }

  it('are started again by their number, with a line that says how they ended', async () => {
    const { processes, forked, lines, told, wait, started } = setUp();
    await started();
    await forked[1]?.end(killed);
    assert.deepEqual(
      processes.members().map(({ number }) => number),
      [1],
    );
    assert.deepEqual(lines, [
      {
        'event.name': 'process.ended',
        'process.pid': 101,
        number: 2,
        code: null,
        signal: 'SIGKILL',
        restart_ms: 100,
      },
    ]);
    await wait(99);
    assert.equal(forked.length, 2);
    await wait(1);
    assert.deepEqual([forked[2]?.number, forked.length], [2, 3]);
    await forked[2]?.serve();
    assert.deepEqual(told, ['began 1', 'began 2', 'ended 2', 'began 2']);
  });

  it('are started again also when they end before they serve', async () => {
    const { forked, wait, started } = setUp();
    await started();
    await forked[1]?.end(killed);
    await wait(100);
    await forked[2]?.end({ code: 1, signal: null });
    await wait(200);
    assert.equal(forked.length, 4);
  });

  it('are started again also while others have not served yet', async () => {
    const { processes, forked, wait } = setUp();
    const start = processes.start();
    await turn();
    await forked[0]?.serve();
    await forked[0]?.end(killed);
    await wait(100);
    assert.equal(forked[2]?.number, 1);
    await forked[1]?.serve();
    await start;
  });

  it('end the service with 1 when they keep ending, once the rest has ended, too', async () => {
    const { processes, forked, wait, started } = setUp();
    await started();
    const failures: unknown[] = [];
    processes.failed.catch((error: unknown) => failures.push(error));
    for (let n = 0; n < 11; n += 1) {
      await forked.at(-1)?.end(killed);
      await wait(5000);
    }
    assert.equal(forked.length, 12);
    assert.deepEqual(forked[0]?.signals, ['SIGTERM']);
    assert.equal(failures.length, 0);
    await forked[0]?.end({ code: 0, signal: null });
    const [failure] = failures;
    assert.ok(failure instanceof ProcessFailed && failure.exitCode === 1);
  });

  it('are killed and started again when one that serves answers nothing for half a minute', async () => {
    const { processes, forked, lines, wait, started } = setUp();
    await started();
    await wait(60_000);
    const stuck = forked[1] as Fake;
    stuck.isStuck = true;
    for (let beat = 0; beat < 6; beat += 1) await wait(5000);
    assert.deepEqual(stuck.signals, []);
    await wait(5000);
    assert.deepEqual([stuck.signals, forked[0]?.signals], [['SIGKILL'], []]);
    await turn();
    assert.deepEqual(
      lines.map((line) => line['event.name']),
      ['process.stuck', 'process.ended'],
    );
    await wait(100);
    assert.equal(forked[2]?.number, 2);
    stuck.isStuck = false;
    assert.equal(processes.members().length, 2);
  });

  it('are each told to stop, awaited, and not started again', async () => {
    const { processes, forked, wait, started } = setUp();
    await started();
    let isStopped = false;
    const stop = processes.stop('SIGTERM').then(() => (isStopped = true));
    assert.deepEqual(
      forked.map(({ signals }) => signals),
      [['SIGTERM'], ['SIGTERM']],
    );
    await forked[0]?.end({ code: 0, signal: null });
    await wait(10_000);
    assert.deepEqual([isStopped, forked.length], [false, 2]);
    await forked[1]?.end({ code: 0, signal: null });
    await stop;
  });

  it('are killed when they have not ended in time', async () => {
    const { processes, forked, wait, started } = setUp();
    await started();
    const stop = processes.stop('SIGINT');
    await wait(60_000);
    await stop;
    assert.deepEqual(
      forked.map(({ signals }) => signals),
      [
        ['SIGINT', 'SIGKILL'],
        ['SIGINT', 'SIGKILL'],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import { createLogSink, type Gather, type SinkTrouble } from '#telemetry/log-sink.ts';
import { LinesRefused, type LogTarget } from '#telemetry/log-target.ts';

const line = (n: number) => `${String(n).padStart(9, '0')}\n`;
const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

/** A target whose answers are chosen, and timers that go off when they are told to. */
function testSink(limits = { maxLines: 8, maxBytes: 1000 }, gather?: Gather) {
  const written: string[] = [];
  let answer: 'writes' | 'full' | Error | Promise<number> = 'writes';
  const timers: { ms: number; run: () => void }[] = [];
  const events: [string, SinkTrouble][] = [];
  let counted = 0;
  const target: LogTarget = {
    append(lines) {
      if (answer instanceof Error) throw answer;
      if (answer === 'full') return 0;
      if (answer !== 'writes') return answer;
      written.push(...lines);
      return lines.length;
    },
    close: () => Promise.resolve(),
  };
  const sink = createLogSink({
    target,
    ...limits,
    gather,
    events: {
      dropped: (lines) => (counted += lines),
      failed: (trouble) => events.push(['failed', { ...trouble }]),
      recovered: (trouble) => events.push(['recovered', { ...trouble }]),
    },
    now: () => 5,
    after(ms, run) {
      const timer = { ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  return {
    sink,
    written,
    events,
    counted: () => counted,
    answers: (next: typeof answer) => void (answer = next),
    waits: () => timers.map(({ ms }) => ms),
    async elapse() {
      timers.shift()?.run();
      await turns();
    },
    write(from: number, to: number) {
      for (let n = from; n < to; n++) sink.write(line(n));
    },
  };
}

const failure = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

describe('a log sink', () => {
  it('writes the lines of one turn at once, in order', async () => {
    const test = testSink();
    test.write(0, 3);
    assert.deepEqual(test.written, []);
    await turns();
    test.write(3, 4);
    await turns();
    assert.deepEqual(test.written, [0, 1, 2, 3].map(line));
    assert.deepEqual([test.events, test.sink.trouble()], [[], null]);
  });

  it('tries again after 250 ms, then after twice as long up to 5 s, and loses nothing while there is room', async () => {
    const test = testSink();
    test.answers(failure);
    test.write(0, 2);
    await turns();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      waits.push(...test.waits());
      await test.elapse();
    }
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    test.answers('writes');
    test.write(2, 3);
    await test.elapse();
    assert.deepEqual(test.written, [0, 1, 2].map(line));
    assert.equal(test.sink.dropped(), 0);
    test.answers(failure);
    test.write(3, 4);
    await turns();
    assert.deepEqual(test.waits(), [250], 'from the start again');
  });

  it('says once that lines are not written, and once that they are again, with what was lost and why', async () => {
    const test = testSink();
    test.answers(failure);
    test.write(0, 20);
    await turns();
    await test.elapse();
    test.write(20, 25);
    assert.deepEqual(
      test.events.map(([name, { reason }]) => [name, reason]),
      [['failed', 'queue_full']],
    );
    const trouble = { reason: 'ENOSPC', error: failure, since: 5, dropped: 17 };
    assert.deepEqual(test.sink.trouble(), trouble);
    test.answers('writes');
    await test.elapse();
    assert.deepEqual(test.events.slice(1), [['recovered', trouble]]);
    assert.equal(test.sink.trouble(), null);
    assert.deepEqual([test.sink.dropped(), test.counted()], [17, 17]);
  });

  it('drops the newest beyond its lines and beyond its bytes: what waits tells how it began', async () => {
    for (const limits of [
      { maxLines: 8, maxBytes: 1000 },
      { maxLines: 100, maxBytes: 80 },
    ]) {
      const test = testSink(limits);
      test.answers('full');
      test.write(0, 20);
      assert.equal(test.sink.dropped(), 12);
      test.answers('writes');
      await turns();
      await test.elapse();
      test.write(20, 21);
      await turns();
      assert.deepEqual(test.written, [0, 1, 2, 3, 4, 5, 6, 7, 20].map(line));
    }
  });

  it('asks a target that takes nothing at the moment again soon, and less often in time', async () => {
    const test = testSink();
    test.answers('full');
    test.write(0, 1);
    await turns();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(...test.waits());
      await test.elapse();
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 50, 50]);
    assert.deepEqual(test.events, [], 'that is no trouble while there is room');
  });

  it('has room for the last line of a process whatever waits', async () => {
    const test = testSink();
    test.answers(failure);
    test.write(0, 9);
    test.sink.write(line(99), true);
    test.answers('writes');
    await test.sink.close(60_000);
    assert.deepEqual(test.written.at(-1), line(99));
    assert.equal(test.written.length, 9);
  });

  it('drops what is refused for good, and waits before it offers the rest', async () => {
    const test = testSink();
    test.answers(new LinesRefused('http_400', 2));
    test.write(0, 3);
    await turns();
    assert.deepEqual([test.sink.dropped(), test.waits()], [2, [250]]);
    test.answers('writes');
    await test.elapse();
    assert.deepEqual(test.written, [line(2)]);
    const trouble = { reason: 'http_400', since: 5, dropped: 2 };
    assert.deepEqual(
      test.events.map(([name, { reason, since, dropped }]) => [name, { reason, since, dropped }]),
      [
        ['failed', { ...trouble, dropped: 0 }],
        ['recovered', trouble],
      ],
    );
  });

  it('gathers lines for a while where each request costs, until there are enough of them', async () => {
    const test = testSink(undefined, { ms: 200, lines: 3 });
    test.write(0, 2);
    await turns();
    assert.deepEqual([test.written, test.waits()], [[], [200]]);
    await test.elapse();
    assert.deepEqual(test.written, [0, 1].map(line));
    test.write(2, 5);
    await turns();
    assert.deepEqual([test.written.length, test.waits()], [5, []], 'three are enough');
    test.write(5, 6);
    await turns();
    assert.deepEqual(test.waits(), [200]);
    await test.sink.close(60_000);
    assert.deepEqual(test.written, [0, 1, 2, 3, 4, 5].map(line), 'a stop waits for no others');
  });

  it('ends at its deadline when the target hangs, and counts what it did not take', async () => {
    const test = testSink();
    test.answers(new Promise<number>(() => {}));
    test.write(0, 3);
    await test.sink.close(1);
    assert.equal(test.sink.dropped(), 3);
    test.write(3, 4);
    assert.equal(test.sink.dropped(), 4, 'after the end');
    assert.deepEqual(test.events, [], 'nobody is left to be told');
  });

  it('ends at once when the target fails, and wakes it for a last attempt', async () => {
    const test = testSink();
    test.answers(failure);
    test.write(0, 2);
    await turns();
    await test.sink.close(60_000);
    assert.equal(test.sink.dropped(), 2);

    const mended = testSink();
    mended.answers(failure);
    mended.write(0, 2);
    await turns();
    mended.answers('writes');
    await mended.sink.close(60_000);
    assert.deepEqual([mended.written, mended.sink.dropped()], [[0, 1].map(line), 0]);
  });

  it('writes without the event loop what a synchronous target takes', () => {
    const test = testSink();
    test.write(0, 2);
    test.sink.flushSync(60_000);
    assert.deepEqual(test.written, [0, 1].map(line));
    test.answers('full');
    test.write(2, 3);
    test.sink.flushSync(1);
    test.answers(failure);
    test.sink.flushSync(60_000);
    test.answers(new Promise<number>(() => {}));
    test.sink.flushSync(60_000);
    assert.deepEqual(test.written, [0, 1].map(line));
  });
});

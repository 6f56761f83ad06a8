import assert from 'node:assert/strict';
import { createDeadlines, type EventLoop } from '#src/time/deadlines.ts';

/** An event loop whose turns the test makes: what is due in the timers' phase, a poll, then what waits for it. */
function fakeLoop() {
  let now = 1000;
  const timers: { at: number; run: () => void }[] = [];
  const afterPoll: (() => void)[] = [];
  const loop: EventLoop = {
    now: () => now,
    after: (ms, run) => void timers.push({ at: now + ms, run }),
    afterPoll: (run) => void afterPoll.push(run),
  };
  /** @param ms since the last one @param poll what comes in */
  const turn = (ms: number, poll: () => void = () => {}) => {
    now += ms;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
    poll();
    afterPoll.splice(0).forEach((run) => run());
  };
  return { loop, turn, pass: (ms: number) => void (now += ms), timers };
}

function waits(ms = 50) {
  const fake = fakeLoop();
  const deadlines = createDeadlines(ms, fake.loop);
  const late: string[] = [];
  const begin = (name: string) => deadlines.begin(() => late.push(name));
  return { ...fake, deadlines, begin, late };
}

describe('deadlines', () => {
  it('end when the loop could read for so long', () => {
    const { begin, turn, late } = waits();
    begin('a');
    for (let i = 0; i < 9; i += 1) turn(5);
    assert.deepEqual(late, []);
    turn(5);
    assert.deepEqual(late, ['a']);
  });

  it('count little of a long turn, however long it is', () => {
    const { begin, turn, pass, late } = waits();
    begin('first of the turn');
    pass(10_000);
    begin('last of the turn');
    for (let i = 0; i < 6; i += 1) turn(10_000);
    assert.deepEqual(late, []);
    turn(10_000);
    assert.deepEqual(late, ['first of the turn']);
    turn(10_000);
    assert.deepEqual(late, ['first of the turn', 'last of the turn']);
  });

  it('are judged after the poll: what it brings is in time', () => {
    const { begin, turn, late, deadlines } = waits();
    const wait = begin('a');
    for (let i = 0; i < 9; i += 1) turn(5);
    turn(5, () => deadlines.end(wait));
    turn(5);
    assert.deepEqual(late, []);
  });

  it('wait for a turn without answers, but no longer than twice', () => {
    const { begin, turn, late, deadlines } = waits();
    const early = Array.from({ length: 19 }, (_, i) => begin(`early ${i}`));
    begin('a');
    for (let i = 0; i < 19; i += 1) {
      const next = early[i];
      turn(5, () => next && deadlines.end(next));
    }
    assert.deepEqual(late, []);
    turn(5, () => deadlines.end(begin('answered')));
    assert.deepEqual(late, ['a']);
    begin('b');
    for (let i = 0; i < 12; i += 1) turn(5, () => deadlines.end(begin('answered')));
    assert.deepEqual(late, ['a']);
    turn(5);
    assert.deepEqual(late, ['a', 'b']);
  });

  it('need one timer for all, and none when nobody waits', () => {
    const { begin, turn, timers, deadlines } = waits();
    const all = Array.from({ length: 3000 }, (_, i) => begin(`${i}`));
    assert.equal(timers.length, 1);
    all.forEach((wait) => deadlines.end(wait));
    turn(5);
    assert.equal(timers.length, 0);
    begin('again');
    assert.equal(timers.length, 1);
  });

  it('end in the order in which they began, whatever the turns', () => {
    const { begin, turn, late } = waits(250);
    const gaps = [1, 3, 90, 0, 2, 700, 4, 25, 0, 11];
    gaps.forEach((gap, i) => {
      begin(String(i));
      turn(gap);
    });
    for (let i = 0; i < 30; i += 1) turn(30);
    assert.deepEqual(late, [...gaps.keys()].map(String));
  });

  it('tell how long the loop could read', () => {
    const { begin, turn, deadlines } = waits(1000);
    const wait = begin('a');
    turn(100);
    turn(5000);
    assert.equal(deadlines.waited(wait), 250);
  });
});

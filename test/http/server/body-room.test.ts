import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '#src/errors.ts';
import { createBodyRoom } from '#src/http/server/body-room.ts';

const MOST = 1_000_000;
const SMALL = 65_536;

function setUp() {
  let refusals = 0;
  const room = createBodyRoom({ maxBytes: MOST, refused: () => (refusals += 1) });
  return { room, refusals: () => refusals };
}

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE');
    assert.equal(error.options.retryAfter, 1);
    return true;
  }
}

describe('room for bodies', () => {
  it('is what has come, not what was announced', () => {
    const { room, refusals } = setUp();
    const idle = Array.from({ length: 100 }, () => room.enter(MOST));
    assert.equal(room.held, 0);
    const first = room.enter(MOST);
    first.hold(600_000);
    assert.equal(
      isRefused(() => room.enter(400_001)),
      true,
    );
    const second = room.enter(400_000);
    second.hold(400_000);
    assert.equal(
      isRefused(() => second.hold(400_001)),
      true,
    );
    assert.equal(refusals(), 2);
    second.leave();
    first.hold(MOST);
    for (const one of idle) one.leave();
    assert.equal(room.held, MOST);
  });

  it('is there for one that is alone, and for small ones always', () => {
    const { room } = setUp();
    const large = room.enter(5 * MOST);
    large.hold(5 * MOST);
    const small = room.enter(SMALL);
    small.hold(SMALL);
    assert.equal(
      isRefused(() => small.hold(SMALL + 1)),
      true,
    );
    assert.equal(room.held, 5 * MOST);
    large.leave();
    assert.equal(
      isRefused(() => room.enter(5 * MOST)),
      false,
    );
  });

  it('is all there again when all have left, and never exceeded', () => {
    const step = fc.record({
      what: fc.constantFrom('enter', 'hold', 'leave'),
      which: fc.nat(9),
      bytes: fc.nat(MOST),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { room } = setUp();
        const inside: ReturnType<typeof room.enter>[] = [];
        for (const { what, which, bytes } of steps) {
          const one = inside[which % Math.max(1, inside.length)];
          if (what === 'enter') isRefused(() => inside.push(room.enter(bytes)));
          else if (what === 'hold') isRefused(() => one?.hold(bytes));
          else one?.leave();
          assert.ok(room.held <= MOST);
        }
        for (const one of inside) {
          one.leave();
          one.leave();
        }
        assert.equal(room.held, 0);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('lets sixty-four turns of the event loop pass before each large one, and none before small ones', async () => {
    const due: (() => void)[] = [];
    const room = createBodyRoom({
      maxBytes: MOST,
      refused: () => {},
      later: (run) => due.push(run),
    });
    const begun: string[] = [];
    for (const name of ['first', 'second']) void room.turn(1_000_000).then(() => begun.push(name));
    await room.turn(999_999);
    const settle = async () => {
      for (let i = 0; i < 10; i += 1) await Promise.resolve();
    };
    const pass = async (turns: number) => {
      for (let n = 0; n < turns; n += 1) {
        for (const run of due.splice(0)) run();
        await settle();
      }
      return begun.length;
    };
    await settle();
    assert.deepEqual([await pass(63), await pass(1), await pass(63), await pass(1)], [0, 1, 1, 2]);
    assert.deepEqual(begun, ['first', 'second']);
    assert.equal(due.length, 0);
  });
});

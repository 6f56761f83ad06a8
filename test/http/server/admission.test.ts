import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '#src/errors.ts';
import { createAdmission, type Admission, type Place } from '#src/http/server/admission.ts';

const RATE = 100;
const MOST = 1000;

function admission(workers: number) {
  let refusals = 0;
  const made = createAdmission({
    workers,
    bytesPerSecond: RATE,
    withinMs: (MOST / RATE) * 1000,
    now: () => 0,
    detail: 'No room.',
    refused: () => (refusals += 1),
  });
  return { ...made, refusals: () => refusals };
}

/** @returns seconds until a retry, or null when there is room */
function refusal(work: () => unknown): number | null {
  try {
    work();
    return null;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE');
    return error.options.retryAfter ?? 0;
  }
}

describe('admission by bytes', () => {
  it('takes what is worked through in time, by all workers', () => {
    const { enter, refusals } = admission(2);
    enter(700);
    enter(600);
    assert.equal(
      refusal(() => enter(351)),
      1,
    );
    enter(350);
    assert.equal(refusals(), 1);
  });

  it('is shared by kinds of work, each told of its own refusals', () => {
    const made = admission(1);
    let others = 0;
    const other = made.of(() => (others += 1));
    made.enter(600);
    assert.equal(
      refusal(() => other.enter(500)),
      1,
    );
    assert.deepEqual([made.refusals(), others], [0, 1]);
    const place = other.enter(400);
    assert.equal(
      refusal(() => made.enter(1)),
      1,
    );
    assert.deepEqual([made.refusals(), others], [1, 1]);
    place.leave(true);
    made.enter(1);
  });

  it('takes what is alone, whatever its size, and nothing beside it', () => {
    const { enter } = admission(1);
    const first = enter(5000);
    assert.equal(
      refusal(() => enter(1)),
      41,
      'seconds until 4001 of the 5000 are done',
    );
    first.leave(true);
    enter(1);
    assert.equal(
      refusal(() => enter(5000)),
      1,
      'it will be alone soon',
    );
  });

  it('counts a body without a length as it comes', () => {
    const { enter } = admission(1);
    const [first, second] = [enter(0), enter(0)];
    first.hold(600);
    second.hold(400);
    assert.notEqual(
      refusal(() => second.hold(401)),
      null,
    );
    assert.notEqual(
      refusal(() => first.hold(601)),
      null,
    );
    second.leave(true);
    first.hold(601);
  });

  it('has all bytes back when all have left, whatever came of them', () => {
    const step = fc.record({
      what: fc.constantFrom('enter', 'hold', 'leave', 'leave twice'),
      which: fc.nat(9),
      bytes: fc.nat(1500),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        (workers, steps) => {
          const { enter } = admission(workers);
          const inside = new Map<Place, number>();
          const total = () => [...inside.values()].reduce((sum, bytes) => sum + bytes, 0);
          const fits = (others: number, own: number) =>
            others === 0 || others / workers + own <= MOST;
          for (const { what, which, bytes } of steps) {
            const [place, held] = [...inside][which % Math.max(1, inside.size)] ?? [];
            if (what === 'enter') {
              const isRefused = refusal(() => inside.set(enter(bytes), bytes)) !== null;
              assert.equal(
                isRefused,
                bytes > 0 && !fits(isRefused ? total() : total() - bytes, bytes),
              );
            } else if (place !== undefined && held !== undefined && what === 'hold') {
              const isRefused = refusal(() => place.hold(bytes)) !== null;
              assert.equal(isRefused, bytes > held && !fits(total() - held, bytes));
              if (!isRefused) inside.set(place, Math.max(held, bytes));
            } else if (place !== undefined) {
              place.leave(true);
              if (what === 'leave twice') place.leave(true);
              inside.delete(place);
            }
          }
          for (const place of inside.keys()) place.leave(true);
          // As in an empty one: beside a byte for each worker there is room for all but one, and for no more.
          enter(workers);
          assert.notEqual(
            refusal(() => enter(MOST)),
            null,
          );
          assert.equal(
            refusal(() => enter(MOST - 1)),
            null,
          );
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  describe('on a machine that is slower than it was', () => {
    const MEGABYTE = 1_000_000;
    let now = 0;
    const slow = () =>
      createAdmission({
        workers: 1,
        bytesPerSecond: MEGABYTE,
        withinMs: 16_000,
        now: () => now,
        detail: 'No room.',
        refused: () => {},
      });
    /** Of one body, alone. */
    const work = (made: Admission, bytes: number, seconds: number, isDone = true) => {
      const place = made.enter(bytes);
      now += 60_000;
      place.begin();
      now += seconds * 1000;
      place.leave(isDone);
    };
    /** Bytes, whole megabytes, that fit beside one. */
    const room = ({ enter }: Admission) => {
      const beside = enter(1);
      let most = 0;
      while (most < 99 && refusal(() => enter((most + 1) * MEGABYTE - 1).leave(false)) === null)
        most += 1;
      beside.leave(false);
      return most;
    };

    it('takes less on, and as much as ever when that goes as fast as ever, but never more', () => {
      const made = slow();
      assert.equal(room(made), 16);
      work(made, 4 * MEGABYTE, 8);
      assert.equal(room(made), 12);
      work(made, 4 * MEGABYTE, 8);
      assert.equal(room(made), 10);
      for (let i = 0; i < 20; i += 1) work(made, 4 * MEGABYTE, 1);
      assert.equal(room(made), 16);
    });

    it('counts in what was worked on before', () => {
      const made = slow();
      const [first, second] = [made.enter(4 * MEGABYTE), made.enter(4 * MEGABYTE)];
      first.begin();
      second.begin();
      now += 8000;
      second.leave(true);
      first.leave(true);
      assert.equal(room(made), 12, 'eight in eight seconds, and four in eight');
    });

    it('learns from what was given up only that it took longer, and from small bodies nothing', () => {
      const made = slow();
      work(made, 4 * MEGABYTE, 8);
      work(made, 4 * MEGABYTE, 0.001, false);
      work(made, MEGABYTE - 1, 100);
      made.enter(4 * MEGABYTE).leave(false);
      assert.equal(room(made), 12);
      work(made, 4 * MEGABYTE, 8, false);
      assert.equal(room(made), 10);
    });
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fits } from '#src/resilience/rate-limit/decision.ts';
import {
  createMemoryStore,
  defaultTable,
  memoryBudget,
} from '#src/resilience/rate-limit/memory-store.ts';
import type { Subject } from '#src/resilience/rate-limit/subject.ts';
import { policy, subjectsOf, worstWindow } from './subjects.ts';

const two = [
  policy({ name: 'minute', quota: 10, windowMs: 1000 }),
  policy({ name: 'hour', quota: 25, windowMs: 7000 }),
];
const oneSubject = () => subjectsOf(two)(1);
const store = (size = { windows: 64, cells: 256 }, onOverflow: () => void = () => {}) =>
  createMemoryStore({ size, onOverflow });

/** Gaps that fall within cells, on their edges, and beyond windows. */
const arrivals = fc.array(
  fc.record({
    gap: fc.oneof(
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom(0, 1, 49, 50, 51, 350, 999, 1000, 1001, 6999, 7000, 7001),
    ),
    cost: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 9 }) },
    ),
  }),
  { minLength: 1, maxLength: 200 },
);

describe('the local limiter', () => {
  it('never admits more than the quota of any policy in any window', () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const [memory, subject] = [store(), oneSubject()];
        const admitted: { at: number; cost: number }[] = [];
        let now = 0;
        for (const { gap, cost } of list) {
          now += gap;
          const readings = memory.take(subject, cost, subject.set.quotas, now);
          if (fits(readings, subject.set, false)) admitted.push({ at: now, cost });
        }
        for (const { quota, windowMs } of two) {
          assert.ok(worstWindow(admitted, windowMs) <= quota);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets in at retryAfterMs, and not a millisecond earlier, by any policy', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (list, cost) => {
        const [memory, subject] = [store(), oneSubject()];
        const { quotas } = subject.set;
        let now = 0;
        for (const { gap, cost } of list) {
          now += gap;
          memory.take(subject, cost, quotas, now);
        }
        const waits = [1, 4].map((i) => memory.look(subject, cost, quotas, now)[i] ?? 0);
        const wait = Math.max(...waits);
        if (wait === 0) return;
        assert.ok(wait <= 7000);
        assert.equal(
          fits(memory.look(subject, cost, quotas, now + wait - 1), subject.set, false),
          false,
        );
        assert.equal(
          fits(memory.take(subject, cost, quotas, now + wait), subject.set, false),
          true,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never tells anybody to wait for longer than the window, at any time of the clock', () => {
    const times = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(times, (now) => {
        const [memory, subject] = [store(), oneSubject()];
        const [, , reset] = memory.take(subject, 1, subject.set.quotas, now);
        const denied = memory.take(subject, 10, subject.set.quotas, now);
        assert.equal(reset, 1000);
        assert.ok((denied[1] ?? 0) <= 1000);
      }),
      { numRuns: 2000 },
    );
  });

  it('counts nothing of what it denies, whichever policy denies it', () => {
    const [memory, subject] = [store(), oneSubject()];
    const { quotas } = subject.set;
    for (let i = 0; i < 10; i += 1) memory.take(subject, 1, quotas, i);
    for (let i = 0; i < 500; i += 1) memory.take(subject, 1, quotas, 20 + i);
    assert.deepEqual(memory.look(subject, 0, quotas, 600), [10, 0, 409, 10, 0, 6409]);
  });

  it('admits at least nine tenths of what the exact log would', () => {
    const [memory, subject] = [store(), oneSubject()];
    const { quotas } = subject.set;
    const log: number[] = [];
    let [ours, exact] = [0, 0];
    for (let now = 0; now < 200_000; now += 37) {
      if (fits(memory.take(subject, 1, quotas, now), subject.set, false)) ours += 1;
      const room = two.every(
        ({ quota, windowMs }) => log.filter((at) => at > now - windowMs).length < quota,
      );
      if (room) log.push(now);
      if (room) exact += 1;
    }
    assert.ok(ours <= exact && ours > 0.9 * exact, `${ours} of ${exact}`);
  });

  it('takes all of a quota, and no more, for what costs more than it', () => {
    const [memory, subject] = [store(), oneSubject()];
    const { quotas, set } = { ...subject, quotas: subject.set.quotas };
    assert.deepEqual(memory.take(subject, 20, quotas, 0).slice(0, 2), [10, 0]);
    assert.equal(fits(memory.take(subject, 20, quotas, 999), set, false), false);
  });

  it('lets a shadow policy deny nothing, and counts in it only what it would admit', () => {
    const subject = subjectsOf([
      policy({ name: 'minute', quota: 5, windowMs: 1000, mode: 'shadow' }),
      policy({ name: 'hour', quota: 8, windowMs: 7000 }),
    ])(1);
    const memory = store();
    const readings = Array.from({ length: 9 }, (_, i) =>
      memory.take(subject, 1, subject.set.quotas, i),
    );
    assert.equal(readings.filter((r) => fits(r, subject.set, false)).length, 8);
    assert.deepEqual(readings[8], [5, 996, 996, 8, 6999, 6999]);
  });

  it('takes back exactly what was reserved for a request that Redis denied', () => {
    fc.assert(
      fc.property(arrivals, fc.nat({ max: 300 }), (list, gap) => {
        const [memory, subject] = [store(), oneSubject()];
        let now = 0;
        for (const { gap, cost } of list)
          memory.take(subject, cost, subject.set.quotas, (now += gap));
        const used = (at: number) =>
          memory.look(subject, 0, subject.set.quotas, at).filter((_, i) => i % 3 === 0);
        const before = used(now + gap);
        memory.reserve(subject, 3, now);
        memory.undo(subject, 3, now, now + gap);
        assert.deepEqual(used(now + gap), before);
      }),
    );
  });
});

describe('the memory of the local limiter', () => {
  it('is 65 MiB', () => {
    assert.equal(memoryBudget(), 65 * 2 ** 20);
  });

  it('does not grow, and frees nobody who is limited, while addresses without end come by', () => {
    let overflows = 0;
    const of = subjectsOf(two);
    const memory = store({ windows: 256, cells: 512 }, () => (overflows += 1));
    const offender = of(0);
    const { quotas, set } = { ...offender, quotas: offender.set.quotas };
    for (let i = 0; i < 25; i += 1) memory.take(offender, 1, quotas, i * 120);
    for (let n = 1; n <= 20_000; n += 1) memory.take(of(n), 1, quotas, 3000 + n / 20);
    assert.ok(overflows > 10_000);
    assert.ok(
      memory.size().windows <= 256 + 2 * 1024 && memory.size().cells <= 512 + 21 * 2 * 1024,
    );
    assert.equal(fits(memory.take(offender, 1, quotas, 4500), set, false), false);
  });

  it('holds every subject to its quota through overflow and back, whatever comes', () => {
    const of = subjectsOf(two);
    const visits = fc.array(
      fc.record({
        gap: fc.constantFrom(0, 1, 20, 51, 400, 1000, 3000),
        who: fc.nat({ max: 40 }),
        times: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: 20, maxLength: 150 },
    );
    fc.assert(
      fc.property(visits, (list) => {
        const memory = store({ windows: 16, cells: 24 });
        const admitted = new Map<number, { at: number; cost: number }[]>();
        let now = 0;
        for (const { gap, who, times } of list) {
          now += gap;
          const subject = of(who);
          for (let i = 0; i < times; i += 1) {
            const readings = memory.take(subject, 1, subject.set.quotas, now);
            if (!fits(readings, subject.set, false)) continue;
            admitted.set(who, [...(admitted.get(who) ?? []), { at: now, cost: 1 }]);
          }
        }
        for (const log of admitted.values()) {
          for (const { quota, windowMs } of two) assert.ok(worstWindow(log, windowMs) <= quota);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives newcomers windows of their own again when others have run out', () => {
    let overflows = 0;
    const of = subjectsOf(two);
    const memory = store({ windows: 64, cells: 128 }, () => (overflows += 1));
    const take = (subject: Subject, now: number) =>
      memory.take(subject, 1, subject.set.quotas, now);
    for (let n = 0; n < 500; n += 1) take(of(n), n);
    assert.ok(overflows > 0);
    // Newcomers sweep what is out of date, so the first ones of a new hour may still share.
    for (let n = 500; n < 540; n += 1) take(of(n), 20_000);
    overflows = 0;
    for (let n = 540; n < 560; n += 1) take(of(n), 40_000);
    assert.equal(overflows, 0);
  });

  it('forgets a subject on request', () => {
    const [memory, subject] = [store(), oneSubject()];
    for (let i = 0; i < 10; i += 1) memory.take(subject, 1, subject.set.quotas, 0);
    memory.reset(subject, 1);
    assert.deepEqual(memory.take(subject, 1, subject.set.quotas, 2).slice(0, 2), [1, 0]);
    assert.equal(memory.size().windows, 2);
  });

  it('has room for half a million addresses with windows of their own', () => {
    assert.ok(defaultTable.windows / 2 >= 500_000);
  });
});

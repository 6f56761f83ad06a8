import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createOverload } from '#src/http/server/overload.ts';

const SLOTS = 8;
const LINE = 100;
const TOGETHER = 32;

/** A process whose time and turns the test has in its hands. */
function setUp() {
  let time = 0;
  const due: (() => void)[] = [];
  let timers: { at: number; run: () => void }[] = [];
  const overload = createOverload({
    now: () => time,
    later: (run) => due.push(run),
    after: (ms, run) => timers.push({ at: time + ms, run }),
  });
  const begun: number[] = [];
  const shed: [number, string][] = [];
  const ends: (() => void)[] = [];
  const requests: IncomingMessage[] = [];
  /** Promises that are settled have been seen by whoever waits for them. */
  const settle = async () => {
    for (let i = 0; i < 10; i += 1) await Promise.resolve();
  };
  return {
    overload,
    begun,
    shed,
    settle,
    come: (n: number, isEngineFull?: () => boolean) => {
      const request = {} as IncomingMessage;
      requests[n] = request;
      overload.admit(
        request,
        () => {
          begun.push(n);
          return new Promise<void>((resolve) => (ends[n] = resolve));
        },
        (reason) => shed.push([n, reason]),
        isEngineFull,
      );
    },
    request: (n: number) => requests[n] as IncomingMessage,
    end: async (n: number) => {
      ends[n]?.();
      await settle();
    },
    /** One of the event loop. @returns how many were handed a slot in it */
    turn: async () => {
      const before = begun.length;
      for (const run of due.splice(0)) run();
      await settle();
      return begun.length - before;
    },
    pass: async (ms: number) => {
      time += ms;
      const [now, later] = [
        timers.filter(({ at }) => at <= time),
        timers.filter(({ at }) => at > time),
      ];
      timers = later;
      for (const { run } of now) run();
      await settle();
    },
    pending: () => ({ due: due.length, timers: timers.length }),
  };
}

const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);

describe('requests that are worked for', () => {
  it('are eight at once, a hundred in line, and the rest is refused, thirty-two in a turn', async () => {
    const { come, begun, shed, overload, turn, pending } = setUp();
    const all = SLOTS + LINE + 67;
    for (const n of upTo(all)) come(n);
    assert.deepEqual(begun, upTo(SLOTS));
    assert.deepEqual([overload.busy, overload.waiting], [SLOTS, LINE]);
    const refused = [];
    for (let n = 0; n < 3; n += 1) {
      await turn();
      refused.push(shed.length);
    }
    assert.deepEqual(refused, [32, 64, 67]);
    assert.deepEqual(
      shed,
      upTo(all, SLOTS + LINE).map((n) => [n, 'line_full']),
    );
    assert.equal(pending().due, 0);
    assert.deepEqual(begun, upTo(SLOTS), 'nobody made room');
  });

  it('have a shorter line while it has stood for a second and is slow, and the long one again after that', async () => {
    const { come, end, begun, turn, pass, shed, overload } = setUp();
    let [last, over] = [0, 0];
    const comes = (count: number) => {
      for (let n = 0; n < count; n += 1) come((last += 1));
    };
    const ends = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        await end(begun[over++] as number);
        await turn();
      }
    };
    const seen = () => [shed.length, overload.waiting];
    /** Eight of forty are worked through in `ms`, so that each waits for five times that. */
    const stands = async (ms: number, rounds: number) => {
      for (let n = 0; n < rounds; n += 1) {
        await pass(ms);
        await ends(SLOTS);
        comes(SLOTS);
      }
    };
    comes(SLOTS + 40);
    await stands(100, 9);
    assert.deepEqual(seen(), [0, 40], 'for a second many may be in line');
    await pass(100);
    comes(1);
    await turn();
    assert.deepEqual(seen(), [1, 40], 'who is in line stays');
    await ends(SLOTS + 1);
    comes(1);
    assert.deepEqual(seen(), [1, 32], 'below that it takes some, however long it has stood');
    while (overload.busy > 0) await ends(1);

    comes(SLOTS + 40);
    await stands(30, 100);
    comes(LINE - 40);
    assert.deepEqual(seen(), [1, LINE], 'where they are worked through soon');
  });

  it('begin in the order of their arrival, each in a later turn than the one that made room', async () => {
    const { come, end, begun, turn, overload, pending } = setUp();
    for (const n of upTo(SLOTS + 3)) come(n);
    await end(2);
    assert.equal(begun.length, SLOTS, 'not in the same turn');
    assert.equal(await turn(), 1);
    await end(0);
    await end(1);
    assert.equal(await turn(), 2);
    assert.deepEqual(begun, upTo(SLOTS + 3));
    assert.equal(await turn(), 0);
    for (const n of upTo(SLOTS + 3)) await end(n);
    assert.deepEqual([overload.busy, overload.waiting, pending().due], [0, 0, 0]);
    come(99);
    assert.equal(begun.at(-1), 99, 'at once where there is room');
  });

  it('are never more than eight, whoever comes while a slot is on its way', async () => {
    const { come, end, turn, begun, overload } = setUp();
    for (const n of upTo(SLOTS + 1)) come(n);
    await end(0);
    come(50);
    assert.equal(begun.length, SLOTS, 'the slot is the first in line’s');
    await turn();
    assert.deepEqual([begun.at(-1), overload.busy, overload.waiting], [SLOTS, SLOTS, 1]);
  });

  it('are refused when their turn comes too late', async () => {
    const { come, end, turn, pass, shed, begun } = setUp();
    for (const n of upTo(SLOTS)) come(n);
    come(20);
    await end(0);
    await pass(5001);
    come(21);
    await turn();
    await turn();
    assert.deepEqual(shed, [[20, 'waited_too_long']]);
    assert.equal(begun.at(-1), 21);
  });

  it('are refused while the engine that they need takes nobody: when they come, and when their turn comes', async () => {
    const { come, end, turn, shed, begun } = setUp();
    let isFull = true;
    come(0, () => isFull);
    for (const n of upTo(SLOTS + 1, 1)) come(n);
    await turn();
    assert.deepEqual(
      [shed, begun],
      [[[0, 'engine_full']], upTo(SLOTS + 1, 1)],
      'a free slot is no help',
    );
    isFull = false;
    come(20, () => isFull);
    come(21);
    isFull = true;
    await end(1);
    await turn();
    await turn();
    assert.deepEqual(shed.slice(1), [[20, 'engine_full']]);
    assert.equal(begun.at(-1), 21, 'who does not need it has the turn');
  });

  it('make room for others when they wait for something else for a quarter of a second, and only when somebody waits', async () => {
    const { come, end, turn, pass, overload, begun, pending } = setUp();
    for (const n of upTo(SLOTS)) come(n);
    assert.equal(pending().timers, 0);
    await pass(10_000);
    for (const n of upTo(SLOTS + 2, SLOTS)) come(n);
    assert.equal(pending().timers, 1);
    await pass(249);
    assert.equal(await turn(), 0);
    await pass(1);
    assert.equal(await turn(), 2);
    assert.deepEqual(begun, upTo(SLOTS + 2));
    for (const n of upTo(SLOTS)) await end(n);
    assert.equal(overload.busy, 2, 'what was lent is not given back twice');
    await pass(250);
    assert.equal(pending().timers, 0, 'nobody waits');
  });

  it('hold no slot while their body comes, and go before who has not begun', async () => {
    const { come, end, turn, request, overload, begun, settle } = setUp();
    for (const n of upTo(SLOTS)) come(n);
    const body = Promise.withResolvers<string>();
    let read = '';
    const reading = overload.outside(request(0), () => body.promise).then((text) => (read = text));
    assert.equal(overload.busy, SLOTS - 1);
    for (const n of upTo(SLOTS + 3, SLOTS)) come(n);
    await turn();
    assert.deepEqual(begun, upTo(SLOTS + 1), 'somebody else has it');
    body.resolve('here');
    await settle();
    assert.equal(read, '', 'it waits for a slot');
    await end(1);
    await turn();
    await reading;
    assert.equal(read, 'here');
    assert.equal(begun.length, SLOTS + 1);
    assert.equal(overload.busy, SLOTS);
    await end(2);
    await turn();
    assert.equal(begun.at(-1), SLOTS + 1);
  });

  it('wait for a common answer with those who come in the same turn, and are worked for eight at once after it', async () => {
    const { come, end, turn, request, overload, begun, settle } = setUp();
    const answer = Promise.withResolvers<void>();
    const told: number[] = [];
    const ask = (n: number) =>
      void overload.together(request(n), () => answer.promise).then(() => told.push(n));
    for (const n of upTo(SLOTS + 4)) come(n);
    for (const n of upTo(SLOTS)) ask(n);
    await settle();
    assert.deepEqual(begun, upTo(SLOTS + 4), 'who is in line begins in this turn');
    answer.resolve();
    await settle();
    assert.deepEqual(told, [0, 1, 2, 3], 'four others have begun');
    for (const n of upTo(SLOTS + 4, SLOTS)) await end(n);
    await turn();
    assert.deepEqual(told, upTo(SLOTS));
    assert.equal(overload.busy, SLOTS);
    for (const n of upTo(SLOTS)) await end(n);
    assert.equal(overload.busy, 0);
  });

  it('wait without a slot for a common answer up to thirty-two, and count as in line', async () => {
    const { come, turn, request, overload, begun, shed, settle } = setUp();
    const never = () => new Promise<void>(() => {});
    const asked = new Set<number>();
    const askAll = async () => {
      for (let before = -1; before < asked.size; await settle()) {
        before = asked.size;
        for (const n of begun.filter((one) => !asked.has(one))) {
          asked.add(n);
          void overload.together(request(n), never);
        }
      }
    };
    for (const n of upTo(200)) {
      come(n);
      await askAll();
    }
    assert.deepEqual(begun, upTo(TOGETHER + SLOTS));
    assert.deepEqual([overload.busy, overload.waiting], [SLOTS, LINE - TOGETHER]);
    while ((await turn()) > 0 || shed.length < 200 - SLOTS - LINE);
    assert.deepEqual(
      shed,
      upTo(200, SLOTS + LINE).map((n) => [n, 'line_full']),
    );
  });

  it('keep their slot for a common answer where they need the engine, whose places it counts', async () => {
    const { come, request, overload, begun, settle } = setUp();
    for (const n of upTo(SLOTS + 1)) come(n, () => false);
    for (const n of upTo(SLOTS)) void overload.together(request(n), () => new Promise(() => {}));
    await settle();
    assert.equal(overload.busy, SLOTS);
    assert.deepEqual(begun, upTo(SLOTS));
  });

  it('take no slot back once they are answered, and none that they never had', async () => {
    const { come, end, request, overload } = setUp();
    come(0);
    const body = Promise.withResolvers<void>();
    const reading = overload.outside(request(0), () => body.promise);
    await end(0);
    body.reject(new Error('too late'));
    await assert.rejects(reading, /too late/);
    assert.equal(overload.busy, 0);
    const probe = {} as IncomingMessage;
    assert.equal(await overload.outside(probe, () => Promise.resolve(1)), 1);
    assert.deepEqual([overload.busy, overload.waiting], [0, 0]);
  });

  it('know when they came, however long they waited', async () => {
    const { come, end, turn, pass, request, overload } = setUp();
    for (const n of upTo(SLOTS + 1)) come(n);
    await pass(100);
    await end(0);
    await turn();
    assert.equal(overload.arrivedAt(request(SLOTS)), 0);
    assert.equal(overload.arrivedAt({} as IncomingMessage), undefined);
  });
});

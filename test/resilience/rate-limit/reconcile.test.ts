/** Several processes whose Redis goes and comes back within one window. */
import assert from 'node:assert/strict';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import type { Reconcilable, RedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import type { Subject } from '#src/resilience/rate-limit/subject.ts';
import { RedisError } from '#src/storage/redis/errors.ts';
import { policy, subjectsOf } from './subjects.ts';

const windowMs = 10_000;
const ten = policy({ quota: 10, windowMs });

/** What is due is done when the time is moved. */
function fakeTime() {
  const due: { at: number; work: () => void }[] = [];
  const time = {
    now: 1000,
    due: () => due.length,
    later: (ms: number, work: () => void) => void due.push({ at: time.now + ms, work }),
    async move(ms: number) {
      const end = time.now + ms;
      for (;;) {
        due.sort((a, b) => a.at - b.at);
        const next = due[0];
        if (next === undefined || next.at > end) break;
        due.shift();
        time.now = Math.max(time.now, next.at);
        next.work();
        await settled();
      }
      time.now = end;
    },
  };
  return time;
}

/** Whatever waits for nothing but its turn is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** One Redis and processes that share it, each with a connection of its own. */
function setup() {
  const time = fakeTime();
  const fresh = () =>
    createMemoryStore({ onOverflow: () => {}, size: { windows: 64, cells: 512 } });
  const redis = { held: fresh(), data: 'first', server: 'first' };
  const subject = subjectsOf([ten], { instances: 3 })(1);

  const connect = () => {
    const link = { isUp: true, repliesLost: false };
    const reach = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      if (!link.isUp) throw new RedisError(new Error('Not connected.'), { wasSent: false });
      const answer = work();
      if (link.repliesLost) throw new RedisError(new Error('Command timed out'));
      return answer;
    };
    const store: RedisStore & Reconcilable = {
      take: (who, cost, requests, write) =>
        reach(() =>
          Array.from({ length: requests }, () =>
            redis.held[write ? 'take' : 'look'](who, cost, who.set.quotas, time.now),
          ),
        ),
      reset: async () => {},
      resetAgeMs: async () => null,
      identity: () => reach(() => ({ data: redis.data, server: redis.server })),
      add: (who, i, counted) =>
        reach(() => {
          const charged = who.set.policies.map((_, at) => at === i);
          const only: Subject = { ...who, set: { ...who.set, charged } };
          for (const { ageMs, count } of counted) {
            redis.held.reserve(only, count, time.now - ageMs);
          }
        }),
    };
    const limiter = createRateLimiter({
      memory: fresh(),
      redis: store,
      reconcile: { store, later: time.later },
      guard: (work) => work(),
      monotonicMs: () => time.now,
      events: { decided() {}, storeFailed() {}, degraded() {}, recovered() {} },
    });
    const decide = async () => limiter.decide(subject, 1);
    const ask = async (requests: number) => {
      let count = 0;
      for (let i = 0; i < requests; i += 1) {
        if ((await decide()).outcome === 'admitted') count += 1;
      }
      return count;
    };
    const lose = () => {
      link.isUp = false;
      limiter.connectionLost();
    };
    const find = async () => {
      link.isUp = true;
      limiter.connected();
      await settled();
    };
    return { limiter, link, decide, ask, lose, find };
  };
  const fleet = [connect(), connect(), connect()] as const;
  /** One after the other. */
  const each = async <T>(work: (process: (typeof fleet)[number]) => T | Promise<T>) => {
    const results: T[] = [];
    for (const process of fleet) results.push(await work(process));
    return results;
  };
  const empty = () => {
    redis.held = fresh();
    redis.data = 'second';
    redis.server = 'second';
  };
  return { time, redis, fleet, each, empty };
}

/** In any order the rest is admitted once: of ten. */
const rest = (admitted: number) => [10 - admitted, 0, 0];

describe('a Redis that comes back within a window', () => {
  it('knows what each process admitted alone', async () => {
    const { time, each } = setup();
    await each(({ find }) => find());
    await each(({ lose }) => lose());
    assert.deepEqual(await each(({ ask }) => ask(5)), [3, 3, 3]);
    await each(({ find }) => find());
    await time.move(1000);
    assert.deepEqual(await each(({ ask }) => ask(9)), rest(9));
  });

  it('knows what each process was admitted before, when it comes back empty', async () => {
    const { time, each, empty } = setup();
    await each(({ find }) => find());
    assert.deepEqual(await each(({ ask }) => ask(2)), [2, 2, 2]);
    await each(({ lose }) => lose());
    empty();
    await each(({ find }) => find());
    await time.move(1000);
    assert.deepEqual(await each(({ ask }) => ask(9)), rest(6));
  });

  for (const [what, change] of [
    ['after a cut connection', {}],
    ['after a fail-over, or a restart that kept it', { server: 'second' }],
    ['though it has thrown away the name of it', { data: 'second' }],
  ] as const) {
    it(`is not told again what it still holds, ${what}`, async () => {
      const { time, each, redis } = setup();
      await each(({ find }) => find());
      assert.deepEqual(await each(({ ask }) => ask(2)), [2, 2, 2]);
      await each(({ lose }) => lose());
      Object.assign(redis, change);
      await each(({ find }) => find());
      await time.move(1000);
      assert.deepEqual(await each(({ ask }) => ask(9)), rest(6));
    });
  }

  it('is not told of a request whose answer was lost: it has counted that', async () => {
    const { time, each, fleet } = setup();
    await each(({ find }) => find());
    fleet[0].link.repliesLost = true;
    assert.equal(await fleet[0].ask(2), 2);
    fleet[0].link.repliesLost = false;
    await time.move(1000);
    assert.deepEqual(await each(({ ask }) => ask(9)), rest(2));
  });

  it('decides alone only once the others had the time to tell it', async () => {
    const { time, each, fleet } = setup();
    const [early, late, idle] = fleet;
    await each(({ find }) => find());
    await each(({ lose }) => lose());
    await each(({ ask }) => ask(1));
    await early.find();
    assert.equal(await early.ask(9), 2, 'the rest of its share');
    const denied = await early.decide();
    assert.deepEqual([denied.outcome, denied.backend], ['limited', 'memory']);
    assert.equal(denied.retryAfterMs, 500, 'until Redis decides alone');
    await time.move(300);
    await late.find();
    await idle.find();
    assert.equal(await late.ask(9), 2);
    await time.move(600);
    assert.deepEqual(await each(({ ask }) => ask(9)), rest(7));
  });

  it('lets go of what it was told when that is a window old', async () => {
    const { time, each, fleet } = setup();
    await each(({ find }) => find());
    await each(({ lose }) => lose());
    await each(({ ask }) => ask(3));
    await time.move(5000);
    await each(({ find }) => find());
    await time.move(600);
    assert.deepEqual(await each(({ ask }) => ask(9)), rest(9));
    const { retryAfterMs } = await fleet[0].decide();
    assert.equal(retryAfterMs, windowMs - 5600);
    await time.move(retryAfterMs);
    assert.equal((await fleet[0].decide()).outcome, 'admitted');
  });

  it('is told by itself by a process that lost no connection and is asked nothing more', async () => {
    const { time, each, fleet } = setup();
    await each(({ find }) => find());
    // Open breakers: nothing reaches it, and nothing says that it is back.
    fleet[0].link.isUp = false;
    fleet[1].link.isUp = false;
    assert.deepEqual(await Promise.all([fleet[0].ask(3), fleet[1].ask(3)]), [3, 3]);
    fleet[0].link.isUp = true;
    fleet[1].link.isUp = true;
    await time.move(1000);
    assert.equal(await fleet[2].ask(9), 4);
  });

  it('is not asked any more by a process that has given its connection up', async () => {
    const { time, fleet } = setup();
    fleet[0].lose();
    fleet[0].limiter.disconnected();
    await time.move(60_000);
    assert.equal(time.due(), 0);
  });
});

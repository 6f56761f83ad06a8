import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createMemoryStore, type Counting } from '#src/resilience/rate-limit/memory-store.ts';
import { chargingLongest } from '#src/resilience/rate-limit/policy.ts';
import { readingsOf } from '#src/resilience/rate-limit/redis-store.ts';
import { addingScript, script } from '#src/resilience/rate-limit/script.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { policy, subjectsOf } from './subjects.ts';

const policies = [
  policy({ name: 'minute', quota: 10, windowMs: 60_000 }),
  policy({ name: 'hour', quota: 25, windowMs: 3_600_000, mode: 'shadow' }),
  policy({ name: 'network_minute', quota: 18, windowMs: 100_000 }),
];
/** The same text with the test's time in place of the server's. */
const atTime = (text: string) =>
  text.replace(`redis.call('TIME')`, `{ KEYS[#KEYS], 0 }; KEYS[#KEYS] = nil`);
const timed = atTime(script);

describe('the script in Redis', () => {
  let server: RedisServer;
  let client: Redis;
  before(async () => {
    server = await startRedisServer();
    client = new Redis(server.url);
  });
  after(async () => {
    client.disconnect();
    await server.stop();
  });

  let next = 0;
  const freshSubject = () => subjectsOf(policies)((next += 1));
  /** As many requests at once. */
  const takeMany = async (
    subject: ReturnType<typeof freshSubject>,
    cost: number,
    requests: number,
    seconds: number,
    write = 1,
  ) => {
    const reply = await client.eval(
      timed,
      subject.keys.length + 1,
      ...subject.keys,
      String(seconds),
      cost,
      requests,
      write,
      ...subject.set.scriptArguments,
    );
    return readingsOf(subject, cost, requests, reply as number[]);
  };
  const take = (
    subject: ReturnType<typeof freshSubject>,
    cost: number,
    seconds: number,
    write = 1,
  ) => takeMany(subject, cost, 1, seconds, write).then(([readings = []]) => readings);

  /** @param counted of each policy */
  const addTo = async (
    subject: ReturnType<typeof freshSubject>,
    seconds: number,
    counted: (policy: number) => Counting[],
  ) => {
    for (const [i, key] of subject.keys.entries()) {
      const cells = counted(i).flatMap(({ ageMs, count }) => [ageMs * 1000, count]);
      const length = (policies[i]?.windowMs ?? 0) * 1000;
      if (cells.length > 0)
        await client.eval(atTime(addingScript), 2, key, String(seconds), length, ...cells);
    }
  };

  it('decides as the local limiter does, number by number', async () => {
    const steps = fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 1, 2, 3, 4, 5, 59, 60, 61, 100, 180, 3599, 3600),
        cost: fc.constantFrom(1, 1, 1, 2, 7, 30),
        longest: fc.constantFrom(false, false, true),
      }),
      { minLength: 5, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const whole = freshSubject();
        const part = { ...whole, set: chargingLongest(whole.set) };
        const memory = createMemoryStore({
          size: { windows: 8, cells: 128 },
          onOverflow: () => {},
        });
        let now = 1_795_000_000;
        for (const { gap, cost, longest } of list) {
          now += gap;
          const subject = longest ? part : whole;
          const ours = memory.take(subject, cost, subject.set.quotas, now * 1000);
          assert.deepEqual(await take(subject, cost, now), ours);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('decides many requests in one call as one after another', async () => {
    const steps = fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 1, 2, 3, 4, 5, 59, 60, 61, 100, 180, 3599, 3600),
        cost: fc.constantFrom(1, 1, 1, 2, 7, 30),
        requests: fc.constantFrom(1, 2, 3, 5, 12, 40),
      }),
      { minLength: 5, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const subject = freshSubject();
        const memory = createMemoryStore({
          size: { windows: 8, cells: 128 },
          onOverflow: () => {},
        });
        let now = 1_795_000_000;
        for (const { gap, cost, requests } of list) {
          now += gap;
          const ours = Array.from({ length: requests }, () =>
            memory.take(subject, cost, subject.set.quotas, now * 1000),
          );
          assert.deepEqual(await takeMany(subject, cost, requests, now), ours);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is told what a local limiter admitted, and counts it no shorter than that and no longer than a cell', async () => {
    const steps = fc.array(
      fc.record({
        gap: fc.constantFrom(0, 1, 2, 3, 5, 59, 60, 61, 100, 180, 3599, 3600),
        cost: fc.constantFrom(1, 1, 2, 7),
        isTold: fc.boolean(),
      }),
      { minLength: 2, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const subject = freshSubject();
        const { policies: all, quotas } = subject.set;
        const fresh = () =>
          createMemoryStore({ size: { windows: 8, cells: 128 }, onOverflow: () => {} });
        const [local, whole] = [fresh(), fresh()];
        const log: { at: number; cost: number }[] = [];
        let now = 1_795_000_000;
        for (const { gap, cost, isTold } of list) {
          now += gap;
          log.push({ at: now, cost });
          whole.reserve(subject, cost, now * 1000);
          if (isTold) local.reserve(subject, cost, now * 1000);
          // By a process whose Redis is there, without asking whether it fits.
          else await addTo(subject, now, () => [{ ageMs: 0, count: cost }]);
        }
        await addTo(subject, now, (i) => local.newest(subject, i, 1_000_000, now * 1000));
        const told = await take(subject, 1, now, 0);
        const held = whole.look(subject, 1, quotas, now * 1000);
        for (const [i, { windowMs }] of all.entries()) {
          const inWindow = log.filter(({ at }) => at > now - windowMs / 1000);
          const exact = inWindow.reduce((sum, { cost }) => sum + cost, 0);
          const [used = 0, most = 0] = [told[3 * i], held[3 * i]];
          assert.ok(exact <= used && used <= most, `${exact} ≤ ${used} ≤ ${most}`);
        }
        const raw = await client.strlen(subject.keys[0] ?? '');
        assert.ok(raw <= 4 + 21 * 12, String(raw));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a window as full as it was when the clock runs backwards', async () => {
    const subject = freshSubject();
    for (let i = 0; i < 10; i += 1) await take(subject, 1, 10_000);
    const denied = await take(subject, 1, 4000);
    assert.deepEqual(denied.slice(0, 2), [10, 6_060_000]);
    assert.equal((await take(subject, 1, 10_059))[1], 1000);
    assert.equal((await take(subject, 1, 10_060))[1], 0);
  });

  it('writes nothing when it only looks and nothing when it denies', async () => {
    const subject = freshSubject();
    await take(subject, 1, 50, 0);
    assert.equal(await client.exists(...subject.keys), 0);
    for (let i = 0; i < 10; i += 1) await take(subject, 1, 50);
    const before = await Promise.all(subject.keys.map((key) => client.getBuffer(key)));
    for (let i = 0; i < 20; i += 1) await take(subject, 1, 50 + i);
    const after = await Promise.all(subject.keys.map((key) => client.getBuffer(key)));
    assert.deepEqual(after, before);
  });

  it('lets every key expire with its window', async () => {
    const subject = freshSubject();
    const seconds = Math.floor(Date.now() / 1000);
    const begunAt = performance.now();
    await take(subject, 1, seconds);
    for (const [i, { windowMs }] of policies.entries()) {
      const ttl = await client.pttl(subject.keys[i] ?? '');
      // The script was given whole seconds.
      const least = windowMs - 1001 - Math.ceil(performance.now() - begunAt);
      assert.ok(ttl >= least && ttl <= windowMs, `${least} ≤ ${ttl} ≤ ${windowMs}`);
    }
  });

  it('stays small for a subject that never stops', async () => {
    const subject = subjectsOf([policy({ quota: 100_000, windowMs: 60_000 })])(7);
    for (let second = 0; second < 400; second += 1) await take(subject, 1, second);
    const bytes = await client.strlen(subject.keys[0] ?? '');
    assert.ok(bytes <= 4 + 21 * 12, String(bytes));
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { tracingChannel } from 'node:diagnostics_channel';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import type { Decision } from '#src/resilience/rate-limit/decision.ts';
import { createSubjects, type Subject } from '#src/resilience/rate-limit/subject.ts';
import { RedisError } from '#src/storage/redis/errors.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';
import { realLimiter, type RealLimiter } from './real-limiter.ts';
import { policy, subjectsOf, usual } from './subjects.ts';

const run = promisify(execFile);
const quota = 20;
const subjectNumber = subjectsOf([
  policy({ quota, windowMs: 60_000 }),
  policy({ name: 'hour', quota: 100, windowMs: 3_600_000 }),
]);

describe('rate limits in a real Redis', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let direct: Redis;
  let parts: RealLimiter;
  let subject: Subject;
  let number = 0;

  before(async () => {
    server = await startRedisServer();
    proxy = await startFaultProxy({ port: server.port });
    direct = new Redis(server.url);
    direct.on('error', () => {});
  });
  after(async () => {
    direct.disconnect();
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    await proxy.set({ kind: 'pass' });
    subject = subjectNumber((number += 1));
    parts = await realLimiter(proxied());
  });
  const proxied = () => `redis://:${server.password}@127.0.0.1:${proxy.port}/0`;
  afterEach(async () => {
    await proxy.set({ kind: 'pass' });
    await parts.close();
  });

  const decide = async (): Promise<Decision> => parts.limiter.decide(subject, 1);
  const many = async (n: number) => {
    const decisions = [];
    for (let i = 0; i < n; i += 1) decisions.push(await decide());
    return decisions;
  };
  const admitted = (list: Decision[]) => list.filter((d) => d.outcome === 'admitted').length;
  const counted = async () => (await parts.limiter.inspect(subject)).readings[0];

  it('admit 5,000 concurrent requests exactly the quota', async () => {
    const decisions = await Promise.all(Array.from({ length: 5000 }, decide));
    assert.equal(admitted(decisions), quota);
    assert.ok(decisions.every(({ source }) => source !== 'insurance' || parts.failures.length > 0));
  });

  it('hold three processes to one quota of 60', async () => {
    const script = ['--import', './telemetry/start.ts', 'test/resilience/rate-limit/replica.ts'];
    const replicas = [1, 2, 3].map(() =>
      run(process.execPath, [...script, server.url, '300', '8']),
    );
    const counts = (await Promise.all(replicas)).map(({ stdout }) => Number(stdout));
    assert.equal(
      counts.reduce((sum, n) => sum + n, 0),
      60,
      String(counts),
    );
  });

  it('survive SCRIPT FLUSH without an error and without counting twice', async () => {
    await many(3);
    await direct.script('FLUSH');
    const { source, remaining } = await decide();
    assert.deepEqual([source, remaining, parts.failures], ['redis', quota - 4, []]);
  });

  for (const [kind, fault] of [
    ['a black hole', { kind: 'black-hole' }],
    ['answers 500 ms late', { kind: 'delay', ms: 250 }],
  ] as const) {
    it(`wait no longer than they may for ${kind}, and then decide from what was seen`, async () => {
      await parts.close();
      parts = await realLimiter(proxied(), { deadlineMs: 50 });
      // On a busy machine an answer may be late already, which is not what is looked at here.
      await until(async () => {
        subject = subjectNumber((number += 1));
        parts.failures.length = 0;
        return (await many(8)).every(({ source }) => source === 'redis');
      });
      await proxy.set(fault);
      const decisions = await Promise.all(Array.from({ length: 30 }, decide));
      assert.equal(admitted(decisions), quota - 8);
      assert.ok(
        decisions.every(({ source }) => source === 'insurance'),
        'none by an answer that came too late',
      );
      assert.ok(parts.failures.every((reason) => reason === 'timeout'));
    });
  }

  it('decide at the end of the turn when nobody listens', async () => {
    await many(8);
    await proxy.set({ kind: 'refuse' });
    await until(() => parts.client.status !== 'ready');
    // Before the event loop turns once more: none waits for the connection, or for a timer.
    let turned = false;
    let turn = setImmediate(() => (turn = setImmediate(() => (turned = true))));
    const decisions = await Promise.all(Array.from({ length: 40 }, decide));
    clearImmediate(turn);
    assert.equal(turned, false);
    assert.equal(admitted(decisions), quota - 8);
    assert.ok(parts.failures.every((reason) => reason === 'connection'));
  });

  it('count a request whose reply was lost once, in Redis and here', async () => {
    await many(2);
    await proxy.set({ kind: 'reset-reply' });
    const lost = await decide();
    assert.deepEqual([lost.outcome, lost.source, lost.remaining], ['admitted', 'insurance', 17]);
    await proxy.set({ kind: 'pass' });
    await until(async () => (await parts.limiter.inspect(subject)).backend === 'redis');
    assert.equal(await counted(), 3);
    assert.equal(admitted(await many(30)), quota - 3);
  });

  it('are held though Redis is killed and comes back empty', async () => {
    await many(12);
    await server.kill();
    assert.equal(admitted(await many(3)), 3);
    await server.start();
    await until(async () => (await parts.limiter.inspect(subject)).backend === 'redis');
    assert.equal(admitted(await many(30)), quota - 15);
  });

  it('are held by several processes though Redis is killed and comes back empty', async () => {
    const shared = subjectsOf([policy({ quota, windowMs: 60_000 })], { instances: 2 })(
      (number += 1),
    );
    const fleet = [1, 2].map(() => realLimiter(proxied(), { shared: true }));
    const [one, other] = (await Promise.all(fleet)) as [RealLimiter, RealLimiter];
    const ask = async ({ limiter }: RealLimiter, requests: number) => {
      const decisions = [];
      for (let i = 0; i < requests; i += 1) decisions.push(await limiter.decide(shared, 1));
      return admitted(decisions);
    };
    const used = async () => (await one.limiter.inspect(shared)).readings[0];
    const before = await Promise.all([ask(one, 5), ask(other, 5)]);
    assert.deepEqual(before, [5, 5]);
    // Both know of all ten.
    assert.deepEqual([await ask(one, 1), await ask(other, 1)], [1, 1]);
    await server.kill();
    await until(() => one.client.status !== 'ready' && other.client.status !== 'ready');
    assert.deepEqual([await ask(one, 9), await ask(other, 9)], [4, 4]);
    await server.start();
    await until(async () => (await used()) === quota);
    assert.deepEqual([await ask(one, 9), await ask(other, 9)], [0, 0]);
    await Promise.all([one.close(), other.close()]);
  });

  it('send no command to a Redis that is not there to ask whether it is back', async () => {
    const shared = await realLimiter(proxied(), { shared: true });
    await proxy.set({ kind: 'refuse' });
    await until(() => shared.client.status !== 'ready');
    let sent = 0;
    const channel = tracingChannel('ioredis:command');
    const counting = { start: () => void (sent += 1) };
    channel.subscribe(counting);
    await assert.rejects(shared.store.identity(), RedisError);
    channel.unsubscribe(counting);
    assert.equal(sent, 0);
    await shared.close();
  });

  it('are held through a Redis that flaps', async () => {
    const log: Decision[] = [];
    for (let round = 0; round < 8; round += 1) {
      await proxy.set(round % 2 === 0 ? { kind: 'refuse' } : { kind: 'pass' });
      const end = performance.now() + 100;
      while (performance.now() < end) {
        log.push(...(await Promise.all(Array.from({ length: 4 }, decide))));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    assert.equal(admitted(log), quota);
  });

  for (const [what, break_, mend, reason] of [
    [
      'a replica that takes no writes',
      (client: Redis) => client.call('REPLICAOF', '127.0.0.1', '1'),
      (client: Redis) => client.call('REPLICAOF', 'NO', 'ONE'),
      'readonly',
    ],
    [
      'a Redis without memory',
      (client: Redis) => client.config('SET', 'maxmemory', '1'),
      (client: Redis) => client.config('SET', 'maxmemory', '0'),
      'out_of_memory',
    ],
  ] as const) {
    it(`go on with ${what}`, async () => {
      await many(5);
      await break_(direct);
      const decisions = await many(30);
      await mend(direct);
      const passed = decisions.filter(({ outcome }) => outcome === 'admitted');
      assert.equal(passed.length, quota - 5);
      assert.ok(passed.every(({ source }) => source === 'insurance'));
      assert.deepEqual([...new Set(parts.failures)], [reason]);
    });
  }

  it('go on with a key that holds something else', async () => {
    await direct.set(subject.keys[0] ?? '', 'not what it was');
    assert.equal((await decide()).source, 'insurance');
    await direct.del(subject.keys[0] ?? '');
    await direct.lpush(subject.keys[0] ?? '', 'a list');
    assert.equal((await decide()).source, 'insurance');
    assert.deepEqual([...new Set(parts.failures)], ['reply']);
  });

  it('show nothing private to who watches Redis', async () => {
    const seen: string[] = [];
    const watcher = new Redis(server.url);
    const monitor = await watcher.monitor();
    monitor.on('monitor', (_time: string, args: string[]) => seen.push(args.join(' ')));
    const subjects = createSubjects({ secret: 'test', policies: usual, trustedProxies: [] });
    for (const address of ['198.51.100.77', '2001:db8:aaaa:bbbb::5']) {
      await parts.limiter.decide(subjects.ofAddress(address) as Subject, 1);
    }
    await until(() => seen.filter((line) => line.startsWith('evalsha')).length === 2);
    monitor.disconnect();
    watcher.disconnect();
    const keys = (await direct.keys('*')).join(' ');
    assert.doesNotMatch(`${seen.join('\n')} ${keys}`, /198\.51|c63364|2001:|0db8|db8|aaaa/i);
  });

  it('are reset in every process by a reset in one', async () => {
    const other = await realLimiter(server.url);
    await many(quota + 1);
    assert.equal(await parts.store.resetAgeMs(subject), null);
    const resetAt = performance.now();
    await other.limiter.reset(subject);
    await other.close();
    assert.equal(await counted(), 0);
    const ago = await parts.store.resetAgeMs(subject);
    const most = Math.ceil(performance.now() - resetAt) + 1;
    assert.ok(ago !== null && ago >= 0 && ago <= most, `${ago} of ${most} ms`);
  });

  it('are held though FLUSHALL took them and nobody was told', async () => {
    await many(quota - 5);
    await direct.flushall();
    const decisions = await Promise.all(Array.from({ length: 100 }, decide));
    assert.equal(admitted(decisions), 5);
  });

  it('admit again at the moment that was said', async () => {
    const quick = subjectsOf([policy({ quota: 3, windowMs: 400 })])((number += 1));
    const ask = async () => {
      const begunAt = performance.now();
      const { outcome, retryAfterMs } = await parts.limiter.decide(quick, 1);
      return { outcome, retryAfterMs, begunAt, endedAt: performance.now() };
    };
    for (let i = 0; i < 3; i += 1) await ask();
    // Clocks of two processes, in whole milliseconds.
    const tick = 5;
    let asked = await ask();
    assert.equal(asked.outcome, 'limited');
    const least = asked.begunAt + asked.retryAfterMs - tick;
    const most = asked.endedAt + asked.retryAfterMs + tick;
    // Whenever it is that this process gets to ask.
    await until(async () => {
      asked = await ask();
      assert.ok(asked.outcome === 'limited' || asked.endedAt >= least, 'too early');
      assert.ok(asked.outcome === 'admitted' || asked.begunAt <= most, 'too late');
      return asked.outcome === 'admitted';
    });
  });
});

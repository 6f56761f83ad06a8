import assert from 'node:assert/strict';
import { z } from 'zod';
import { AppError } from '#src/errors.ts';
import type { NamedCache } from '#src/resilience/cache/cache.ts';
import { createRedis, type RedisConnection } from '#src/storage/redis/connection.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { until } from '#test/support/until.ts';
import type { Guard } from '#src/resilience/cache/remote-tier.ts';
import { createRedisTier } from '#src/resilience/cache/redis/redis-tier.ts';
import { newToken, passing, recorded, redisNode, type Node } from './rig.ts';

const schema = z.object({ n: z.number(), text: z.string().optional() });
type Value = z.infer<typeof schema>;
const spec = { name: 'numbers', schema, ttlSeconds: 60 };

describe('the cache with Redis', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let admin: RedisConnection;
  let nodes: Node[] = [];
  const log = recorded();

  before(async function () {
    this.timeout(300_000);
    server = await startRedisServer();
    proxy = await startFaultProxy({ port: server.port });
    admin = createRedis({ url: server.url, commandTimeoutMs: 5000 });
    await until(() => admin.ping(500));
  });
  after(async () => {
    await admin.close();
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    log.lines.length = 0;
    await admin.client.flushall();
    await proxy.set({ kind: 'pass' });
  });
  afterEach(async () => {
    await proxy.set({ kind: 'pass' });
    await Promise.all(nodes.map(({ close }) => close()));
    nodes = [];
  });

  type Deps = Parameters<typeof redisNode>[1] & { proxied?: boolean };
  async function node({ proxied = false, ...deps }: Deps = {}) {
    const { password, port } = server;
    const where = { password, port: proxied ? proxy.port : port };
    const started = await redisNode(where, { events: log.events, ...deps });
    nodes.push(started);
    return { cache: started.cache, numbers: started.cache.define<Value>(spec) };
  }
  const entries = () => admin.client.keys('sono-eval:cache:2:entry:*');
  const netOut = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await admin.client.info('stats'))?.[1]);
  const give = (n: number) => () => Promise.resolve({ n });
  const mustNotLoad = () => Promise.reject(new Error('was loaded'));
  const ask = async (numbers: NamedCache<Value>, load: () => Promise<Value>, tags = ['t']) =>
    (await numbers.get(['a'], load, { tags })).value?.n;

  it('is of one database of the server: those of another hear nothing, and miss nothing', async () => {
    const { password, port } = server;
    const [same, other] = [recorded(), recorded()];
    const started = await Promise.all([
      redisNode({ port, password }),
      redisNode({ port, password }, { events: same.events }),
      redisNode({ port, password, db: 1 }, { events: other.events }),
    ]);
    nodes.push(...started);
    const [{ cache }] = started;
    for (let i = 0; i < 3; i += 1) await cache.invalidate({ tags: [`t${i}`] });
    await until(() => same.lines.filter((line) => line.endsWith(' bus')).length === 3);
    assert.deepEqual(
      other.lines.filter((line) => / bus$|gap/i.test(line)),
      [],
    );
  });

  it('shares an entry with its age and remaining TTL', async () => {
    const [one, two] = [await node(), await node()];
    const begunAt = performance.now();
    await ask(one.numbers, give(1));
    const found = await two.numbers.get(['a'], mustNotLoad, { tags: ['t'] });
    assert.deepEqual([found.value, found.result, found.tier], [{ n: 1 }, 'hit', 'l2']);
    const most = Math.ceil(performance.now() - begunAt) + 1;
    assert.ok(found.ageMs >= 0 && found.ageMs <= most, `${found.ageMs} of ${most} ms`);
    assert.ok(found.ttlMs <= 60_000 && found.ttlMs >= 60_000 - most, `${found.ttlMs}, ${most} ms`);
    const again = await two.numbers.get(['a'], mustNotLoad, { tags: ['t'] });
    assert.equal(again.tier, 'l1');
  });

  it('loads once for all processes, also when the load fails', async () => {
    const parts = [await node(), await node(), await node()];
    for (const outcome of [{ n: 1 }, new AppError('CONFLICT', 'Not now.'), new Error('secret')]) {
      let loads = 0;
      log.lines.length = 0;
      const waiting = () => log.count('coalesced numbers');
      const load = async () => {
        loads += 1;
        // Until all the others of each process wait for it, or for the other process.
        await until(() => waiting() === 299);
        if (outcome instanceof Error) throw outcome;
        return outcome;
      };
      const key = [outcome instanceof Error ? outcome.message : 'found'];
      const answers = await Promise.allSettled(
        parts.flatMap(({ numbers }) => Array.from({ length: 100 }, () => numbers.get(key, load))),
      );
      assert.equal(loads, 1);
      const told = new Set(
        answers.map((answer) =>
          answer.status === 'fulfilled'
            ? JSON.stringify(answer.value.value)
            : answer.reason.message,
        ),
      );
      if (!(outcome instanceof Error)) assert.deepEqual(told, new Set(['{"n":1}']));
      else if (outcome instanceof AppError) assert.deepEqual(told, new Set(['Not now.']));
      else assert.deepEqual(told, new Set(['secret', 'The same work failed a moment ago.']));
    }
  });

  it('grants no lease when an entry was stored between the read and the lease', async () => {
    const at = { cache: 'numbers', owner: 'all', id: 'numbers.1.all:a', tags: ['t'] };
    const tier = (guard: Guard) => createRedisTier({ client: admin.client, guard, newToken });
    const one = tier(passing);
    const first = await one.read(at, () => true);
    assert.ok(first.kind === 'lease');
    const entry = { payload: '{"n":1}', version: 'v', ageMs: 0, keepMs: 60_000 };
    let calls = 0;
    const two = tier(async (work) => {
      calls += 1;
      // The first call is the read, which finds nothing; the second asks for the lease.
      if (calls === 2) assert.equal(await one.store(at, first.lease, entry), 'stored');
      return passing(work);
    });
    assert.deepEqual(await two.read(at, () => true), { kind: 'none' });
    const again = await two.read(at, () => true);
    assert.ok(again.kind === 'entry' && again.payload === entry.payload);
    assert.equal(calls, 3);
  });

  it('renews the lease of a long load', async () => {
    const [one, two] = [await node(), await node()];
    let loads = 0;
    const load = async () => {
      loads += 1;
      // Longer than a lease lasts that nobody renews: its end has been put off twice.
      let [renewed, left] = [0, Infinity];
      await until(async () => {
        const [lease = ''] = await admin.client.keys('*:lease:*');
        const ms = await admin.client.pttl(lease);
        assert.ok(ms > 0, 'it has ended');
        if (ms > left) renewed += 1;
        left = ms;
        return renewed >= 2;
      });
      return { n: 1 };
    };
    assert.deepEqual(await Promise.all([ask(one.numbers, load), ask(two.numbers, load)]), [1, 1]);
    assert.equal(loads, 1);
  });

  it("stores and serves nothing loaded before another process's invalidation", async () => {
    const [one, two] = [await node(), await node()];
    for (const what of [
      { tags: ['t'] },
      { keys: [one.numbers.keyOf(['a'])] },
      { all: true as const },
    ]) {
      const gate = Promise.withResolvers<Value>();
      const early = ask(one.numbers, () => gate.promise);
      await until(async () => (await admin.client.keys('*lease*')).length > 0);
      await two.cache.invalidate(what);
      gate.resolve({ n: 1 });
      await early;
      assert.equal((await entries()).length, 0);
      assert.equal(await ask(two.numbers, give(2)), 2);
      await until(async () => (await ask(one.numbers, mustNotLoad)) === 2);
      await two.cache.invalidate(what);
      await until(() => one.cache.getCacheStats().cached_entries === 0);
      assert.equal((await entries()).length, 0, 'nothing is left in Redis either');
      assert.equal(await ask(two.numbers, give(3)), 3);
      assert.equal(await ask(one.numbers, give(4)), 3);
      await two.cache.invalidate(what);
      await until(() => one.cache.getCacheStats().cached_entries === 0);
    }
  });

  it('removes all entries of a tag, however many, and counts them', async () => {
    const [one, two] = [await node(), await node()];
    // Few at a time: no lease of 2 s ends, however busy the machine is.
    for (let first = 0; first < 1200; first += 50) {
      const keys = Array.from({ length: 50 }, (_, i) => first + i);
      await Promise.all(keys.map((i) => one.numbers.get([i], give(i), { tags: ['many'] })));
    }
    await one.numbers.get(['other'], give(0), { tags: ['else'] });
    assert.equal((await entries()).length, 1201);
    assert.equal(await two.cache.invalidate({ tags: ['many'] }), 1200);
    assert.equal((await entries()).length, 1);
    assert.equal(await two.cache.invalidate({ all: true }), 1);
    assert.equal((await entries()).length, 0);
  });

  for (const [what, lose] of [
    ['everything', () => admin.client.flushall()],
    ['the generations', async () => admin.client.del(...(await admin.client.keys('*generation*')))],
    ['the lease', async () => admin.client.del(...(await admin.client.keys('*lease*')))],
  ] as const) {
    it(`stores nothing when Redis lost ${what} during the load`, async () => {
      const { numbers, cache } = await node();
      const gate = Promise.withResolvers<Value>();
      const early = ask(numbers, () => gate.promise);
      await until(async () => (await admin.client.keys('*lease*')).length > 0);
      await lose();
      gate.resolve({ n: 1 });
      assert.equal(await early, 1);
      assert.equal((await entries()).length, 0);
      assert.equal(cache.getCacheStats().cached_entries, 0);
      assert.equal(await ask(numbers, give(2)), 2);
    });
  }

  it('serves nothing whose generation was lost', async () => {
    const [one, two] = [await node(), await node()];
    await ask(one.numbers, give(1));
    await admin.client.del(...(await admin.client.keys('*generation*')));
    assert.equal(await ask(two.numbers, give(2)), 2);
  });

  it('takes a corrupt entry for a miss, removes and counts it', async () => {
    const { numbers } = await node();
    const fresh = await node();
    await ask(numbers, give(1));
    const [key = ''] = await entries();
    const good = (await admin.client.get(key)) ?? '';
    const head = good.slice(0, good.indexOf('\n') + 1);
    const payloads = [
      'garbage',
      '',
      '\n',
      good.slice(0, -2),
      good.slice(0, 20),
      `${head}{"__proto__":{"polluted":true},"n":1}`,
      `${head}{"n":"1"}`,
      `${head}{"n":1,"deep":${'['.repeat(300)}${']'.repeat(300)}}`,
      `${head}null`,
      head,
      head.replace('\n', ' '),
    ];
    for (const [index, payload] of payloads.entries()) {
      log.lines.length = 0;
      await admin.client.set(key, payload, 'PX', 60_000);
      assert.equal(await ask(fresh.numbers, give(index)), index, payload.slice(0, 100));
      if (payload !== '')
        assert.ok(log.count('evicted numbers corrupt') > 0, payload.slice(0, 100));
      assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
      await fresh.cache.invalidate({ keys: [numbers.keyOf(['a'])] });
      await until(() => fresh.cache.getCacheStats().cached_entries === 0);
    }
    await admin.client.del(key);
    await admin.client.rpush(key, 'a list');
    assert.equal(await ask(fresh.numbers, give(99)), 99);
    await fresh.cache.invalidate({ all: true });
    await admin.client.set(key, good);
    assert.equal(await ask(fresh.numbers, give(100)), 100, 'an entry without an end');
  });

  it('serves no entry under another key', async () => {
    const [one, two] = [await node(), await node()];
    await one.numbers.get(['a'], give(1), { tags: ['t'] });
    const [key = ''] = await entries();
    await one.numbers.get(['b'], give(2), { tags: ['t'] });
    const other = (await entries()).find((name) => name !== key) ?? '';
    await admin.client.set(other, (await admin.client.get(key)) ?? '', 'PX', 60_000);
    const found = await two.numbers.get(['b'], give(3), { tags: ['t'] });
    assert.equal(found.value?.n, 3);
    assert.equal(log.count('evicted numbers corrupt'), 1);
  });

  it('serves no entry of one owner to another', async () => {
    const [one, two] = [await node(), await node()];
    const asked = (owner: string, n: number) => one.numbers.get(['a'], give(n), { owner });
    await asked('one', 1);
    const [key = ''] = await entries();
    assert.equal((await asked('two', 2)).value?.n, 2);
    const other = (await entries()).find((name) => name !== key) ?? '';
    assert.ok(!`${key}${other}`.includes('one'), 'owners are not named');
    await admin.client.set(other, (await admin.client.get(key)) ?? '', 'PX', 60_000);
    const found = await two.numbers.get(['a'], give(3), { owner: 'two' });
    assert.deepEqual([found.value?.n, log.count('evicted numbers corrupt')], [3, 1]);
    const own = await two.numbers.get(['a'], mustNotLoad, { owner: 'one' });
    assert.deepEqual([own.value?.n, own.tier], [1, 'l2']);
  });

  it('removes an oversized entry that does not arrive in time', async () => {
    const { numbers } = await node();
    await ask(numbers, give(1));
    const [key = ''] = await entries();
    // Grown by zeros.
    await admin.client.setrange(key, 30_000_000, 'x');
    let calls = 0;
    const guard: Guard = (work) => (++calls === 1 ? Promise.reject(new Error()) : passing(work));
    const other = await node({ guard });
    calls = 0;
    assert.equal(await ask(other.numbers, give(2)), 2, 'without Redis');
    await other.cache.invalidate({ keys: [other.numbers.keyOf(['a'])] });
    await admin.client.setrange(key, 30_000_000, 'x');
    const sent = await netOut();
    assert.equal(await ask(other.numbers, give(3)), 3);
    assert.ok((await netOut()) - sent < 1_000_000, 'it was not sent');
    assert.ok((await admin.client.strlen(key)) < 1000);
  });

  for (const kind of ['generation', 'lease', 'index', 'directory', 'position']) {
    it(`replaces a ${kind} of the wrong type or malformed`, async () => {
      const [one, two] = [await node(), await node()];
      let n = 0;
      for (const type of ['list', 'hash', 'words', 'number']) {
        await ask(one.numbers, give(++n));
        const keys = await admin.client.keys(`sono-eval:cache:2:${kind}*`);
        if (kind === 'lease') keys.push(((await entries())[0] ?? '').replace(':entry:', ':lease:'));
        assert.ok(keys.length > 0);
        for (const key of keys) {
          await admin.client.del(key);
          if (type === 'list') await admin.client.rpush(key, 'a');
          else if (type === 'hash') await admin.client.hset(key, { number: 'x', epoch: 'a b' });
          else if (type === 'words') await admin.client.set(key, 'two words\n');
          else await admin.client.hset(key, { number: '-1.5', epoch: 'e' });
        }
        await one.cache.invalidate({ tags: ['t'] });
        await until(() => two.cache.getCacheStats().cached_entries === 0);
        assert.equal(await ask(one.numbers, give(++n)), n, type);
        assert.equal(await ask(two.numbers, mustNotLoad), n, `${type}: shared`);
      }
      assert.equal(log.count('operated all invalidate error'), 0);
    });
  }

  const scans = async () =>
    Number(/cmdstat_scan:calls=(\d+)/.exec(await admin.client.info('commandstats'))?.[1] ?? 0);
  const lose = async (...kinds: string[]) => {
    for (const kind of kinds) {
      await admin.client.del(...(await admin.client.keys(`sono-eval:cache:2:${kind}*`)));
    }
  };
  const payloads = async () => {
    const texts = await Promise.all((await entries()).map((key) => admin.client.get(key)));
    return texts.map((text) => text?.split('\n')[1]);
  };

  it('erases the entries of a tag by its index, and looks through no others', async () => {
    const { cache, numbers } = await node();
    await numbers.get(['a'], give(1), { tags: ['t', 'u'] });
    await numbers.get(['b'], give(2), { tags: ['t'] });
    await numbers.get(['c'], give(3), { tags: ['u'] });
    const before = await scans();
    assert.equal(await cache.invalidate({ tags: ['t'], erase: true }), 2);
    assert.equal(await cache.invalidate({ tags: ['t', 'of nobody'], erase: true }), 0, 'again');
    assert.equal(await scans(), before);
    assert.deepEqual(await payloads(), ['{"n":3}']);
  });

  for (const kinds of [
    ['index'],
    ['index', 'generation'],
    ['index', 'directory'],
    ['index', 'generation', 'directory'],
  ]) {
    it(`erases the entries of a tag though Redis has lost: ${kinds.join(', ')}`, async () => {
      const { cache, numbers } = await node();
      await numbers.get(['a'], give(1), { tags: ['t', 'u'] });
      await numbers.get(['b'], give(2), { tags: ['u'] });
      await lose(...kinds);
      assert.equal(await cache.invalidate({ tags: ['t'], erase: true }), 1);
      assert.deepEqual(await payloads(), ['{"n":2}']);
    });
  }

  it('erases what a lost index knew though the tag has a new one, and though it failed before', async () => {
    let broken = false;
    const { cache, numbers } = await node({
      guard: (work) => (broken ? Promise.reject(new Error()) : passing(work)),
    });
    await numbers.get(['a'], give(1), { tags: ['t'] });
    await lose('index');
    await numbers.get(['b'], give(2), { tags: ['t'] });
    await numbers.get(['c'], give(3), { tags: ['u'] });
    // It ends what is readable, and looks through nothing.
    await cache.invalidate({ tags: ['t'] });
    await numbers.get(['d'], give(4), { tags: ['t'] });
    broken = true;
    await cache.invalidate({ tags: ['t'], erase: true }).catch(() => undefined);
    broken = false;
    await cache.invalidate({ tags: ['t'], erase: true });
    assert.deepEqual(await payloads(), ['{"n":3}']);
  });

  it('keeps entries of different schema versions apart', async () => {
    const one = await node();
    const two = await redisNode(server, {});
    nodes.push(two);
    const newer = two.cache.define({
      name: 'numbers',
      version: 2,
      schema: z.string(),
      ttlSeconds: 60,
    });
    await ask(one.numbers, give(1));
    assert.equal((await newer.get(['a'], () => Promise.resolve('b'))).value, 'b');
    assert.equal(await ask(one.numbers, mustNotLoad), 1);
  });

  it('puts neither keys nor tags into the names of Redis keys', async () => {
    const { numbers } = await node();
    await numbers.get(['candidate_42'], give(1), { tags: ['candidate:candidate_42'] });
    const keys = await admin.client.keys('*');
    assert.ok(keys.length >= 4);
    assert.ok(
      keys.every((key) => !key.includes('42')),
      keys.join(' '),
    );
    for (const key of keys) {
      const forever = key.endsWith(':position') ? -1 : 0;
      assert.ok(forever === -1 || (await admin.client.pttl(key)) > 0, `${key} ends`);
    }
  });

  describe('when Redis fails', () => {
    it('serves local entries and loads the rest, at most 16 at once, without an error', async () => {
      const { numbers, cache } = await node({ proxied: true, commandTimeoutMs: 50 });
      await ask(numbers, give(1));
      await proxy.set({ kind: 'refuse' });
      await until(() => !cache.getCacheStats().bus_connected);
      assert.equal(await ask(numbers, mustNotLoad), 1);
      let [running, most] = [0, 0];
      const load = async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return { n: 1 };
      };
      await Promise.all(Array.from({ length: 200 }, (_, i) => numbers.get([i], load)));
      assert.ok(most <= 16, `${most} at once`);
      assert.ok(log.count('lookedUp numbers l2 error') > 0);
    });

    it('limits loads of each cache on their own', async () => {
      const { numbers, cache } = await node({ proxied: true, commandTimeoutMs: 50 });
      const quick = cache.define<Value>({ ...spec, name: 'quick' });
      await proxy.set({ kind: 'refuse' });
      await until(() => !cache.getCacheStats().bus_connected);
      const gate = Promise.withResolvers<Value>();
      const slow = Array.from({ length: 20 }, (_, i) => numbers.get([i], () => gate.promise));
      assert.equal(await ask(quick, give(1)), 1);
      gate.resolve({ n: 2 });
      await Promise.all(slow);
    });

    for (const fault of [
      { kind: 'black-hole' },
      { kind: 'delay', ms: 100 },
      { kind: 'reset-reply' },
    ] as const) {
      it(`answers through ${fault.kind}, and shares again afterwards`, async () => {
        const { numbers, cache } = await node({ proxied: true, commandTimeoutMs: 50 });
        await proxy.set(fault);
        assert.equal(await ask(numbers, give(1)), 1);
        assert.equal(await ask(numbers, mustNotLoad), 1);
        await proxy.set({ kind: 'pass' });
        await until(() => cache.getCacheStats().bus_connected);
        const other = await node();
        await until(async () => {
          await cache.invalidate({ all: true });
          await ask(numbers, give(3));
          return (await ask(other.numbers, give(4))) === 3;
        });
      });
    }

    it('delivers an invalidation that Redis missed before it reads from it again', async () => {
      const [one, two] = [await node({ proxied: true, commandTimeoutMs: 500 }), await node()];
      await ask(one.numbers, give(1));
      await ask(two.numbers, mustNotLoad);
      await proxy.set({ kind: 'refuse' });
      await until(() => !one.cache.getCacheStats().bus_connected);
      await one.cache.invalidate({ tags: ['t'] });
      assert.equal(await ask(one.numbers, give(2)), 2, 'at once, here');
      await proxy.set({ kind: 'pass' });
      await until(() => one.cache.getCacheStats().bus_connected);
      await until(async () => (await ask(two.numbers, give(3))) !== 1);
      assert.notEqual(await ask(one.numbers, give(4)), 1);
    });

    it('starts without Redis', async () => {
      await proxy.set({ kind: 'refuse' });
      const { numbers } = await node({ proxied: true, wait: false });
      assert.equal(await ask(numbers, give(1)), 1);
      assert.equal(await ask(numbers, mustNotLoad), 1);
    });
  });

  it('invalidates in a Redis that is out of memory', async () => {
    const [one, two] = [await node(), await node()];
    await ask(one.numbers, give(1));
    await ask(two.numbers, mustNotLoad);
    await admin.client.config('SET', 'maxmemory', '1');
    try {
      await one.cache.invalidate({ tags: ['t'] });
      assert.equal((await entries()).length, 0);
      await until(() => two.cache.getCacheStats().cached_entries === 0);
      assert.equal(await ask(two.numbers, give(2)), 2);
    } finally {
      await admin.client.config('SET', 'maxmemory', '0');
    }
  });

  it('revalidates local entries when the bus was cut', async () => {
    const busProxy = await startFaultProxy({ port: server.port });
    const { password, port } = server;
    const deaf = await redisNode({ password, port, busPort: busProxy.port }, log);
    nodes.push(deaf);
    const two = await node();
    const numbers = deaf.cache.define<Value>(spec);
    await ask(numbers, give(1));
    await busProxy.set({ kind: 'refuse' });
    await until(() => !deaf.cache.getCacheStats().bus_connected);
    const checked = await numbers.get(['a'], mustNotLoad, { tags: ['t'] });
    assert.deepEqual([checked.value?.n, checked.tier], [1, 'l2']);
    await two.cache.invalidate({ tags: ['t'] });
    assert.equal(await ask(numbers, give(2)), 2);
    await busProxy.set({ kind: 'pass' });
    await until(() => deaf.cache.getCacheStats().bus_connected);
    await until(async () => (await numbers.get(['a'], mustNotLoad, { tags: ['t'] })).tier === 'l1');
    await busProxy.close();
  });
});

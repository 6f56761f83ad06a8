/** What a request of several units is told, and what is taken once its body is read. */
import assert from 'node:assert/strict';
import { AppError } from '#src/errors.ts';
import { problems } from '#src/http/problems.ts';
import { anonymous, type Caller } from '#src/http/request/caller.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import {
  createCharge,
  limitByAddress,
  limitByCaller,
} from '#src/resilience/rate-limit/middleware.ts';
import { createPolicySet } from '#src/resilience/rate-limit/policy.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createRedisStore, type RedisStore } from '#src/resilience/rate-limit/redis-store.ts';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import { RedisError } from '#src/storage/redis/errors.ts';
import { Redis } from 'ioredis';
import { startRedisServer, type RedisServer } from '#test/support/redis-server.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { alone, policy } from './subjects.ts';

const COST = 2;
const policies = [
  policy({ name: 'minute', quota: 5, windowMs: 60_000 }),
  policy({ name: 'hour', quota: 30, windowMs: 3_600_000 }),
];
const caller: Caller = { ...anonymous, id: 'key_one', role: 'assessor', method: 'api_key' };

/** A route that costs two, and so many more as `?units=` says. */
async function charging(redis: RedisStore | null) {
  const set = createPolicySet(policies, 1);
  const subjects = createSubjects({
    secret: 'test',
    policies: { v4: set, v6: set },
    trustedProxies: [],
  });
  const limiter = createRateLimiter({
    memory: createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} }),
    redis,
    guard: (work) => work(),
    events: { decided() {}, storeFailed() {}, degraded() {}, recovered() {} },
    monotonicMs: () => performance.now(),
  });
  const refused: string[] = [];
  const parts = {
    limiter,
    subjects,
    together: alone,
    onRefused: ({ policy: { name } }: { policy: { name: string } }) => void refused.push(name),
    subjectOf: ({ id }: Caller) => subjects.ofName('caller', id, set),
  };
  const charge = createCharge(parts);
  const app: Served = await serve(
    problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
    (ctx, next) => {
      ctx.state.facts = factsAt('/batch', { cost: COST, access: 'assessor' });
      if (ctx.query['as'] !== undefined)
        ctx.state.identity = { ...caller, id: `key_${String(ctx.query['as'])}` };
      return next();
    },
    (ctx, next) =>
      ctx.state.identity === null
        ? limitByAddress({ ...parts, authenticated: false })(ctx, next)
        : limitByCaller(parts)(ctx, next),
    async (ctx) => {
      await charge(ctx, Number(ctx.query['units'] ?? 0));
      ctx.body = 'ok';
    },
  );
  const ask = async (units: number, as?: string) => {
    const query = `?units=${units}${as === undefined ? '' : `&as=${as}`}`;
    const { status, headers } = await fetch(`${app.url}/batch${query}`);
    const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'ratelimit'];
    const [limit, remaining, all] = names.map((name) => headers.get(name) ?? '');
    return { status, told: `${limit} ${remaining}`, all, wait: Number(headers.get('retry-after')) };
  };
  /** Used of minute and hour. */
  const used = async (as: string) => {
    const { readings } = await limiter.inspect(subjects.ofName('caller', `key_${as}`, set));
    return [readings[0], readings[3]];
  };
  return { ask, used, refused, close: () => app.close() };
}

describe('a request that costs more than one', () => {
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
  const stores = {
    memory: () => null,
    Redis: () => createRedisStore({ client }),
  };

  for (const [name, store] of Object.entries(stores)) {
    describe(`by ${name}`, () => {
      let app: Awaited<ReturnType<typeof charging>>;
      beforeEach(async () => {
        await client.flushall();
        app = await charging(store());
      });
      afterEach(() => app.close());

      it('is told what is left, never less than nothing, and when this very cost fits', async () => {
        assert.deepEqual((await app.ask(0, 'a')).told, '5 3');
        assert.deepEqual((await app.ask(0, 'a')).told, '5 1');
        const { status, told, wait } = await app.ask(0, 'a');
        assert.deepEqual([status, told], [429, '5 1'], 'one is left, and two are asked for');
        assert.ok(wait >= 59 && wait <= 60, String(wait));
        assert.deepEqual(await app.used('a'), [4, 4], 'what was denied took nothing');
      });

      it('takes the rest of it from the hour alone, and shows the policy with the least left', async () => {
        assert.equal((await app.ask(10, 'b')).told, '5 3');
        assert.deepEqual(await app.used('b'), [2, 12]);
        assert.equal((await app.ask(16, 'b')).told, '30 0');
        assert.deepEqual(await app.used('b'), [4, 30]);
        assert.equal((await app.ask(0, 'c')).told, '5 3', 'another caller has its own');
      });

      it('is 429 by the hour when that does not fit, and takes none of it', async () => {
        await app.ask(20, 'd');
        const { status, told, all, wait } = await app.ask(10, 'd');
        assert.deepEqual([status, told], [429, '30 6']);
        assert.match(all ?? '', /^"hour";r=6;t=/);
        assert.ok(wait >= 3598 && wait <= 3600, String(wait));
        assert.deepEqual(await app.used('d'), [4, 24]);
        assert.deepEqual(app.refused, ['hour']);
      });

      it('of more than an hour holds takes a whole empty one', async () => {
        assert.equal((await app.ask(200, 'e')).status, 200);
        assert.deepEqual(await app.used('e'), [2, 30]);
        assert.equal((await app.ask(0, 'e')).status, 429);
      });

      it('counts for the address where nobody says who asks', async () => {
        assert.equal((await app.ask(28)).status, 200);
        assert.equal((await app.ask(1)).status, 429);
        assert.equal((await app.ask(1, 'f')).status, 200);
      });
    });
  }

  it('is decided by this process while Redis is away', async () => {
    const down = () => Promise.reject(new RedisError(new Error('Connection is closed.')));
    const app = await charging({ take: down, reset: down, resetAgeMs: down });
    assert.equal((await app.ask(20, 'a')).status, 200);
    const { status, told } = await app.ask(10, 'a');
    assert.deepEqual([status, told], [429, '30 6']);
    assert.equal((await app.ask(6, 'b')).status, 200);
    await app.close();
  });
});

import assert from 'node:assert/strict';
import { z } from 'zod';
import { bodySchema } from '#src/http/routing/route.ts';
import { cacheAdminRoutes } from '#src/resilience/cache/admin-routes.ts';
import { localCache } from './rig.ts';

function rig() {
  const cache = localCache();
  const numbers = cache.define({ name: 'numbers', schema: z.number(), ttlSeconds: 60 });
  const [route] = cacheAdminRoutes({ cache, record: () => Promise.resolve() });
  assert.ok(route);
  const { handle } = route;
  const body = bodySchema(route);
  assert.ok(body);
  const send = async (given: unknown) => {
    const parsed = body.safeParse(given);
    if (!parsed.success) return 422;
    const request = { body: parsed.data, params: undefined, query: undefined };
    return (await handle(request as never)).body;
  };
  let loads = 0;
  const load = () => Promise.resolve(++loads);
  return {
    send,
    ask: async (key: string) => (await numbers.get([key], load, { tags: ['t'] })).result,
  };
}

describe('POST /api/v1/admin/cache/invalidate', () => {
  it('takes keys, tags or everything, and tells how many entries went', async () => {
    const { send, ask } = rig();
    for (const what of [{ keys: ['numbers:a'] }, { tags: ['t'] }, { all: true }]) {
      await ask('a');
      assert.equal(await ask('a'), 'hit');
      assert.deepEqual(await send(what), { invalidated: 1 });
      assert.equal(await ask('a'), 'miss');
    }
  });

  it('removes nothing for unknown keys, caches and tags', async () => {
    const { send, ask } = rig();
    await ask('a');
    for (const what of [{ keys: ['a', 'letters:a', ':', 'numbers:b'] }, { tags: ['u'] }]) {
      assert.deepEqual(await send(what), { invalidated: 0 });
    }
    assert.equal(await ask('a'), 'hit');
  });

  it('answers 422 to a body without a valid selector, or with more than 500 keys', async () => {
    const { send } = rig();
    for (const given of [{}, { all: false }, { keys: 'a' }, { tags: [''] }, { key: [] }, null]) {
      assert.equal(await send(given), 422);
    }
    assert.equal(await send({ keys: Array.from({ length: 501 }, () => 'a') }), 422);
  });
});

import assert from 'node:assert/strict';
import { composeMiddleware } from '#src/http/compose-middleware.ts';
import type { Middleware, RequestContext } from '#src/http/request/context.ts';

describe('middleware that is composed', () => {
  const ctx = {} as RequestContext;
  const seen: string[] = [];
  beforeEach(() => void seen.splice(0));

  const around =
    (name: string): Middleware =>
    async (_ctx, next) => {
      seen.push(`${name} in`);
      await next();
      seen.push(`${name} out`);
    };
  const through =
    (name: string): Middleware =>
    (_ctx, next) => {
      seen.push(name);
      return next();
    };
  const last = () => {
    seen.push('next');
    return Promise.resolve();
  };

  it('runs from the first to the next, and back', async () => {
    await composeMiddleware([around('a'), through('b'), around('c')])(ctx, last);
    assert.deepEqual(seen, ['a in', 'b', 'c in', 'next', 'c out', 'a out']);
  });

  it('ends with the layer that does not call the one below', async () => {
    await composeMiddleware([around('a'), () => Promise.resolve(), through('c')])(ctx, last);
    assert.deepEqual(seen, ['a in', 'a out']);
  });

  it('tells who waits above what a layer throws, at once or later', async () => {
    const now: Middleware = () => {
      throw new Error('now');
    };
    for (const thrower of [now, () => Promise.reject(new Error('later'))]) {
      const catching: Middleware = async (_ctx, next) => {
        await assert.rejects(async () => next(), /now|later/);
        seen.push('caught');
      };
      await composeMiddleware([catching, through('b'), thrower])(ctx, last);
    }
    assert.deepEqual(seen, ['b', 'caught', 'b', 'caught']);
  });
});

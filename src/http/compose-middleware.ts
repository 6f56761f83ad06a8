import type { Middleware } from './request/context.ts';

const done = Promise.resolve();

/**
 * One middleware of many, the first outermost. In place of koa-compose, which makes a promise and two functions for each
 * layer of each request: what a layer throws before it waits is thrown through those above that do not wait either.
 * A layer that calls `next` twice runs what is below twice, which koa-compose refuses.
 */
export function composeMiddleware(layers: readonly Middleware[]): Middleware {
  return layers.reduceRight<Middleware>(
    (below, layer) => (ctx, next) => layer(ctx, () => below(ctx, next) ?? done),
    (_ctx, next) => next(),
  );
}

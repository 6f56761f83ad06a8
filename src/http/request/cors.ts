import koaCors from '@koa/cors';
import type { Middleware } from './context.ts';

/** Hosts become origins: https, and in development http and any port as well. */
export function isAllowedOrigin(
  origin: string,
  allowedHosts: readonly string[],
  production: boolean,
): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin !== origin) return false;
  if (url.protocol !== 'https:' && (production || url.protocol !== 'http:')) return false;
  return allowedHosts.some((host) => host === url.host || (!production && host === url.hostname));
}

/**
 * No credentials: the service takes no cookies.
 *
 * @param options.accepted request headers beyond those that the standard lets through
 * @param options.exposed response headers that scripts may read
 */
export function cors(options: {
  allowedHosts: readonly string[];
  production: boolean;
  accepted: readonly string[];
  exposed: readonly string[];
}): Middleware {
  const handle = koaCors({
    // An empty string makes @koa/cors leave its headers out.
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return isAllowedOrigin(origin, options.allowedHosts, options.production) ? origin : '';
    },
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [...options.accepted],
    exposeHeaders: [...options.exposed],
    maxAge: 600,
    keepHeadersOnError: true,
  });
  return function cors(ctx, next) {
    if (ctx.req.headers.origin !== undefined) return handle(ctx, next);
    // What @koa/cors does for everyone who is no browser.
    ctx.res.setHeader('Vary', 'Origin');
    return next();
  };
}

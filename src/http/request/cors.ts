import koaCors from '@koa/cors';
import type { Middleware } from './context.ts';

const EXPOSED = [
  'ETag',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'X-Process-Time',
  'X-RateLimit-Backend',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-ID',
];

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

/** No credentials: the service takes no cookies. */
export function cors(options: {
  allowedHosts: readonly string[];
  production: boolean;
}): Middleware {
  const handle = koaCors({
    // An empty string makes @koa/cors leave its headers out.
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return isAllowedOrigin(origin, options.allowedHosts, options.production) ? origin : '';
    },
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'X-API-Key',
      'X-Request-ID',
      'traceparent',
      'tracestate',
    ],
    exposeHeaders: EXPOSED,
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

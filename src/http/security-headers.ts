import helmet from 'helmet';
import type { Middleware } from './context.ts';

/**
 * helmet with a policy for an API that serves data: nothing may be loaded, framed or sniffed. The
 * reference at /docs replaces the content policy by its own.
 *
 * @param options.hsts only where TLS stands in front (production, staging)
 */
export function securityHeaders(options: { hsts: boolean }): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    hsts: options.hsts ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  return async function securityHeaders(ctx, next) {
    await new Promise<void>((resolve, reject) => {
      setHeaders(ctx.req, ctx.res, (error) => (error === undefined ? resolve() : reject(error)));
    });
    await next();
  };
}

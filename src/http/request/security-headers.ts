import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { GatheredResponse } from '../server/gathered-response.ts';
import type { Middleware } from './context.ts';

/** On every response, whatever made it. */
export function securityHeaders(headers: readonly (readonly [string, string])[]): Middleware {
  const prepared = headers.flat();
  return function securityHeaders({ res }, next) {
    if (res instanceof GatheredResponse) res.setPrepared(prepared);
    else for (const [name, value] of headers) res.setHeader(name, value);
    return next();
  };
}

/**
 * helmet's headers with a policy for an API that serves data: nothing may be loaded, framed or
 * sniffed, and nothing stored unless its route says otherwise. The reference at /docs replaces the content
 * policy by its own.
 *
 * @param options.hsts only where TLS stands in front (production, staging)
 */
export function protectiveHeaders(options: { hsts: boolean }): [string, string][] {
  const headers = headersOf(
    helmet({
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
    }),
  );
  return [...headers, ['Cache-Control', 'no-store']];
}

/** helmet's headers are the same for every response: asked for once, they cost nothing per request. */
function headersOf(middleware: ReturnType<typeof helmet>): [string, string][] {
  const headers = new Map<string, string>();
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error;
  });
  return [...headers];
}

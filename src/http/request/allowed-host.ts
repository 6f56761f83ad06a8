import { AppError } from '../../errors.ts';
import type { Middleware, RequestContext } from './context.ts';

/**
 * In production only requests to the configured hosts are answered (421 otherwise), so that no other
 * name can be pointed at the service. Below the status routes, which probes ask by address. A target that is a whole
 * URL names the host itself, whatever the header says (RFC 9112, 3.2.2).
 */
export function allowedHost(options: {
  allowedHosts: readonly string[];
  production: boolean;
}): Middleware {
  const allowed = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  const answersFor = (host: string) => allowed.has(host) || allowed.has(host.replace(/:\d+$/, ''));
  return function allowedHost(ctx, next) {
    if (options.production && !answersFor(hostOf(ctx))) {
      throw new AppError('MISDIRECTED_REQUEST', 'This service does not answer for this host.');
    }
    return next();
  };
}

function hostOf({ req }: RequestContext): string {
  const target = req.url ?? '';
  const host = (target.startsWith('/') ? null : URL.parse(target)?.host) ?? req.headers.host ?? '';
  return host.toLowerCase();
}

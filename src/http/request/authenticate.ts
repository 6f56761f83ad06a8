/**
 * Who asks, and whether the route lets them. A request without credentials, or with some that are not
 * valid (any more), is 401; a caller whose role does not reach is 403 (RFC 6750, 3.1). Those are two steps: what is
 * refused to a known caller counts for its limits, which are asked in between.
 */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors.ts';
import { anonymous, rankOf, type Credentials, type Role, type Identify } from './caller.ts';
import type { Middleware, RequestContext } from './context.ts';

const REALM = 'Bearer realm="sono-eval"';

/** @param deps.required false: everybody is `anonymous`, and may do everything */
export function authenticate(deps: { required: boolean; identify: Identify }): Middleware {
  const identify = async (ctx: RequestContext, next: () => Promise<void>) => {
    const credentials = credentialsOf(ctx.req);
    if (credentials === null)
      throw unauthorized('This needs an access token or an API key.', REALM);
    ctx.state.identity = await deps.identify(credentials, ctx.state.signal);
    return next();
  };
  return function authenticate(ctx, next) {
    const { access } = ctx.state.facts;
    if (!deps.required) ctx.state.identity = anonymous;
    if (!deps.required || access === 'public' || ctx.method === 'OPTIONS') return next();
    return identify(ctx, next);
  };
}

/** Once it is known who asks. @param deps.onDenied a caller may not do what it asked for */
export function authorize(deps: { onDenied: (access: Role) => void }): Middleware {
  return function authorize(ctx, next) {
    const { facts, identity } = ctx.state;
    const { access } = facts;
    // Nobody was asked.
    if (identity === null || access === 'public') return next();
    if (rankOf(identity.role) >= rankOf(access)) return next();
    deps.onDenied(access);
    throw forbidden(access);
  };
}

/** Whether the caller of a request is who it was when that came, with the same rights; for answers that last. */
export type IsStillCaller = (ctx: RequestContext) => Promise<boolean>;

/** @throws what `identify` throws when it cannot be told */
export function createIsStillCaller(deps: {
  required: boolean;
  identify: Identify;
}): IsStillCaller {
  return async function isStillCaller({ req, state }) {
    if (!deps.required) return true;
    const credentials = credentialsOf(req);
    if (credentials === null) return false;
    const { id, role, candidateId } = state.caller;
    try {
      const now = await deps.identify(credentials, state.signal);
      return now.id === id && now.role === role && now.candidateId === candidateId;
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAUTHORIZED') return false;
      throw error;
    }
  };
}

/** Whether a request says who asks, in whatever way; nothing is verified. */
export function bringsCredentials({ headers }: IncomingMessage): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined;
}

/**
 * `Authorization: Bearer …` or `X-API-Key: …`; null when there is neither.
 *
 * @throws {AppError} BAD_REQUEST for two that differ, UNAUTHORIZED for another scheme
 */
export function credentialsOf({ headers }: IncomingMessage): Credentials | null {
  const { authorization } = headers;
  const key = headers['x-api-key'];
  const bearer = authorization === undefined ? undefined : bearerOf(authorization);
  if (bearer !== undefined && key !== undefined && bearer !== key) {
    throw new AppError('BAD_REQUEST', 'Send Authorization or X-API-Key, not both.');
  }
  const token = bearer ?? key;
  return typeof token === 'string' ? { token } : null;
}

function bearerOf(header: string): string {
  const token = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized('Authorization must be: Bearer <token>.', REALM);
  return token;
}

export function unauthorized(
  detail: string,
  challenge = `${REALM}, error="invalid_token"`,
): AppError {
  return new AppError('UNAUTHORIZED', detail, {
    headers: { 'WWW-Authenticate': challenge },
    help: { suggestion: 'Send Authorization: Bearer <access token or API key>, or X-API-Key.' },
  });
}

function forbidden(access: Role): AppError {
  return new AppError('FORBIDDEN', `This needs the role ${access}.`, {
    headers: { 'WWW-Authenticate': `${REALM}, error="insufficient_scope", scope="${access}"` },
  });
}

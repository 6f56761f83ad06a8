import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { meSchema, refreshBody, tokenForm, tokenSchema } from './access-schemas.ts';
import type { LimitLogins } from './login-limit.ts';
import type { Sessions } from './sessions.ts';
import { loginName } from './user-rules.ts';

const tag: RouteTag = {
  name: 'Authentication',
  description: 'A password for tokens, tokens for newer ones, and who one is.',
};

/** RFC 6749, 5.1. */
const headers = { 'Cache-Control': 'no-store' };
const refresh = { refresh: { summary: 'Go on', value: { refresh_token: 'se_refresh_…' } } };

export function authRoutes(deps: { sessions: Sessions; limitLogins: LimitLogins }): Route[] {
  const { sessions, limitLogins } = deps;
  return [
    route({
      method: 'post',
      path: '/api/v1/auth/token',
      operationId: 'createToken',
      summary: 'Sign in',
      description:
        'At most five times a minute from one address and for one account. Whether there is such an account is told to nobody.',
      tag,
      access: 'public',
      body: {
        form: tokenForm,
        examples: {
          password: {
            summary: 'With a password',
            value: { username: 'ada', password: 'correct horse battery' },
          },
        },
      },
      reply: 'json',
      responses: { 200: { description: 'The tokens', schema: tokenSchema } },
      errors: ['INVALID_CREDENTIALS', 'RATE_LIMIT_EXCEEDED'],
      async handle({ body, ctx }) {
        const name = loginName(body.username);
        await limitLogins(ctx, name);
        const pair = await sessions.login(ctx.state, name, body.password);
        return { status: 200, body: pair, headers };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/auth/refresh',
      operationId: 'refreshToken',
      summary: 'Exchange a refresh token for the next pair',
      description:
        'Once; for a minute the same token gives the same successor. After that it ends all tokens that came of the login.',
      tag,
      access: 'public',
      body: { json: refreshBody, examples: refresh },
      reply: 'json',
      responses: { 200: { description: 'The tokens', schema: tokenSchema } },
      errors: ['UNAUTHORIZED'],
      async handle({ body, ctx }) {
        return {
          status: 200,
          body: await sessions.refresh(ctx.state, body.refresh_token),
          headers,
        };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/auth/logout',
      operationId: 'logout',
      summary: 'End a login',
      description:
        'No refresh token of it is valid afterwards. An access token is, until it expires.',
      tag,
      access: 'candidate',
      body: { json: refreshBody, examples: refresh },
      reply: 'json',
      responses: { 204: { description: 'It has ended, or there was none' } },
      async handle({ body, ctx }) {
        await sessions.logout(ctx.state, body.refresh_token);
        return { status: 204 };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/auth/me',
      operationId: 'getCaller',
      summary: 'Who asks',
      description: 'As the service sees it.',
      tag,
      access: 'candidate',
      body: 'none',
      reply: 'json',
      responses: { 200: { description: 'The caller', schema: meSchema } },
      handle({ ctx }) {
        const { id, role, candidateId, method, quota } = ctx.state.caller;
        const rate_limit = quota && { per_minute: quota.perMinute, per_hour: quota.perHour };
        const body = { id, role, candidate_id: candidateId, method, rate_limit };
        return { status: 200, body, headers };
      },
    }),
  ];
}

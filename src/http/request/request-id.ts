import type { IncomingMessage } from 'node:http';
import type { HeaderFacts } from '../headers.ts';
import { RequestState, type Middleware } from './context.ts';
import { TimedResponse } from './timed-response.ts';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

export const requestIdHeaders = {
  request: {
    'X-Request-ID': {
      description: 'Identity of the request; when it does not fit the pattern a new one is given.',
      example: '0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00',
      pattern: ACCEPTED.source,
    },
  },
  response: {
    'X-Request-ID': {
      description: 'Identity of the request, in every log line about it.',
      example: '0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00',
      pattern: ACCEPTED.source,
      required: true,
    },
    'X-Process-Time': {
      description: 'Seconds that the service took.',
      example: 0.012345,
      type: 'number',
      required: true,
    },
  },
} as const satisfies Record<'request' | 'response', HeaderFacts>;

/** The client's own where it fits the pattern. */
export function requestIdOf({ headers }: IncomingMessage, newId: () => string): string {
  const offered = headers['x-request-id'];
  return typeof offered === 'string' && ACCEPTED.test(offered) ? offered : newId();
}

/** First in the stack: gives the request its identity and its clock, and every answer `X-Request-ID` and `X-Process-Time`. */
export function requestId(deps: {
  newId: () => string;
  now: () => number;
  /** When a request came that had to wait before. */
  arrivedAt?: (request: IncomingMessage) => number | undefined;
}): Middleware {
  return function requestId(ctx, next) {
    const { req, res } = ctx;
    const id = requestIdOf(req, deps.newId);
    const startedAt = deps.arrivedAt?.(req) ?? deps.now();
    ctx.state = new RequestState(id, startedAt);
    res.setHeader('X-Request-ID', id);
    if (res instanceof TimedResponse) res.startedAt = startedAt;
    return next();
  };
}

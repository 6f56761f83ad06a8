/** Refuses what is too much: 503 with every header that other answers have, counted and told of, below Koa. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { knownMethod } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { httpRequestDuration, httpRequestsShed } from '../request/metrics.ts';
import { requestIdOf } from '../request/request-id.ts';
import { randomHex } from '../request/trace.ts';
import type { Discard } from './discard.ts';
import type { ShedReason } from './overload.ts';
import type { Refusals } from './refusal.ts';

/** Seconds. Clients that were refused together must not come back together. */
const RETRY_AFTER_MOST = 3;
/** Milliseconds between lines about one and the same overload. */
const LINE_EVERY_MS = 10_000;

const details: Record<ShedReason, string> = {
  line_full: 'More requests have come than can be answered.',
  waited_too_long: 'The request waited too long for its turn.',
  engine_full: 'Too many assessments are waiting.',
  connections: 'More clients are connected than can be served.',
};

type Shed = (
  request: IncomingMessage,
  response: ServerResponse,
  reason: ShedReason,
  arrivedAt: number,
) => void;

/**
 * @param deps.routeOf template of the route that a request matches
 * @param deps.allowsOrigin whose scripts may see the answer
 * @param deps.random from 0 to below 1
 */
export function createShed(deps: {
  refusals: Pick<Refusals, 'respond'>;
  discard: Discard;
  routeOf: (method: string, path: string) => string;
  allowsOrigin: (origin: string) => boolean;
  log: Pick<Logger, 'warn'>;
  newId: () => string;
  now: () => number;
  random: () => number;
}): Shed {
  let toldAt = -Infinity;
  let untold = 0;
  const tell = (reason: string) => {
    untold += 1;
    if (deps.now() - toldAt < LINE_EVERY_MS) return;
    deps.log.warn('Requests are refused: more come than can be served.', {
      'event.name': 'http.overload',
      reason,
      refused: untold,
    });
    toldAt = deps.now();
    untold = 0;
  };
  const originHeaders = (origin: string | undefined): [string, string][] => {
    const vary: [string, string] = ['Vary', 'Origin'];
    if (origin === undefined || !deps.allowsOrigin(origin)) return [vary];
    const exposed = 'Retry-After, Server-Timing, X-Process-Time, X-Request-ID';
    return [
      vary,
      ['Access-Control-Allow-Origin', origin],
      ['Access-Control-Expose-Headers', exposed],
    ];
  };
  return (request, response, reason, arrivedAt) => {
    const method = request.method ?? '';
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const seconds = (deps.now() - arrivedAt) / 1000;
    httpRequestsShed.of({ reason })(1);
    const route = deps.routeOf(method, path);
    httpRequestDuration.of({ method: knownMethod(method), route, status_code: '503' })(seconds);
    tell(reason);
    deps.refusals.respond(response, {
      code: 'SERVICE_UNAVAILABLE',
      detail: details[reason],
      retryAfter: 1 + Math.floor(deps.random() * RETRY_AFTER_MOST),
      request: {
        instance: path,
        request_id: requestIdOf(request, deps.newId),
        trace_id: traceIdOf(request.headers['traceparent']),
        seconds,
      },
      headers: originHeaders(request.headers.origin),
    });
    if (hasBody(request)) deps.discard(request);
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A caller's trace goes on (W3C Trace Context); zeros are none. */
function traceIdOf(traceparent: string | string[] | undefined): string {
  const [, id] = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-/.exec(String(traceparent)) ?? [];
  return id ?? randomHex(16);
}

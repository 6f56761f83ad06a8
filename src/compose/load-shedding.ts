/** What stands between the sockets and the middleware: who is worked for, who waits, and who is refused. */
import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAllowedOrigin } from '../http/request/cors.ts';
import { httpRequestsShed } from '../http/request/metrics.ts';
import { protectiveHeaders } from '../http/request/security-headers.ts';
import type { Respond } from '../http/respond.ts';
import { createRouteTable } from '../http/routing/route-table.ts';
import type { Route } from '../http/routing/route.ts';
import { createBodyRoom, type BodyRoom } from '../http/server/body-room.ts';
import { createDiscard, type Discard } from '../http/server/discard.ts';
import { createOverload, type Overload, type ShedReason } from '../http/server/overload.ts';
import { createReceiveTimes, type ReceiveTimes } from '../http/server/receive-times.ts';
import { createRefusals, type Refusals } from '../http/server/refusal.ts';
import type { Listener } from '../http/server/server.ts';
import { createShed } from '../http/server/shed.ts';
import { healthPaths } from '../resilience/health/health-paths.ts';
import type { Platform } from './platform.ts';

/** Bodies of the largest size that are held at once; each is held as bytes, as text and parsed. */
const BODIES_AT_ONCE = 4;

export interface LoadShedding {
  overload: Overload;
  room: BodyRoom;
  discard: Discard;
  refusals: Refusals;
  receiveTimes: ReceiveTimes;
  /** @param respond what those get who are worked for, and probes at once */
  listener: (respond: Respond) => Listener;
}

/** @param routes that may be refused; probes are not among them */
export function createLoadShedding(
  { config, clock, log, engine }: Platform,
  routes: Route[],
): LoadShedding {
  const { allowedHosts, maxBodyBytes } = config.api;
  const now = clock.monotonicMs;
  const newId = randomUUIDv7;
  const overload = createOverload({ now });
  const discard = createDiscard();
  const refusals = createRefusals({ newId, headers: protectiveHeaders(config.api) });
  const { factsOf } = createRouteTable(routes);
  // The engine works on them while their clients wait, and so they name what admits their bodies.
  const needsEngine = (request: IncomingMessage) =>
    request.method === 'POST' && factsOf('POST', pathOf(request)).admission !== undefined;
  // Whoever has a slot may be on the way to the engine, which would refuse when the request has cost as much as an answer.
  const isEngineFull = () => engine.running + engine.waiting + overload.busy >= engine.places;
  const shed = createShed({
    refusals,
    discard,
    routeOf: (method, path) => factsOf(method, path).template,
    allowsOrigin: (origin) => isAllowedOrigin(origin, allowedHosts, config.production),
    log,
    newId,
    now,
    random: Math.random,
  });
  const room = createBodyRoom({
    maxBytes: BODIES_AT_ONCE * maxBodyBytes,
    refused: () => httpRequestsShed.inc({ reason: 'bodies' }),
  });
  return {
    overload,
    room,
    discard,
    refusals,
    receiveTimes: createReceiveTimes(),
    listener: (respond) => (request, response, isExcess) => {
      const arrivedAt = now();
      const work = () => respond(request, response);
      const refuse = (reason: ShedReason) => {
        if (reason === 'engine_full') factsOf('POST', pathOf(request)).admission?.refused();
        shed(request, response, reason, arrivedAt);
      };
      if (isProbe(request)) void work();
      else if (isExcess) overload.refuse(() => refuse('connections'));
      else if (needsEngine(request)) overload.admit(request, work, refuse, isEngineFull);
      else overload.admit(request, work, refuse);
    },
  };
}

const probes: ReadonlySet<string> = new Set(Object.values(healthPaths));

/** They need no slot: they are asked when nothing else gets through. */
function isProbe(request: IncomingMessage): boolean {
  return probes.has(pathOf(request));
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

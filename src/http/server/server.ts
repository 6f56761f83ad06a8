import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../errors.ts';
import { connectionLimits, type ConnectionLimits } from './connection-limit.ts';
import { createReceiveTimes, type ReceiveTimes } from './receive-times.ts';
import type { Refusals } from './refusal.ts';
import { requestFault } from './request-fault.ts';
import { TimedResponse } from '../request/timed-response.ts';

/** Milliseconds and numbers; tests have shorter ones. */
export interface ServerLimits {
  /** A header must be complete after this, and something must come on a new connection. */
  headersMs: number;
  /** A whole request must be here after this, if it is not allowed more (`ReceiveTimes`). */
  receiveMs: number;
  /** Between looks for those who are late. */
  checkMs: number;
  /** Longer than the 60 s after which common load balancers close idle connections, so that they close first. */
  keepAliveMs: number;
  connections: ConnectionLimits;
}

const defaults = {
  headersMs: 10_000,
  receiveMs: 15_000,
  checkMs: 2000,
  keepAliveMs: 65_000,
} as const satisfies Partial<ServerLimits>;

/** A connection on which nothing moves, such as one whose client does not read its answer. */
const SILENT_MS = 90_000;

/** What Node's parser refuses before there is a request; everything else it reports is 400. */
const parserErrors: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_HEADER_TIMEOUT',
};
const UNREADABLE = 'The request could not be read as HTTP/1.1.';

export interface HttpServer {
  server: Server;
  /** Every answer that is not on its way yet, and all that follow, are the last on their connections. */
  drain: () => void;
}

/** @param isExcess there are more connections than are served, and this is one of those that came last */
export type Listener = (
  request: IncomingMessage,
  response: ServerResponse,
  isExcess: boolean,
) => void;

/**
 * node:http with limits against slow, oversized and too many clients; what cannot be read is answered as a problem.
 *
 * @param deps.headers those that every response has
 */
export function createHttpServer(
  listener: Listener,
  deps: {
    refusals: Refusals;
    requestTimeoutMs: number;
    maxBodyBytes: number;
    receiveTimes?: Pick<ReceiveTimes, 'of'>;
    limits?: Partial<ServerLimits>;
  },
): HttpServer {
  const { refusals, receiveTimes = createReceiveTimes() } = deps;
  const limits = { ...defaults, connections: connectionLimits(), ...deps.limits };
  /** Of each connection. */
  const latest = new Map<Socket, ServerResponse>();
  let isDraining = false;
  const server = createServer(
    {
      connectionsCheckingInterval: limits.checkMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.receiveMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: 16_384,
      // Ours to refuse: Node's own 400 has no body and none of our headers.
      requireHostHeader: false,
      ServerResponse: TimedResponse,
    },
    (request, response) => {
      latest.set(request.socket, response);
      const isOver = isExcess(request.socket);
      // Clients of a draining process, and whoever is one too many, must come back on another connection.
      if (isDraining || isOver) response.shouldKeepAlive = false;
      const fault = requestFault(request);
      if (fault === null) listener(request, response, isOver);
      else refusals.respond(response, { code: 'BAD_REQUEST', detail: fault });
    },
  );
  server.maxHeadersCount = 100;
  server.maxConnections = limits.connections.accepted;
  server.on('connection', (socket) => {
    socket.once('close', () => latest.delete(socket));
  });
  const isExcess = excessOf(server, limits.connections.served);
  server.timeout = Math.max(SILENT_MS, 2 * deps.requestTimeoutMs);
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const code = parserErrors[error.code ?? ''] ?? 'BAD_REQUEST';
    const refuse = () =>
      inTurn(socket, latest.get(socket), () => refusals.write(socket, code, UNREADABLE));
    const request = latest.get(socket)?.req;
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // Node says once that a request is late, and leaves it to us what becomes of it.
    if (isLate && isComing(request) && receiveTimes.of(request) > limits.receiveMs) {
      const check = () => void (isComing(request) && refuse());
      const timer = setTimeout(check, receiveTimes.of(request) - limits.receiveMs);
      socket.once('close', () => clearTimeout(timer));
    } else refuse();
  });
  // An oversized body is refused before it is sent.
  server.on('checkContinue', (request: IncomingMessage, response) => {
    if (Number(request.headers['content-length'] ?? 0) <= deps.maxBodyBytes)
      response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (_request, response) => {
    const detail = 'Only the expectation 100-continue is supported.';
    refusals.respond(response, { code: 'BAD_REQUEST', detail });
  });
  server.on('connect', (_request, socket) => {
    refusals.write(socket as Socket, 'BAD_REQUEST', 'This service is no proxy.');
  });
  return {
    server,
    drain() {
      isDraining = true;
      for (const response of latest.values()) {
        if (!response.closed) isLast(response);
      }
    },
  };
}

/** Whether some of its body is still missing. */
function isComing(request: IncomingMessage | undefined): request is IncomingMessage {
  return request !== undefined && !request.complete && !request.destroyed;
}

/** Its header says so; where that is out already, the connection ends with the answer. */
function isLast(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  if (response.headersSent) response.once('finish', () => response.req.socket.destroySoon());
}

/** @returns whether a connection came when there were more than `most`, and there still are */
function excessOf(server: Server, most: number): (socket: Socket) => boolean {
  const late = new WeakSet<Socket>();
  let count = 0;
  server.on('connection', (socket) => {
    count += 1;
    if (count > most) late.add(socket);
    socket.once('close', () => (count -= 1));
  });
  return (socket) => late.has(socket) && count > most;
}

/**
 * Answers go out in the order of their requests: bytes that cannot be read wait for the answer of the
 * request before them, or the client would take one for the other.
 */
function inTurn(socket: Socket, before: ServerResponse | undefined, refuse: () => void): void {
  if (before === undefined || (before.closed && before.req.complete)) refuse();
  else if (before.req.complete) before.once('close', refuse);
  // The bytes are the body of a request, whose answer is on its way or will be this one.
  else if (before.headersSent) socket.destroySoon();
  else refuse();
}

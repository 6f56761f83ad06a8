import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../errors.ts';
import { createRefusals } from './refusal.ts';
import { requestFault } from './request-fault.ts';

/** Longer than the 60 s after which common load balancers close idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** A header must be complete after 10 s, a body after 15; looked at every 2 s. */
const HEADERS_MS = 10_000;
const RECEIVE_MS = 15_000;
/** A connection on which nothing moves, such as one whose client does not read its answer. */
const SILENT_MS = 90_000;

/** What Node's parser refuses before there is a request; everything else it reports is 400. */
const parserErrors: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_HEADER_TIMEOUT',
};
const UNREADABLE = 'The request could not be read as HTTP/1.1.';

/**
 * node:http with limits against slow and oversized clients; what cannot be read is answered as a problem.
 *
 * @param deps.headers those that every response has
 */
export function createHttpServer(
  listener: RequestListener,
  deps: {
    newId: () => string;
    requestTimeoutMs: number;
    maxBodyBytes: number;
    headers: readonly (readonly [string, string])[];
  },
): Server {
  const refusals = createRefusals(deps);
  const latest = new WeakMap<Socket, ServerResponse>();
  const server = createServer(
    {
      connectionsCheckingInterval: 2000,
      headersTimeout: HEADERS_MS,
      requestTimeout: RECEIVE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 16_384,
      // Ours to refuse: Node's own 400 has no body and none of our headers.
      requireHostHeader: false,
    },
    (request, response) => {
      latest.set(request.socket, response);
      const fault = requestFault(request);
      if (fault === null) listener(request, response);
      else refusals.respond(response, 'BAD_REQUEST', fault);
    },
  );
  server.maxHeadersCount = 100;
  server.maxConnections = 2000;
  server.timeout = Math.max(SILENT_MS, 2 * deps.requestTimeoutMs);
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const code = parserErrors[error.code ?? ''] ?? 'BAD_REQUEST';
    inTurn(socket, latest.get(socket), () => refusals.write(socket, code, UNREADABLE));
  });
  // An oversized body is refused before it is sent.
  server.on('checkContinue', (request: IncomingMessage, response) => {
    if (Number(request.headers['content-length'] ?? 0) <= deps.maxBodyBytes)
      response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (_request, response) => {
    refusals.respond(response, 'BAD_REQUEST', 'Only the expectation 100-continue is supported.');
  });
  server.on('connect', (_request, socket) => {
    refusals.write(socket as Socket, 'BAD_REQUEST', 'This service is no proxy.');
  });
  return server;
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

import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { Socket } from 'node:net';
import { errorCodes, type ErrorCode } from '../errors.ts';
import { problemType } from './problems.ts';

/** Longer than the 60 s after which common load balancers close idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;

/** What Node's parser refuses before there is a request; everything else it reports is 400. */
const parserErrors: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_HEADER_TIMEOUT',
};

/** node:http with limits against slow and oversized clients; parse errors are answered as problems. */
export function createHttpServer(
  listener: RequestListener,
  deps: { newId: () => string; requestTimeoutMs: number; maxBodyBytes: number },
): Server {
  const server = createServer(
    {
      connectionsCheckingInterval: 2000,
      headersTimeout: 10_000,
      requestTimeout: Math.max(deps.requestTimeoutMs, 10_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 16_384,
    },
    listener,
  );
  server.maxHeadersCount = 100;
  server.maxConnections = 2000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerParseError(
      socket as Socket,
      parserErrors[error.code ?? ''] ?? 'BAD_REQUEST',
      deps.newId(),
    );
  });
  // An oversized body is refused before it is sent.
  server.on('checkContinue', (request: IncomingMessage, response) => {
    if (Number(request.headers['content-length'] ?? 0) <= deps.maxBodyBytes)
      response.writeContinue();
    server.emit('request', request, response);
  });
  return server;
}

function answerParseError(socket: Socket, code: ErrorCode, requestId: string): void {
  if (!socket.writable || socket.destroyed) return;
  const { status, title } = errorCodes[code];
  const body = JSON.stringify({
    type: problemType(code),
    title,
    status,
    detail: 'The request could not be read as HTTP/1.1.',
    instance: '',
    error_code: code,
    request_id: requestId,
    trace_id: '0'.repeat(32),
  });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-ID: ${requestId}`,
    'X-Process-Time: 0.000000',
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

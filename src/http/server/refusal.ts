/** What is answered below Koa: requests that cannot be read as HTTP/1.1 and so have no context. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorCodes, type ErrorCode } from '../../errors.ts';
import { appErrors } from '../request/metrics.ts';
import { randomHex } from '../request/trace.ts';
import { toProblem } from '../problems.ts';

export interface Refusals {
  /** Through the response that Node has made for the request. */
  respond: (response: ServerResponse, refusal: Refusal) => void;
  /** On the bare connection, which ends. */
  write: (socket: Socket, code: ErrorCode, detail: string) => void;
}

export interface Refusal {
  code: ErrorCode;
  detail: string;
  /** Seconds. */
  retryAfter?: number;
  /** What is known of the request; without it the connection is of no use any more, and ends. */
  request?: { instance: string; request_id: string; trace_id: string; seconds: number };
  headers?: readonly (readonly [string, string])[];
}

/** @param deps.headers those that every response has */
export function createRefusals(deps: {
  newId: () => string;
  headers: readonly (readonly [string, string])[];
}): Refusals {
  // Names and values in turn, as Node writes them fastest: what is refused must cost next to nothing.
  const always = deps.headers.filter(([name]) => name !== 'Cache-Control').flat();
  const answer = ({ code, detail, retryAfter, request, headers = [] }: Refusal) => {
    appErrors.of({ code, kind: 'operational' })(1);
    const { status } = errorCodes[code];
    const options = retryAfter === undefined ? {} : { retryAfter };
    const { seconds, ...about } = request ?? {
      instance: '',
      request_id: deps.newId(),
      trace_id: randomHex(16),
      seconds: 0,
    };
    const body = JSON.stringify(toProblem({ code, status, message: detail, options }, about));
    const span = `00-${about.trace_id}-${randomHex(8)}-00`;
    const head = [
      ...always,
      ...headers.flat(),
      'Content-Type',
      'application/problem+json',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
      'X-Request-ID',
      about.request_id,
      'X-Process-Time',
      seconds.toFixed(6),
      'Server-Timing',
      `trace;desc="${span}", total;dur=${(seconds * 1000).toFixed(3)}`,
    ];
    if (retryAfter !== undefined) head.push('Retry-After', String(Math.ceil(retryAfter)));
    if (request === undefined) head.push('Connection', 'close');
    return { status, head, body };
  };
  return {
    respond(response, refusal) {
      const { status, head, body } = answer(refusal);
      response.writeHead(status, head);
      response.end(response.req.method === 'HEAD' ? undefined : body);
    },
    write(socket, code, detail) {
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      const { status, head, body } = answer({ code, detail });
      const lines = head.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
      // Not `end`: the connection of a client that keeps its side open would stay for ever.
      socket.destroySoon();
    },
  };
}

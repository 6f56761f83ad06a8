/** What is answered below Koa: requests that cannot be read as HTTP/1.1 and so have no context. */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type ErrorCode } from '../../errors.ts';
import { appErrors } from '../request/metrics.ts';
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
  const answer = ({ code, detail, retryAfter, request, headers = [] }: Refusal) => {
    appErrors.inc({ code, kind: 'operational' });
    const error = new AppError(code, detail, retryAfter === undefined ? {} : { retryAfter });
    const { seconds, ...about } = request ?? {
      instance: '',
      request_id: deps.newId(),
      trace_id: newTraceId(),
      seconds: 0,
    };
    const body = JSON.stringify(toProblem(error, about));
    const span = `00-${about.trace_id}-${randomBytes(8).toString('hex')}-00`;
    const head = new Map([
      ...deps.headers,
      ...headers,
      ['Content-Type', 'application/problem+json'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Cache-Control', 'no-store'],
      ['X-Request-ID', about.request_id],
      ['X-Process-Time', seconds.toFixed(6)],
      ['Server-Timing', `trace;desc="${span}", total;dur=${(seconds * 1000).toFixed(3)}`],
    ]);
    if (retryAfter !== undefined) head.set('Retry-After', String(Math.ceil(retryAfter)));
    if (request === undefined) head.set('Connection', 'close');
    return { status: error.status, head, body };
  };
  return {
    respond(response, refusal) {
      const { status, head, body } = answer(refusal);
      for (const [name, value] of head) response.setHeader(name, value);
      response.writeHead(status);
      response.end(response.req.method === 'HEAD' ? undefined : body);
    },
    write(socket, code, detail) {
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      const { status, head, body } = answer({ code, detail });
      const lines = [...head].map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
      // Not `end`: the connection of a client that keeps its side open would stay for ever.
      socket.destroySoon();
    },
  };
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

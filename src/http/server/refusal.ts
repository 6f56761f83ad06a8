/** What is answered below Koa: requests that cannot be read as HTTP/1.1 and so have no context. */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type ErrorCode } from '../../errors.ts';
import { appErrors } from '../request/metrics.ts';
import { toProblem } from '../problems.ts';

export interface Refusals {
  /** Through the response that Node has made for the request. */
  respond: (response: ServerResponse, code: ErrorCode, detail: string) => void;
  /** On the bare connection, which ends. */
  write: (socket: Socket, code: ErrorCode, detail: string) => void;
}

/** @param deps.headers those that every response has */
export function createRefusals(deps: {
  newId: () => string;
  headers: readonly (readonly [string, string])[];
}): Refusals {
  const refusal = (code: ErrorCode, detail: string) => {
    appErrors.inc({ code, kind: 'operational' });
    const error = new AppError(code, detail);
    const requestId = deps.newId();
    const traceId = randomBytes(16).toString('hex');
    const request = { instance: '', request_id: requestId, trace_id: traceId };
    const body = JSON.stringify(toProblem(error, request));
    const head = new Map([
      ...deps.headers,
      ['Content-Type', 'application/problem+json'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ['Cache-Control', 'no-store'],
      ['X-Request-ID', requestId],
      ['X-Process-Time', '0.000000'],
      [
        'Server-Timing',
        `trace;desc="00-${traceId}-${randomBytes(8).toString('hex')}-00", total;dur=0`,
      ],
      ['Connection', 'close'],
    ]);
    return { status: error.status, head, body };
  };
  return {
    respond(response, code, detail) {
      const { status, head, body } = refusal(code, detail);
      response.writeHead(status, Object.fromEntries(head));
      response.end(response.req.method === 'HEAD' ? undefined : body);
    },
    write(socket, code, detail) {
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      const { status, head, body } = refusal(code, detail);
      const lines = [...head].map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`);
      // Not `end`: the connection of a client that keeps its side open would stay for ever.
      socket.destroySoon();
    },
  };
}

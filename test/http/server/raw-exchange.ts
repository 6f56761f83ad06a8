/** Bytes as they go over a connection, and the answers that come back. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
}

/**
 * Sends bytes and gives all that is answered until the server closes, as it does when the client has ended its side.
 *
 * @param ended once all is sent, or once something was answered
 */
export function exchange(
  url: string,
  bytes: string,
  ended: boolean | 'answered' = true,
): Promise<RawAnswer[]> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').write(bytes, 'latin1');
    if (ended === true) socket.end();
    if (ended === 'answered') socket.once('data', () => socket.end());
    socket.on('data', (chunk: string) => (text += chunk));
    // A reset after the answer is a clean end, too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(parse(text)));
  });
}

function parse(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '');
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    assert.notEqual(end, -1, `half an answer: ${rest.slice(0, 200)}`);
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const size = Number(headers.get('content-length') ?? 0);
    answers.push({
      status: Number(first.split(' ')[1]),
      headers,
      body: rest.slice(end + 4, end + 4 + size),
    });
    // The answer to HEAD announces a body that it does not have.
    const next = rest.indexOf('HTTP/1.1 ', end + 4);
    rest = next === -1 ? '' : rest.slice(next);
  }
  return answers;
}

/** @throws {AssertionError} when one is missing that every answer has, or a refusal is no problem */
export function hasEveryHeader(
  { status, headers, body }: RawAnswer,
  head: boolean,
  requestId = /^[0-9a-f-]{36}$/,
): void {
  for (const [name, pattern] of [
    ['x-request-id', requestId],
    ['x-process-time', /^\d+\.\d+$/],
    ['server-timing', /^trace;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", total;dur=\d/],
    ['content-security-policy', /default-src 'none'/],
    ['x-content-type-options', /^nosniff$/],
    ['x-frame-options', /^DENY$/],
    ['referrer-policy', /^no-referrer$/],
  ] as const) {
    assert.match(headers.get(name) ?? '', pattern, name);
  }
  assert.equal(headers.get('x-injected'), undefined);
  if (status < 400) return;
  assert.equal(headers.get('content-type'), 'application/problem+json');
  if (head) return;
  const problem = JSON.parse(body) as Record<string, unknown>;
  assert.equal(problem['status'], status);
  assert.equal(problem['request_id'], headers.get('x-request-id'));
  assert.match(headers.get('server-timing') ?? '', new RegExp(String(problem['trace_id'])));
}

/** Hostile bytes at the socket: each is answered as a problem, in order, with every header. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { malformedRequests } from '#test/http/server/malformed-requests.ts';
import { testService } from '#test/support/service.ts';

interface RawAnswer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
}

/** Sends bytes and gives all that is answered until the server closes, which `ended` makes it do. */
function exchange(url: string, bytes: string, ended = true): Promise<RawAnswer[]> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').write(bytes, 'latin1');
    if (ended) socket.end();
    socket.on('data', (chunk: string) => (text += chunk));
    // A reset after the answer is a clean end, too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(parse(text)));
  });
}

/** Of the process, in which other test files have run: only what is added here counts. */
function defects(metrics: string): string[] {
  return metrics.split('\n').filter((line) => /^app_errors_total\{.*INTERNAL_ERROR/.test(line));
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

describe('a hostile client', () => {
  const service = testService();
  const metrics = async () => (await fetch(`${service.metricsUrl}/metrics`)).text();
  let defectsBefore: string[] = [];
  before(async () => {
    defectsBefore = defects(await metrics());
  });

  for (const [status, requests] of Object.entries(malformedRequests)) {
    for (const [name, bytes] of Object.entries(requests)) {
      it(`is answered ${status}: ${name}`, async () => {
        const answers = await exchange(service.url, bytes);
        assert.deepEqual(
          answers.map((answer) => answer.status),
          [Number(status)],
        );
        for (const answer of answers) hasEveryHeader(answer, bytes.startsWith('HEAD'));
      });
    }
  }

  it('gets its answers in order when it sends three requests and then nonsense', async () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answers = await exchange(
      service.url,
      `${get('/api/v1/candidates')}${get('/nowhere')}${get('/health')}NONSENSE\r\n\r\n`,
      false,
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 200, 400],
    );
  });

  it('gets no second answer for nonsense in a body that was refused', async () => {
    const answers = await exchange(
      service.url,
      'POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      false,
    );
    assert.equal(answers.length, 1);
  });

  it('leaves nothing in flight and no defect', async () => {
    const text = await metrics();
    assert.match(text, /^http_requests_in_flight 0$/m);
    assert.deepEqual(defects(text), defectsBefore);
    assert.match(text, /^app_errors_total\{[^}]*HEADERS_TOO_LARGE[^}]*\} [1-9]/m);
    assert.equal((await service.get('/api/v1/candidates')).json.items.length, 0);
  });
});

function hasEveryHeader({ status, headers, body }: RawAnswer, head: boolean): void {
  for (const [name, pattern] of [
    ['x-request-id', /^[0-9a-f-]{36}$/],
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

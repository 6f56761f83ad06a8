/** Hostile bytes at the socket: each is answered as a problem, in order, with every header. */
import assert from 'node:assert/strict';
import { malformedRequests } from '#test/http/server/malformed-requests.ts';
import { exchange, hasEveryHeader } from '#test/http/server/raw-exchange.ts';
import { testService } from '#test/support/service.ts';

/** Of the process, in which other test files have run: only what is added here counts. */
function defects(metrics: string): string[] {
  return metrics.split('\n').filter((line) => /^app_errors_total\{.*INTERNAL_ERROR/.test(line));
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
        // What is not refused is worked for in a later turn, and only for who is still there.
        const answers = await exchange(service.url, bytes, status === '200' ? 'answered' : true);
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

import assert from 'node:assert/strict';
import { contractFaults, type AnswerUnderContract } from './contract.ts';
import { testService } from './service.ts';

const common = {
  'X-Request-ID': 'abc',
  'X-Process-Time': '0.001',
  'Server-Timing': 'trace;desc="00-a-b-01", total;dur=1',
};

const answer = (more: Partial<AnswerUnderContract> & { type?: string; extra?: object }) => ({
  method: 'GET',
  url: '/api/v1/status/liveness',
  status: 200,
  text: '{"status": "alive", "timestamp": "2026-11-28T10:00:00.000Z"}',
  ...more,
  headers: new Headers({
    ...common,
    'Content-Type': more.type ?? 'application/json; charset=utf-8',
    ...more.extra,
  }),
});

describe('the check of answers against the OpenAPI document', () => {
  const service = testService();

  it('is silent when an answer keeps to it', () => {
    assert.deepEqual(contractFaults(answer({})), []);
    assert.deepEqual(contractFaults(answer({ method: 'HEAD', text: '' })), []);
  });

  const breaches: [string, Parameters<typeof answer>[0], RegExp][] = [
    ['a status that is not declared', { status: 202 }, /status is not declared/],
    ['another content type', { type: 'text/plain' }, /text\/plain is not declared/],
    ['a body that is not JSON', { text: 'alive' }, /not JSON/],
    ['a member of another kind', { text: '{"status": "alive", "timestamp": 1}' }, /timestamp/],
    [
      'a malformed date',
      { text: '{"status": "alive", "timestamp": "today"}' },
      /^\/timestamp must match/,
    ],
    ['a missing member', { text: '{"status": "alive"}' }, /timestamp/],
    ['a header that is not declared', { extra: { ETag: '"x"' } }, /ETag is not declared/],
    ['a malformed header', { extra: { 'X-Process-Time': 'fast' } }, /X-Process-Time is malformed/],
    ['a body where there is none', { method: 'HEAD' }, /there is a body/],
    ['success of an operation that is not there', { method: 'PUT' }, /no such operation/],
    ['success of a path that is not there', { url: '/nowhere' }, /no such operation/],
    [
      'a refusal that is no problem',
      { method: 'PUT', status: 405, text: '{"error": "no"}' },
      /required property 'type'/,
    ],
  ];
  for (const [name, what, told] of breaches)
    it(`finds ${name}`, () => {
      assert.match(contractFaults(answer(what)).join('; '), told);
    });

  it('finds a missing header', () => {
    const { headers, ...rest } = answer({});
    headers.delete('X-Request-ID');
    assert.deepEqual(contractFaults({ ...rest, headers }), ['X-Request-ID is missing']);
  });

  it('stands between a test and its service, and leaves the answer as it was', async () => {
    const response = await fetch(`${service.url}/health`);
    assert.equal(response.bodyUsed, false);
    assert.equal(((await response.json()) as { status: string }).status, 'healthy');
    assert.match(globalThis.fetch.toString(), /keepsContract/);
  });
});

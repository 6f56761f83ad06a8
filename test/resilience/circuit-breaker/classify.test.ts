import assert from 'node:assert/strict';
import {
  classifyAnswer,
  classifyFetch,
  parseRetryAfter,
} from '#src/resilience/circuit-breaker/classify-http.ts';
import { classifyPostgres } from '#src/resilience/circuit-breaker/classify-postgres.ts';
import { classifyRedis } from '#src/resilience/circuit-breaker/classify-redis.ts';
import { CircuitOpenError } from '#src/resilience/circuit-breaker/circuit-open-error.ts';
import { classifyAny } from '#src/resilience/circuit-breaker/verdict.ts';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });
const named = (name: string, message: string, more = {}) =>
  Object.assign(new Error(message), { name, ...more });

const aborted = AbortSignal.abort().reason as Error;
const fetchFailed = new TypeError('fetch failed', { cause: coded('ECONNREFUSED') });
const bug = new TypeError('undefined is not a function');
const statementTimeout = coded('57014', 'Abbruch: In welcher Sprache auch immer.');
const isFull = named('Error', 'full', { isBulkheadRejectedError: true });

const tables: Record<string, [(error: unknown) => unknown, Record<string, unknown[]>]> = {
  PostgreSQL: [
    classifyPostgres,
    {
      failure: [
        ...['08000', '08006', '53300', '53100', '57P01', '57P02', '57P03'].map((c) => coded(c)),
        ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH'].map((c) =>
          coded(c),
        ),
        new Error('Connection terminated unexpectedly'),
        Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
      ],
      timeout: [
        statementTimeout,
        coded('ETIMEDOUT'),
        new Error('Query read timeout'),
        new Error('timeout expired'),
        new Error('Connection terminated due to connection timeout'),
      ],
      ignored: [
        ...['22P02', '23505', '40001', '40P01', '42P01', '55P03', '25P03', '28P01'].map((c) =>
          coded(c),
        ),
        new Error('timeout exceeded when trying to connect'),
        new Error('Client has encountered a connection error and is not queryable'),
        new Error('Client was closed and is not queryable'),
        new Error('Cannot use a pool after calling end on the pool'),
        new CircuitOpenError('x', 1),
        aborted,
        bug,
        'text',
        undefined,
        null,
      ],
    },
  ],
  Redis: [
    classifyRedis,
    {
      failure: [
        ...[
          'LOADING Redis is loading',
          'CLUSTERDOWN Hash slot',
          'READONLY You can’t',
          'OOM command',
          'BUSY x',
        ].map((message) => named('ReplyError', message)),
        new Error('Connection is closed.'),
        new Error("Stream isn't writeable and enableOfflineQueue options is false"),
        named('MaxRetriesPerRequestError', 'Reached the max retries'),
        named('AbortError', 'Command aborted due to connection close', { command: {} }),
        coded('ECONNREFUSED'),
      ],
      timeout: [new Error('Command timed out'), coded('ETIMEDOUT')],
      ignored: [
        ...['WRONGTYPE Operation', 'NOSCRIPT No matching', 'ERR syntax', 'LOADINGS'].map(
          (message) => named('ReplyError', message),
        ),
        aborted,
        bug,
        new CircuitOpenError('x', 1),
        undefined,
      ],
    },
  ],
  HTTP: [
    classifyFetch,
    {
      failure: [fetchFailed, coded('ECONNRESET')],
      timeout: [named('TimeoutError', 'x'), coded('UND_ERR_HEADERS_TIMEOUT')],
      ignored: [new TypeError('Invalid URL'), aborted, isFull],
    },
  ],
  'anything else': [
    classifyAny,
    {
      failure: [new Error('x'), 'text', undefined, null, 7],
      timeout: [named('TimeoutError', 'x'), named('Error', 'x', { isTaskCancelledError: true })],
      ignored: [aborted, isFull, new CircuitOpenError('x', 1)],
    },
  ],
};

describe('classifying errors', () => {
  for (const [dependency, [classify, expected]] of Object.entries(tables)) {
    for (const [verdict, errors] of Object.entries(expected)) {
      it(`of ${dependency}: ${verdict}`, () => {
        for (const error of errors) assert.equal(classify(error), verdict, String(error));
      });
    }
  }
});

describe('classifying HTTP answers', () => {
  const now = new Date('2026-01-22T10:30:00Z');
  const judge = (status: number, retryAfter?: string) =>
    classifyAnswer(() => now)(
      new Response(null, {
        status,
        headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
      }),
    );

  it('calls 5xx, 408 and 429 failures and nothing else', () => {
    for (const status of [500, 502, 503, 504, 599, 408, 429])
      assert.equal(judge(status), 'failure');
    for (const status of [200, 204, 301, 400, 401, 404, 409, 422, 499]) {
      assert.equal(judge(status, '5'), 'success');
    }
  });

  it('takes Retry-After from those, in seconds or as a date', () => {
    assert.deepEqual(judge(503, '120'), { retryAfterMs: 120_000 });
    assert.deepEqual(judge(429, 'Thu, 22 Jan 2026 10:31:00 GMT'), { retryAfterMs: 60_000 });
    assert.deepEqual(judge(429, 'Thu, 22 Jan 2026 10:00:00 GMT'), { retryAfterMs: 0 });
    for (const bad of ['soon', '-5', '1.5', '99999999999', '']) {
      assert.equal(parseRetryAfter(bad, now), null, bad);
      assert.equal(judge(503, bad), 'failure');
    }
    assert.equal(parseRetryAfter(null, now), null);
  });
});

import assert from 'node:assert/strict';
import { CircuitOpenError } from '#src/errors.ts';
import { classify } from '#src/resilience/circuit-breaker/verdict.ts';
import { toPostgresError } from '#src/storage/postgres/errors.ts';
import { toRedisError } from '#src/storage/redis/errors.ts';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });
const named = (name: string, message: string, more = {}) =>
  Object.assign(new Error(message), { name, ...more });

const aborted = AbortSignal.abort().reason as Error;
const fetchFailed = new TypeError('fetch failed', { cause: coded('ECONNREFUSED') });
const bug = new TypeError('undefined is not a function');
const statementTimeout = coded('57014', 'Abbruch: In welcher Sprache auch immer.');

/** By the owner's type, then what the driver or the client throws. */
const tables: Record<string, [(error: unknown) => unknown, Record<string, unknown[]>]> = {
  PostgreSQL: [
    toPostgresError,
    {
      failure: [
        ...['08000', '08006', '53300', '53100', '57P01', '57P02', '57P03'].map((c) => coded(c)),
        // Nobody is served: the password, the database or its files are not as they should be.
        ...['28P01', '28000', '3D000', '55000', '58030'].map((c) => coded(c)),
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
        ...['22P02', '23505', '40001', '40P01', '42P01', '55P03', '25P03', '25006'].map((c) =>
          coded(c),
        ),
        new Error('timeout exceeded when trying to connect'),
        new Error('Client has encountered a connection error and is not queryable'),
        new Error('Client was closed and is not queryable'),
        new Error('Cannot use a pool after calling end on the pool'),
        new CircuitOpenError('x', 'postgresql', 1),
        aborted,
        bug,
      ],
    },
  ],
  Redis: [
    toRedisError,
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
        bug,
        new CircuitOpenError('x', 'redis', 1),
      ],
    },
  ],
  'anything else': [
    (error) => error,
    {
      failure: [new Error('x'), 'text', undefined, null, 7, fetchFailed, coded('ECONNRESET')],
      timeout: [named('TimeoutError', 'x'), coded('UND_ERR_HEADERS_TIMEOUT'), coded('ETIMEDOUT')],
      ignored: [aborted, bug, new CircuitOpenError('x', 'redis', 1)],
    },
  ],
};

describe('classifying errors', () => {
  for (const [dependency, [type, expected]] of Object.entries(tables)) {
    for (const [verdict, errors] of Object.entries(expected)) {
      it(`of ${dependency}: ${verdict}`, () => {
        for (const error of errors) assert.equal(classify(type(error)), verdict, String(error));
      });
    }
  }
});

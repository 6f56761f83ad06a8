import assert from 'node:assert/strict';
import { AppError } from '#src/errors.ts';
import { isUnavailable, toAppError } from '#src/storage/postgres/errors.ts';

const coded = (code: string, message = 'secret detail') =>
  Object.assign(new Error(message), { code });

describe('database errors', () => {
  const codes =
    '08000 08006 53300 53100 57P01 57P02 57P03 57014 25P03 55P03 40001 40P01 ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOTFOUND';
  const unavailable = codes.split(' ').map((code) => coded(code));
  const messages = [
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ].map((message) => new Error(message));

  for (const error of [...unavailable, ...messages]) {
    const name = 'code' in error ? String(error.code) : error.message;
    it(`answers ${name} with 503, to be tried again in a second`, () => {
      const mapped = toAppError(error);
      assert.ok(mapped instanceof AppError);
      assert.equal(mapped.code, 'SERVICE_UNAVAILABLE');
      assert.equal(mapped.options.retryAfter, 1);
      assert.equal(mapped.cause, error);
      assert.doesNotMatch(mapped.message, /secret/);
    });
  }

  it('tells the client how long a circuit breaker stays open, in whole seconds', () => {
    for (const [retryAfterMs, seconds] of [
      [1, 1],
      [750, 1],
      [1001, 2],
      [60_000, 60],
    ]) {
      const refusal = Object.assign(coded('CIRCUIT_OPEN'), { retryAfterMs });
      const mapped = toAppError(new Error('wrapped', { cause: refusal }));
      assert.ok(mapped instanceof AppError);
      assert.deepEqual([mapped.status, mapped.options.retryAfter], [503, seconds]);
    }
  });

  it('looks through causes and aggregates, which may go in circles', () => {
    const inner = coded('ECONNREFUSED');
    assert.ok(isUnavailable(new Error('wrapped', { cause: inner })));
    assert.ok(isUnavailable(new AggregateError([coded('EOTHER'), inner])));
    const circle = new Error('circle');
    circle.cause = circle;
    assert.equal(isUnavailable(circle), false);
  });

  it('answers a duplicate with 409 and an impossible value with 422', () => {
    for (const [code, expected] of [
      ['23505', 'CONFLICT'],
      ['22P02', 'VALIDATION_ERROR'],
      ['22P05', 'VALIDATION_ERROR'],
      ['22001', 'VALIDATION_ERROR'],
    ]) {
      const mapped = toAppError(coded(code ?? ''));
      assert.ok(mapped instanceof AppError);
      assert.equal(mapped.code, expected);
      assert.doesNotMatch(mapped.message, /secret/);
    }
  });

  it('leaves everything else alone', () => {
    const own = new AppError('NOT_FOUND', 'There is no such candidate.');
    for (const error of [coded('42P01'), coded('23503'), new TypeError('x'), own, 'text', null]) {
      assert.equal(toAppError(error), error);
    }
  });
});

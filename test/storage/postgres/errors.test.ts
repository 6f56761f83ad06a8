import assert from 'node:assert/strict';
import { CircuitOpenError, DependencyError, type FailureKind } from '#src/errors.ts';
import { isUnavailable, PostgresError, toPostgresError } from '#src/storage/postgres/errors.ts';

const coded = (code: string) => Object.assign(new Error('secret detail'), { code });

const kinds: Record<FailureKind, Error[]> = {
  unavailable: [
    ...'08000 08006 53300 53100 57P01 57P02 57P03'.split(' ').map(coded),
    ...'28000 28P01 3D000 55000 58000 58030 58P01'.split(' ').map(coded),
    ...'ECONNREFUSED ECONNRESET EPIPE ENOTFOUND EAI_AGAIN ENOENT'.split(' ').map(coded),
    new Error('Connection terminated'),
    new Error('Connection terminated unexpectedly'),
  ],
  timeout: [
    coded('57014'),
    coded('ETIMEDOUT'),
    new Error('Connection terminated due to connection timeout'),
    new Error('timeout expired'),
    new Error('Query read timeout'),
  ],
  retryable: [
    ...'25006 40001 40P01 25P03 55P03 57P05'.split(' ').map(coded),
    new Error('timeout exceeded when trying to connect'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Client was closed and is not queryable'),
    new Error('Cannot use a pool after calling end on the pool'),
  ],
  rejected: '22P02 23505 42P01 23503 25001'.split(' ').map(coded),
  unknown: [coded('EMFILE'), new Error('SASL: no password'), new Error('something else')],
};

describe('errors of PostgreSQL', () => {
  for (const [kind, errors] of Object.entries(kinds)) {
    for (const error of errors) {
      const name = 'code' in error ? String(error.code) : error.message;
      it(`are ${kind}: ${name}`, () => {
        const typed = toPostgresError(error);
        assert.ok(typed instanceof PostgresError);
        assert.deepEqual(
          [typed.dependency, typed.kind, typed.code, typed.message],
          ['postgresql', kind, 'code' in error ? error.code : undefined, error.message],
        );
        assert.equal(typed.cause, error);
        assert.equal(isUnavailable(typed), /unavailable|timeout|retryable/.test(kind));
      });
    }
  }

  it('are found in causes and in aggregates (a host with several addresses), which may go in circles', () => {
    const refused = coded('ECONNREFUSED');
    assert.ok(isUnavailable(new Error('wrapped', { cause: toPostgresError(refused) })));
    assert.ok(isUnavailable(toPostgresError(new AggregateError([coded('EOTHER'), refused]))));
    const circle = new Error('circle');
    circle.cause = circle;
    assert.equal(isUnavailable(circle), false);
  });

  it('are not what is somebody else’s: a mistake of ours, a withdrawn call, another dependency', () => {
    const refusal = new CircuitOpenError('postgres_service', 'postgresql', 500);
    for (const error of [
      new TypeError('x is not a function'),
      AbortSignal.abort().reason as Error,
      refusal,
      'text',
      null,
    ]) {
      assert.equal(toPostgresError(error), error);
    }
    assert.ok(isUnavailable(refusal));
    assert.equal(isUnavailable(coded('ECONNREFUSED')), false, 'nobody says whose it is');
    assert.equal(isUnavailable(new DependencyError('redis', 'unavailable', 'x')), false);
  });
});

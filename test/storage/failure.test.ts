import assert from 'node:assert/strict';
import { AppError, CircuitOpenError } from '#src/errors.ts';
import { failureFields } from '#src/storage/failure.ts';
import { PostgresError } from '#src/storage/postgres/errors.ts';
import { toRedisError } from '#src/storage/redis/errors.ts';

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe('what is said of a failure', () => {
  it('names the dependency, the breaker that refused, and where it began', () => {
    const began = coded('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED');
    const refused = new CircuitOpenError(
      'postgres_service',
      'postgresql',
      1,
      new PostgresError(began),
    );
    const answered = new AppError('SERVICE_UNAVAILABLE', 'Told to the client.', { cause: refused });
    assert.deepEqual(failureFields(answered), {
      'dependency.name': 'postgresql',
      'circuit_breaker.name': 'postgres_service',
      'error.cause': 'connect ECONNREFUSED 127.0.0.1:5432',
    });
  });

  it('finds the address that was tried behind a host of several', () => {
    const tried = ['::1', '127.0.0.1'].map((host) =>
      coded(`connect ECONNREFUSED ${host}:5432`, 'ECONNREFUSED'),
    );
    const fields = failureFields(new PostgresError(new AggregateError(tried)));
    assert.match(fields['error.cause'] ?? '', /^connect ECONNREFUSED (::1|127\.0\.0\.1):5432$/);
  });

  it('has the SQLSTATE, and not the value that PostgreSQL quotes', () => {
    const missing = new PostgresError(coded('relation "x" does not exist', '42P01'));
    assert.equal(failureFields(missing)['db.response.status_code'], '42P01');
    assert.equal(failureFields(missing)['error.cause'], 'relation "x" does not exist');
    const quoted = new PostgresError(
      coded('invalid input syntax for type date: "geheim"', '22007'),
    );
    assert.deepEqual(failureFields(quoted), {
      'dependency.name': 'postgresql',
      'db.response.status_code': '22007',
      'error.cause': '22007',
    });
  });

  it('has the reply of Redis, and why there is no connection in place of that there is none', () => {
    const reply = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      name: 'ReplyError',
    });
    assert.equal(failureFields(toRedisError(reply))['db.response.status_code'], 'WRONGPASS');
    const closed = new Error("Stream isn't writeable and enableOfflineQueue options is false");
    const why = coded('getaddrinfo ENOTFOUND redis.internal', 'ENOTFOUND');
    assert.deepEqual(failureFields(toRedisError(closed, why)), {
      'dependency.name': 'redis',
      'error.cause': 'getaddrinfo ENOTFOUND redis.internal',
    });
  });

  it('is nothing for a defect', () => {
    assert.deepEqual(failureFields(new TypeError('x is not a function')), {});
    assert.deepEqual(failureFields('a text'), {});
  });
});

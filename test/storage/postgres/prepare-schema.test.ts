import assert from 'node:assert/strict';
import { CircuitOpenError } from '#src/errors.ts';
import type { Database } from '#src/storage/postgres/database.ts';
import { toPostgresError } from '#src/storage/postgres/errors.ts';
import { prepareSchema } from '#src/storage/postgres/prepare-schema.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';

const coded = (code: string, message: string) =>
  toPostgresError(Object.assign(new Error(message), { code })) as Error;
const unknownHost = coded('ENOTFOUND', 'getaddrinfo ENOTFOUND no-such-host.invalid');
const refusing = coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:5432');

describe('a start that waits for its database', () => {
  /** Fails by each of them in turn, and then by what ends the wait. */
  async function waitThrough(...errors: unknown[]) {
    const lines: LogFields[] = [];
    const warn = (_message: string, fields: LogFields = {}) => void lines.push(fields);
    const left = [...errors];
    const execute = () => Promise.reject(left.shift());
    const database = { em: () => ({ execute }) } as unknown as Database;
    const prepared = prepareSchema(database, 'postgresql://u:p@h/d', {
      mayMigrate: false,
      log: { warn } as unknown as Logger,
      signal: new AbortController().signal,
      wait: () => Promise.resolve(),
    });
    const error = await prepared.then(
      () => assert.fail('it ended'),
      (reason: unknown) => reason as Error,
    );
    return { lines, error };
  }
  const end = new TypeError('the end');
  const open = (cause: Error) => new CircuitOpenError('postgres_service', 'postgresql', 500, cause);

  it('says why, also when a circuit breaker refuses to ask: once, and again now and then', async () => {
    const refused = Array.from({ length: 70 }, () => open(unknownHost));
    const { lines, error } = await waitThrough(unknownHost, ...refused, end);
    assert.equal(error, end);
    assert.deepEqual(
      lines.map(({ attempts }) => attempts),
      [1, 30, 60],
    );
    for (const line of lines) {
      assert.equal(line['error.cause'], 'getaddrinfo ENOTFOUND no-such-host.invalid');
      assert.match(String(line['hint']), /Correct the host in DATABASE_URL/);
      assert.equal(line.error, undefined, 'no stack');
    }
  });

  it('says a new cause at once', async () => {
    const { lines } = await waitThrough(unknownHost, refusing, refusing, open(refusing), end);
    assert.deepEqual(
      lines.map((line) => line['error.cause']),
      ['getaddrinfo ENOTFOUND no-such-host.invalid', 'connect ECONNREFUSED 10.0.0.7:5432'],
    );
  });

  for (const [code, message, said] of [
    ['28P01', 'password authentication failed for user "sono"', /Correct user and password/],
    ['3D000', 'database "sono" does not exist', /or create the database/],
    ['42501', 'permission denied for table mikro_orm_migrations', /Grant it the tables/],
  ] as const) {
    it(`does not wait for what is refused (${code}), and says what to do`, async () => {
      // Also when it has opened the breaker.
      for (const error of [coded(code, message), open(coded(code, message))]) {
        const { lines, error: told } = await waitThrough(error);
        assert.deepEqual(lines, []);
        assert.ok(told.message.startsWith(`PostgreSQL refused DATABASE_URL: ${message}.`));
        assert.match(told.message, said);
      }
    });
  }
});

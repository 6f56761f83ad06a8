/** What each owner's errors are to a client, from the raw error that its driver throws. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DriverException, UniqueConstraintViolationException } from '@mikro-orm/core';
import { EngineBusyError, EngineError } from '#src/engine/pool.ts';
import {
  AppError,
  CircuitOpenError,
  DependencyError,
  findCause,
  type Dependency,
} from '#src/errors.ts';
import { mapError } from '#src/http/map-error.ts';
import { problems } from '#src/http/problems.ts';
import { ClientGone } from '#src/http/request/deadline.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { PostgresError, toPostgresError } from '#src/storage/postgres/errors.ts';
import { createRedis } from '#src/storage/redis/connection.ts';
import { toRedisError } from '#src/storage/redis/errors.ts';
import { testDatabase } from '#test/support/database.ts';
import { serve } from '#test/support/serve.ts';

const coded = (code: string) => Object.assign(new Error('secret detail'), { code });
const reply = (text: string) => Object.assign(new Error(text), { name: 'ReplyError' });
const open = (dependency: Dependency) => new CircuitOpenError('some_breaker', dependency, 2300);
const plain = (error: unknown) => error;
const dependencyOf = (error: unknown): unknown =>
  error instanceof Error && 'dependency' in error ? error.dependency : undefined;

interface Row {
  owner: (error: unknown) => unknown;
  raw: unknown;
  dependency: Dependency | undefined;
  /** 500 is a defect: it has no AppError. */
  status: number;
  retryAfter?: number;
}

const rows: Record<string, Row> = {
  'a refused database': {
    owner: toPostgresError,
    raw: coded('ECONNREFUSED'),
    dependency: 'postgresql',
    status: 503,
    retryAfter: 1,
  },
  'a server that shuts down': {
    owner: toPostgresError,
    raw: coded('57P01'),
    dependency: 'postgresql',
    status: 503,
    retryAfter: 1,
  },
  'a deadlock': {
    owner: toPostgresError,
    raw: coded('40P01'),
    dependency: 'postgresql',
    status: 503,
    retryAfter: 1,
  },
  'a statement that ran out of time': {
    owner: toPostgresError,
    raw: coded('57014'),
    dependency: 'postgresql',
    status: 503,
    retryAfter: 1,
  },
  'a duplicate': {
    owner: toPostgresError,
    raw: coded('23505'),
    dependency: 'postgresql',
    status: 409,
  },
  'a value that cannot be stored': {
    owner: toPostgresError,
    raw: coded('22P05'),
    dependency: 'postgresql',
    status: 422,
  },
  'wrong SQL': {
    owner: toPostgresError,
    raw: coded('42P01'),
    dependency: 'postgresql',
    status: 500,
  },
  'a driver that says something new': {
    owner: toPostgresError,
    raw: new Error('something new'),
    dependency: 'postgresql',
    status: 500,
  },
  'a refused Redis': {
    owner: toRedisError,
    raw: coded('ECONNREFUSED'),
    dependency: 'redis',
    status: 503,
    retryAfter: 1,
  },
  'a Redis that resets': {
    owner: toRedisError,
    raw: coded('ECONNRESET'),
    dependency: 'redis',
    status: 503,
    retryAfter: 1,
  },
  'a Redis that is late': {
    owner: toRedisError,
    raw: new Error('Command timed out'),
    dependency: 'redis',
    status: 503,
    retryAfter: 1,
  },
  'a Redis that loads': {
    owner: toRedisError,
    raw: reply('LOADING Redis is loading'),
    dependency: 'redis',
    status: 503,
    retryAfter: 1,
  },
  'a wrong command': {
    owner: toRedisError,
    raw: reply('WRONGTYPE Operation'),
    dependency: 'redis',
    status: 500,
  },
  'an open breaker of the database': {
    owner: plain,
    raw: open('postgresql'),
    dependency: 'postgresql',
    status: 503,
    retryAfter: 3,
  },
  'an open breaker of Redis': {
    owner: plain,
    raw: open('redis'),
    dependency: 'redis',
    status: 503,
    retryAfter: 3,
  },
  'a full queue of the engine': {
    owner: plain,
    raw: new EngineBusyError(),
    dependency: 'engine',
    status: 503,
    retryAfter: 2,
  },
  'an engine whose thread ended': {
    owner: plain,
    raw: new EngineError(new Error('worker exited')),
    dependency: 'engine',
    status: 500,
  },
  'a full disk': {
    owner: plain,
    raw: new DependencyError('filesystem', 'unavailable', 'x', { cause: coded('ENOSPC') }),
    dependency: 'filesystem',
    status: 503,
    retryAfter: 1,
  },
  'a file that is not there': {
    owner: plain,
    raw: coded('ENOENT'),
    dependency: undefined,
    status: 500,
  },
  'a lost connection of nobody’s': {
    owner: plain,
    raw: coded('ECONNRESET'),
    dependency: undefined,
    status: 500,
  },
  'a text that looks like a breaker’s code': {
    owner: plain,
    raw: coded('CIRCUIT_OPEN'),
    dependency: undefined,
    status: 500,
  },
  'a mistake of ours': {
    owner: toPostgresError,
    raw: new TypeError('x is not a function'),
    dependency: undefined,
    status: 500,
  },
  'what is no error': { owner: plain, raw: 'text', dependency: undefined, status: 500 },
  'a client that left': {
    owner: plain,
    raw: new ClientGone('x'),
    dependency: undefined,
    status: 400,
  },
};

describe('what an error means to a client', () => {
  for (const [name, { owner, raw, dependency, status, retryAfter }] of Object.entries(rows)) {
    it(`is ${status} for ${name}, of ${dependency ?? 'no dependency'}`, () => {
      const typed = owner(raw);
      assert.equal(dependencyOf(typed), dependency);
      for (const error of [typed, new Error('wrapped', { cause: typed })]) {
        // A client that left is known where the request ends, and nowhere else.
        if (error !== typed && raw instanceof ClientGone) continue;
        const mapped = mapError(error);
        assert.equal(mapped?.status ?? 500, status);
        assert.equal(mapped?.options.retryAfter, retryAfter);
        assert.doesNotMatch(mapped?.message ?? '', /secret/);
        if (dependency !== 'postgresql') assert.doesNotMatch(mapped?.message ?? '', /database/i);
        if (mapped !== null && status !== 400) assert.equal(mapped.cause, error);
      }
    });
  }

  it('is an AppError itself where one was thrown', () => {
    const own = new AppError('NOT_FOUND', 'There is no such candidate.', {
      cause: new PostgresError(coded('ECONNREFUSED')),
    });
    assert.equal(mapError(own), own);
  });

  it('waits for an open breaker in whole seconds, at least one', () => {
    for (const [ms, seconds] of [
      [1, 1],
      [750, 1],
      [1001, 2],
      [60_000, 60],
    ] as const) {
      const refusal = new CircuitOpenError('postgres_service', 'postgresql', ms);
      assert.equal(mapError(refusal)?.options.retryAfter, seconds);
    }
  });

  it('is 500 and says nothing of a database when a handler misses a file', async () => {
    const served = await serve(problems({ mapError }), async () => {
      await readFile('/nowhere/at/all');
    });
    try {
      const response = await fetch(served.url);
      const body = (await response.json()) as { error_code: string; detail: string };
      assert.deepEqual([response.status, body.error_code], [500, 'INTERNAL_ERROR']);
      assert.doesNotMatch(body.detail, /database|nowhere/i);
    } finally {
      await served.close();
    }
  });
});

describe('errors from their owners', () => {
  const test = testDatabase();
  let db: Database | undefined;
  afterEach(async () => {
    await db?.close();
    db = undefined;
  });
  const caught = (work: Promise<unknown>) =>
    work.then(
      () => assert.fail('it succeeded'),
      (error: unknown) => error,
    );
  const connect = async (url: string, refusal?: Error) => {
    const quiet = { begin() {}, succeed() {}, fail() {}, ignore() {} };
    const admit = () => {
      if (refusal !== undefined) throw refusal;
      return quiet;
    };
    db = await createDatabase({
      url,
      entities: [],
      guard: { admit, observe: () => quiet, askWith: () => {} },
    });
    return db;
  };

  it('keep the whole chain through the ORM: its exception, ours, the driver’s', async () => {
    const { orm } = await connect(test.url);
    await orm.em.execute('create table twice (n int primary key)');
    const insert = () => orm.em.execute('insert into twice values (1)');
    await insert();
    const error = await caught(insert());
    assert.ok(error instanceof UniqueConstraintViolationException);
    assert.equal(dependencyOf(error), 'postgresql');
    const typed = findCause(error, PostgresError);
    assert.deepEqual([error.cause, typed?.code, typed?.kind], [typed, '23505', 'rejected']);
    assert.ok(typed?.cause instanceof Error && 'constraint' in typed.cause);
    assert.equal(typed.cause.constraint, 'twice_pkey');
    assert.equal(mapError(error)?.status, 409);
  });

  it('name PostgreSQL when it refuses connections, in a query, in a transaction and in a ping', async () => {
    const nobody = new URL(test.url);
    nobody.port = '1';
    const { orm, ...rest } = await connect(nobody.href);
    for (const work of [
      () => orm.em.execute('select 1'),
      () => orm.em.fork().transactional((em) => em.execute('select 1')),
      () => rest.ping(1000),
    ]) {
      const error = await caught(work());
      assert.equal(findCause(error, DependencyError)?.dependency, 'postgresql');
      const mapped = mapError(error);
      assert.deepEqual([mapped?.status, mapped?.options.retryAfter], [503, 1]);
      assert.match(mapped?.message ?? '', /database/);
    }
  });

  it('keep a breaker’s refusal by type through the ORM', async () => {
    const refusal = new CircuitOpenError('postgres_service', 'postgresql', 2300);
    const { orm } = await connect(test.url, refusal);
    const error = await caught(orm.em.execute('select 1'));
    assert.ok(error instanceof DriverException);
    assert.equal(findCause(error, CircuitOpenError), refusal);
    assert.equal(mapError(error)?.options.retryAfter, 3);
  });

  it('name Redis when it is not there, for a single command and for a transaction', async () => {
    const redis = createRedis({ host: '127.0.0.1', port: 1 });
    try {
      for (const work of [
        () => redis.client.get('key'),
        () => redis.client.multi().get('key').exec(),
        () => redis.ping(1000),
      ]) {
        const error = await caught(work());
        assert.equal(findCause(error, DependencyError)?.dependency, 'redis');
        const mapped = mapError(error);
        assert.equal(mapped?.status, 503);
        assert.doesNotMatch(mapped?.message ?? '', /database/i);
      }
    } finally {
      await redis.close();
    }
  });
});

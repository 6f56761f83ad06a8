/** The breaker of the database in front of a real PostgreSQL, through a network that breaks. */
import assert from 'node:assert/strict';
import { databaseBreaker } from '#src/compose/breaker-policies.ts';
import type { CircuitBreaker } from '#src/resilience/circuit-breaker/circuit-breaker.ts';
import { createCircuitBreakers } from '#src/resilience/circuit-breaker/circuit-breakers.ts';
import type { StateChange } from '#src/resilience/circuit-breaker/circuit-breaker-events.ts';
import { startRunningClock } from '#src/resilience/circuit-breaker/running-clock.ts';
import { AppError } from '#src/errors.ts';
import { mapError } from '#src/http/map-error.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import type { DatabaseGuard } from '#src/storage/postgres/pool-guard.ts';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy, type FaultProxy } from '#test/support/fault-proxy.ts';
import { until } from '#test/support/until.ts';

/** A call that takes longer has failed, where that is what is tested. */
const SLOW_MS = 700;

describe('circuit breaker of the database', () => {
  const test = testDatabase();
  let proxy: FaultProxy;
  let db: Database;
  let breaker: CircuitBreaker;
  let changes: StateChange[];
  let stopClock: () => void;
  /** How often the open breaker has asked the database. */
  const asks = { count: 0 };
  const now = () => new Date();

  beforeEach(async () => {
    proxy = await startFaultProxy({ port: Number(new URL(test.url).port) });
    // Healthy calls are slow on a busy machine; how slow is one that failed is tested where it matters.
    await open(60_000);
  });
  afterEach(async () => {
    await proxy.set({ kind: 'pass' });
    await close();
    await proxy.close();
  });

  async function open(slowCallMs: number) {
    changes = [];
    asks.count = 0;
    const clock = startRunningClock(() => performance.now());
    stopClock = () => clock.stop();
    breaker = createCircuitBreakers({
      clock,
      now,
      random: Math.random,
      events: { changed: (change) => changes.push(change) },
    }).register({ ...databaseBreaker, slowCallMs });
    const url = new URL(test.url);
    url.port = String(proxy.port);
    const guard: DatabaseGuard = {
      admit: () => breaker.admit(),
      observe: () => breaker.observe(),
      askWith: (ask) => breaker.askWith(() => ((asks.count += 1), ask())),
    };
    db = await createDatabase({ url: url.href, entities: [], maxConnections: 12, guard });
    await read();
  }
  async function close() {
    await db.close();
    stopClock();
  }

  const read = () => db.em().execute<{ one: number }[]>('select 1 as one');
  const write = async (during: () => Promise<void> = () => Promise.resolve()) => {
    await db.em().transactional(async (em) => {
      await em.execute('create table if not exists written (n int)');
      await em.execute('insert into written values (1)');
      await during();
    });
  };
  const state = () => breaker.status().state;
  const kick = () => void read().catch(() => undefined);
  const heal = async () => {
    await proxy.set({ kind: 'pass' });
    await until(() => write());
  };
  /** Before the event loop turns: it waits for no answer, no timer and no other caller. */
  const isRefusedAtOnce = async () => {
    let turned = false;
    const turn = setImmediate(() => (turned = true));
    const error: unknown = await read().catch((reason: unknown) => reason);
    clearImmediate(turn);
    assert.equal(turned, false, 'it waited');
    assert.equal((error as { code?: unknown }).code, 'CIRCUIT_OPEN');
    return error;
  };

  it('opens when the database refuses connections, refuses at once, and closes by itself', async () => {
    await proxy.set({ kind: 'refuse' });
    await until(() => (kick(), state() === 'open'));
    for (let i = 0; i < 200; i += 1) {
      const error = mapError(await isRefusedAtOnce());
      assert.ok(error instanceof AppError);
      assert.deepEqual([error.status, error.options.retryAfter], [503, 1]);
    }
    await heal();
    await until(() => (kick(), state() === 'closed'));
  });

  for (const kind of ['refuse', 'black-hole', 'swallow'] as const) {
    it(`keeps nobody waiting while it is open, though it finds out when the database is back (${kind})`, async () => {
      await close();
      await open(SLOW_MS);
      await Promise.all(Array.from({ length: 8 }, read));
      await proxy.set({ kind });
      await until(() => (kick(), state() === 'open'));
      // Before, while and after it asks the database, which has no answer.
      while (asks.count < 3) {
        await isRefusedAtOnce();
        await new Promise(setImmediate);
      }
      assert.deepEqual(
        changes.map(({ to }) => to),
        ['open'],
      );
      await heal();
      await until(() => (kick(), state() === 'closed'));
      await until(() => db.pool().waiting === 0);
      assert.ok(db.pool().total <= 12);
    });
  }

  it('opens on a database that accepts and never answers, long before its timeouts', async () => {
    await close();
    await open(SLOW_MS);
    await Promise.all(Array.from({ length: 8 }, read));
    await proxy.set({ kind: 'black-hole' });
    let ended = 0;
    const hung = Array.from({ length: 8 }, () => read().catch(() => (ended += 1)));
    await until(() => state() === 'open');
    assert.equal(ended, 0, 'all of them still wait');
    await heal();
    await Promise.all(hung);
    await until(() => (kick(), state() === 'closed'));
  });

  it('opens on a database that takes too long for each answer', async () => {
    await close();
    await open(SLOW_MS);
    await Promise.all(Array.from({ length: 8 }, read));
    await proxy.set({ kind: 'delay', ms: SLOW_MS });
    const slow = Array.from({ length: 8 }, () => read().catch((e: unknown) => e));
    await until(() => changes.some(({ to }) => to === 'open'));
    await Promise.all(slow);
    await heal();
    await until(() => (kick(), state() === 'closed'));
  });

  it('opens when replies break off, and does not when one does', async () => {
    await proxy.set({ kind: 'reset-reply' });
    await assert.rejects(write());
    assert.equal(state(), 'closed');
    await until(() => (kick(), state() === 'open'));
    await heal();
  });

  it('survives a database that comes and goes', async () => {
    for (let round = 0; round < 3; round += 1) {
      await proxy.set({ kind: 'refuse' });
      await until(() => (kick(), state() !== 'closed'));
      await heal();
      await until(() => (kick(), state() === 'closed'));
    }
    await until(() => db.pool().waiting === 0);
    assert.ok(db.pool().total <= 12);
  });

  it('lets a transaction that runs come to its end while it is open', async () => {
    const opened = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const transaction = write(() => (begun.resolve(), opened.promise));
    await begun.promise;
    breaker.force('forced_open', 60_000, 'test');
    await assert.rejects(read(), { code: 'CIRCUIT_OPEN' });
    opened.resolve();
    await transaction;
    breaker.release();
    const [row] = await db.em().execute<{ n: number }[]>('select count(*)::int as n from written');
    assert.ok((row?.n ?? 0) >= 1);
    await until(() => db.pool().idle === db.pool().total);
  });

  it('is not closed by the health probe, which sees the database itself', async () => {
    breaker.force('forced_open', 60_000, 'test');
    await db.ping(1000);
    assert.equal(state(), 'forced_open');
    breaker.release();
    await proxy.set({ kind: 'refuse' });
    await until(() => (kick(), state() === 'open'));
    await proxy.set({ kind: 'pass' });
    await until(() => db.ping(1000));
    await until(() => state() === 'half_open');
    for (let i = 0; i < 5; i += 1) await db.ping(1000);
    assert.equal(state(), 'half_open');
    await read();
    await read();
    assert.equal(state(), 'closed');
  });

  it('counts no error in SQL, no conflict, no cancelling and no waiting for a full pool', async () => {
    await write();
    for (let i = 0; i < 10; i += 1) {
      await assert.rejects(db.em().execute('select nonsense'));
      await assert.rejects(db.em().execute("select 'x'::int"));
      const caller = new AbortController();
      const cancelled = db.em(caller.signal).execute('select pg_sleep(4)');
      setTimeout(() => caller.abort(new Error('gone')), 20);
      await assert.rejects(cancelled);
    }
    await until(() => db.pool().idle === db.pool().total);
    assert.deepEqual(changes, []);
    assert.equal(breaker.status().failure_ratio, 0);
  });
});

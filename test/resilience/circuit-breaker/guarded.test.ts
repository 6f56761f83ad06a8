import assert from 'node:assert/strict';
import { isBulkheadRejectedError } from 'cockatiel';
import { createGuarded, type GuardedDeps } from '#src/resilience/circuit-breaker/guarded.ts';
import { RetryBudget } from '#src/resilience/circuit-breaker/retry-budget.ts';
import { fakeBreaker } from './fake-breaker.ts';

function guardedWith(given: Partial<GuardedDeps> = {}, options = {}) {
  const parts = fakeBreaker({ failuresInRow: 1000, minimumCalls: 1e6, ...options });
  const told: string[] = [];
  const guarded = createGuarded({
    breaker: parts.breaker,
    timeoutMs: 5000,
    bulkhead: { limit: 100, queue: 100 },
    random: () => 0,
    events: {
      bulkheadRejected: () => told.push('full'),
      retried: (_, outcome) => told.push(outcome),
    },
    ...given,
  });
  return { ...parts, guarded, told };
}

const retry = { attempts: 2, backoffMs: 10, maxBackoffMs: 20 };
const down = new Error('down');

describe('a guarded call', () => {
  it('gives back the very value and the very error', async () => {
    const { guarded } = guardedWith({ retry });
    const value = {};
    assert.equal(await guarded.execute(() => Promise.resolve(value)), value);
    assert.equal(await guarded.execute(() => Promise.reject(down)).catch((e: unknown) => e), down);
  });

  it('ends one attempt at its deadline, and no other', async () => {
    const { guarded, counts } = guardedWith({ timeoutMs: 30 });
    const signals: AbortSignal[] = [];
    const other = guarded.execute(async (signal) => {
      signals.push(signal);
      return 'fine';
    });
    const hung = guarded.execute((signal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    });
    assert.equal(await other, 'fine');
    await assert.rejects(hung, { isTaskCancelledError: true });
    assert.notEqual(signals[0], signals[1]);
    assert.deepEqual(counts, { success: 1, timeout: 1 });
  });

  it('refuses what does not fit, and neither that nor waiting counts against the dependency', async () => {
    const { guarded, told, clock, counts, state } = guardedWith(
      { bulkhead: { limit: 2, queue: 3 } },
      { slowCallMs: 1000, failuresInRow: 1 },
    );
    const gate = Promise.withResolvers<string>();
    const calls = Array.from({ length: 10 }, () => guarded.execute(() => gate.promise));
    assert.deepEqual(guarded.load(), { inFlight: 2, queued: 3 });
    clock.pass(900);
    gate.resolve('ok');
    const ends = await Promise.allSettled(calls);
    const refused = ends.filter((end) => end.status === 'rejected');
    assert.equal(refused.length, 5);
    assert.ok(refused.every(({ reason }) => isBulkheadRejectedError(reason as Error)));
    assert.deepEqual(told, ['full', 'full', 'full', 'full', 'full']);
    assert.deepEqual(counts, { success: 5, ignored: 5 });
    assert.equal(state(), 'closed');
    assert.deepEqual(guarded.load(), { inFlight: 0, queued: 0 });
  });

  it('retries a failure of the dependency for callers whom a repetition does not harm', async () => {
    const { guarded, told } = guardedWith({ retry });
    let attempts = 0;
    const flaky = () => ((attempts += 1) === 1 ? Promise.reject(down) : Promise.resolve('ok'));
    await assert.rejects(guarded.execute(flaky), down);
    attempts = 0;
    assert.equal(await guarded.execute(flaky, { isIdempotent: true }), 'ok');
    assert.deepEqual(told, ['success']);
  });

  it('never retries a refusal, an error that is not the dependency’s fault, or for a caller who left', async () => {
    const { guarded, breaker, told } = guardedWith({ retry });
    let attempts = 0;
    const withdrawn = () => {
      attempts += 1;
      return Promise.reject(AbortSignal.abort().reason as Error);
    };
    await assert.rejects(guarded.execute(withdrawn, { isIdempotent: true }));
    assert.equal(attempts, 1);
    const caller = new AbortController();
    const leaving = () => {
      attempts += 1;
      caller.abort(new Error('left'));
      return Promise.reject(down);
    };
    const call = { isIdempotent: true, signal: caller.signal, fallback: () => 'stand-in' };
    await assert.rejects(guarded.execute(leaving, call), /left/);
    assert.equal(attempts, 2);
    breaker.force('forced_open', 1000, 'test');
    await assert.rejects(guarded.execute(leaving, { isIdempotent: true }), {
      code: 'CIRCUIT_OPEN',
    });
    assert.equal(attempts, 2);
    assert.deepEqual(told, []);
  });

  it('makes at most a tenth of the calls once more, and one', async () => {
    const { guarded, told } = guardedWith({ retry, budget: new RetryBudget() });
    let attempts = 0;
    const failing = () => {
      attempts += 1;
      return Promise.reject(down);
    };
    const calls = 500;
    for (let i = 0; i < calls; i += 1) {
      await assert.rejects(guarded.execute(failing, { isIdempotent: true }), down);
    }
    assert.ok(attempts - calls >= 40 && attempts - calls <= 51, `${attempts - calls} retries`);
    assert.equal(told.filter((outcome) => outcome === 'failure').length, attempts - calls);
    assert.ok(told.includes('no_budget'));
  });

  it('lets something stand in when it is refused or fails, and counts that', async () => {
    const { guarded, breaker, counts } = guardedWith();
    const seen: unknown[] = [];
    const fallback = (error: unknown) => {
      seen.push(error);
      return 'stand-in';
    };
    assert.equal(await guarded.execute(() => Promise.reject(down), { fallback }), 'stand-in');
    breaker.force('forced_open', 1000, 'test');
    assert.equal(await guarded.execute(() => Promise.resolve(1), { fallback }), 'stand-in');
    assert.equal(seen[0], down);
    assert.equal((seen[1] as { code: string }).code, 'CIRCUIT_OPEN');
    assert.equal(counts['fallback'], 2);
  });
});

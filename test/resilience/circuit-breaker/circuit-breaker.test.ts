import assert from 'node:assert/strict';
import { CircuitOpenError, DependencyError } from '#src/errors.ts';
import { fakeBreaker } from './fake-breaker.ts';

const openMs = 1000;
const refusal = { code: 'CIRCUIT_OPEN' };

describe('circuit breaker', () => {
  it('opens after five failures in a row, not after four and a success', async () => {
    const { fail, succeed, state } = fakeBreaker();
    await fail(4);
    await succeed();
    await fail(4);
    assert.equal(state(), 'closed');
    await fail(1);
    assert.equal(state(), 'open');
  });

  it('opens when half of at least 20 calls in 10 s failed', async () => {
    const { fail, succeed, state, changes } = fakeBreaker();
    for (let i = 0; i < 9; i += 1) {
      await succeed();
      await fail();
    }
    await succeed();
    assert.equal(state(), 'closed', '9 of 19');
    await fail();
    assert.equal(state(), 'open', '10 of 20');
    assert.deepEqual(
      [changes[0]?.reason, changes[0]?.calls, changes[0]?.failureRatio],
      ['failure_ratio', 20, 0.5],
    );
  });

  it('stays closed at just under half, however many calls there are', async () => {
    const { fail, succeed, state } = fakeBreaker();
    for (let i = 0; i < 500; i += 1) {
      await succeed();
      await fail();
      await succeed();
    }
    assert.equal(state(), 'closed');
  });

  it('forgets calls that are older than 10 s', async () => {
    const { fail, succeed, clock, state } = fakeBreaker();
    for (let i = 0; i < 9; i += 1) {
      await fail();
      await succeed();
    }
    clock.pass(10_000);
    await fail(4);
    assert.equal(state(), 'closed');
  });

  it('has an empty window and no run of failures after an idle hour', async () => {
    const { fail, breaker, clock, state } = fakeBreaker();
    await fail(4);
    clock.pass(3_600_000);
    assert.deepEqual([breaker.status().calls, breaker.status().failure_ratio], [0, 0]);
    await fail(4);
    assert.equal(state(), 'closed');
    await fail(1);
    assert.equal(state(), 'open');
  });

  it('refuses at once while open, with the time until the next probe, and runs nothing', async () => {
    const { fail, breaker, clock, counts } = fakeBreaker({ openMs });
    await fail(5);
    clock.pass(400);
    let ran = 0;
    const error = await breaker.execute(() => Promise.resolve((ran += 1))).catch((e: unknown) => e);
    assert.ok(error instanceof CircuitOpenError);
    assert.deepEqual(
      [error.code, error.retryAfterMs, error.breaker, error.dependency],
      ['CIRCUIT_OPEN', 600, 'redis_service', 'redis'],
    );
    assert.equal(ran, 0);
    assert.equal(counts['rejected'], 1);
  });

  it('opens when somebody who asks the dependency by himself found it down, and only from closed', async () => {
    const { fail, clock, breaker, changes, state } = fakeBreaker({ openMs });
    breaker.foundDown(new Error('silent'));
    await assert.rejects(
      breaker.execute(() => 1),
      refusal,
    );
    clock.pass(openMs - 1);
    breaker.foundDown(new Error('silent'));
    clock.pass(1);
    breaker.foundDown(new Error('silent'));
    assert.equal(state(), 'half_open');
    await fail(1);
    breaker.force('disabled', 5000, 'x');
    breaker.foundDown(new Error('silent'));
    assert.equal(state(), 'disabled');
    assert.deepEqual(
      changes.map(({ to, reason }) => `${to} ${reason}`),
      [
        'open failures_in_row',
        'half_open open_time_over',
        'open probe_failed',
        'disabled disabled',
      ],
    );
  });

  it('is half-open when the open time is over and closes after two successful probes', async () => {
    const { fail, succeed, clock, changes, state } = fakeBreaker({ openMs });
    await fail(5);
    clock.pass(openMs - 1);
    assert.equal(state(), 'open');
    clock.pass(1);
    assert.equal(state(), 'half_open');
    await succeed();
    assert.equal(state(), 'half_open');
    await succeed();
    assert.equal(state(), 'closed');
    assert.deepEqual(
      changes.map(({ from, to, reason }) => `${from} ${to} ${reason}`),
      [
        'closed open failures_in_row',
        'open half_open open_time_over',
        'half_open closed probes_succeeded',
      ],
    );
  });

  it('opens again when a probe fails', async () => {
    const { fail, succeed, clock, state } = fakeBreaker({ openMs });
    await fail(5);
    clock.pass(openMs);
    await succeed();
    await fail(1);
    assert.equal(state(), 'open');
    await assert.rejects(succeed(), refusal);
  });

  for (const permits of [1, 2, 7]) {
    it(`lets ${permits} of 5,000 callers probe, and refuses all others at once`, async () => {
      const { fail, breaker, clock, counts } = fakeBreaker({ openMs, permits });
      await fail(5);
      clock.pass(openMs);
      let running = 0;
      const probes = Promise.withResolvers<string>();
      const calls = Array.from({ length: 5000 }, () =>
        breaker.execute(() => {
          running += 1;
          return probes.promise;
        }),
      );
      assert.equal(running, permits);
      const waiting = new Set(calls.keys());
      calls.forEach((call, i) => void call.catch(() => undefined).then(() => waiting.delete(i)));
      await new Promise(setImmediate);
      assert.equal(waiting.size, permits, 'nobody waits but the probes');
      probes.resolve('back');
      const ends = await Promise.allSettled(calls);
      const refused = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason);
      assert.equal(refused.length, 5000 - permits);
      assert.ok(refused.every((e) => e instanceof CircuitOpenError && e.retryAfterMs >= 1));
      assert.equal(counts['rejected'], 5000 - permits);
    });
  }

  it('decides against a probe that hangs, and what it answers later does not count', async () => {
    const { fail, hang, clock, changes, state, counts } = fakeBreaker({
      openMs,
      halfOpenMaxMs: 300,
    });
    await fail(5);
    clock.pass(openMs);
    const probe = hang();
    clock.pass(299);
    assert.equal(state(), 'half_open');
    clock.pass(1);
    assert.equal(state(), 'open');
    assert.equal(changes.at(-1)?.reason, 'probe_hung');
    probe.resolve('late');
    assert.equal(await probe.done, 'late');
    assert.equal(state(), 'open');
    assert.deepEqual([counts['slow'], counts['success']], [1, undefined]);
  });

  it('has the permit back from a probe that was cancelled or ignored', async () => {
    const { fail, breaker, clock, succeed, state } = fakeBreaker({ openMs, permits: 1 });
    await fail(5);
    clock.pass(openMs);
    const caller = new AbortController();
    const cancelled = breaker.execute(
      () =>
        new Promise((_, reject) =>
          caller.signal.addEventListener('abort', () => reject(caller.signal.reason as Error)),
        ),
      { signal: caller.signal },
    );
    await assert.rejects(succeed(), refusal);
    caller.abort(new Error('the caller left'));
    await assert.rejects(cancelled, /the caller left/);
    await breaker
      .execute(() => Promise.reject(new CircuitOpenError('other', 'postgresql', 5)))
      .catch(() => undefined);
    breaker.admit().ignore();
    await succeed();
    await succeed();
    assert.equal(state(), 'closed');
  });

  it('does not let a late failure of the closed time open it, nor a late success close it', async () => {
    const { fail, succeed, hang, clock, state, counts } = fakeBreaker({
      openMs,
      slowCallMs: 60_000,
    });
    const late = Array.from({ length: 20 }, hang);
    await fail(5);
    clock.pass(openMs);
    late.slice(0, 10).forEach((call) => call.resolve('late'));
    await Promise.all(late.slice(0, 10).map((call) => call.done));
    assert.equal(state(), 'half_open', 'no late success closes');
    await succeed();
    await succeed();
    late.slice(10).forEach((call) => call.reject(new Error('late')));
    await Promise.all(late.map((call) => call.done));
    assert.equal(state(), 'closed', 'no late failure opens');
    assert.equal(counts['stale'], 20);
  });

  it('does not count a late probe of an earlier half-open time', async () => {
    const { fail, hang, clock, state } = fakeBreaker({ openMs, successesToClose: 1 });
    await fail(5);
    clock.pass(openMs);
    const early = hang();
    await fail(1);
    clock.pass(openMs * 2);
    assert.equal(state(), 'half_open');
    early.resolve('late');
    await early.done;
    assert.equal(state(), 'half_open');
  });

  it('opens on a dependency that accepts and never answers, while the calls still run', async () => {
    const { breaker, hang, clock, state, succeed, counts } = fakeBreaker({ slowCallMs: 2000 });
    for (let i = 0; i < 5; i += 1) hang();
    clock.pass(2000);
    assert.equal(state(), 'closed');
    clock.pass(1);
    await assert.rejects(succeed(), refusal);
    assert.equal(counts['slow'], 5);
    assert.equal(breaker.status().state, 'open');
  });

  it('counts a call once: slow while it ran, and nothing when it ends', async () => {
    const { hang, clock, state, counts, fail } = fakeBreaker({ slowCallMs: 2000 });
    const calls = Array.from({ length: 4 }, hang);
    clock.pass(2001);
    assert.equal(state(), 'closed');
    calls.forEach((call) => call.reject(new Error('at last')));
    await Promise.all(calls.map((call) => call.done));
    assert.equal(state(), 'closed');
    assert.deepEqual(counts, { slow: 4 });
    await fail(1);
    assert.equal(state(), 'open');
  });

  it('calls slow what succeeded too late, though nobody looked meanwhile', async () => {
    const { hang, clock, state, counts } = fakeBreaker({ slowCallMs: 2000 });
    const calls = Array.from({ length: 5 }, hang);
    clock.pass(5000);
    calls.forEach((call) => call.resolve('late'));
    await Promise.all(calls.map((call) => call.done));
    assert.deepEqual([state(), counts['slow']], ['open', 5]);
  });

  it('calls nothing slow before the event loop has read what came in', async () => {
    const { breaker, clock, state, counts } = fakeBreaker({ slowCallMs: 250 });
    const ends: PromiseWithResolvers<string>[] = [];
    const calls = Array.from({ length: 100 }, () => {
      const end = Promise.withResolvers<string>();
      ends.push(end);
      const call = breaker.execute(() => end.promise);
      clock.work(20);
      return call;
    });
    ends.forEach(({ resolve }) => resolve('ok'));
    await Promise.all(calls);
    assert.deepEqual([state(), counts], ['closed', { success: 100 }]);
  });

  it('decides against no probe before the event loop has read what came in', async () => {
    const { fail, hang, clock, state } = fakeBreaker({ openMs, halfOpenMaxMs: 300 });
    await fail(5);
    clock.pass(openMs);
    const probe = hang();
    clock.work(400);
    assert.equal(state(), 'half_open');
    probe.resolve('ok');
    await probe.done;
    assert.equal(state(), 'half_open');
  });

  describe('with silences in a row', () => {
    const options = { failuresInRow: 1, silencesInRow: 2, slowCallMs: 250, openMs };
    const late = Object.assign(new Error('No answer'), { name: 'TimeoutError' });

    it('does not open by any number of calls that waited in vain together', async () => {
      const { breaker, hang, clock, state, succeed } = fakeBreaker(options);
      const calls = Array.from({ length: 100 }, () => (clock.pass(0.5), hang()));
      calls.forEach((call) => call.reject(late));
      await Promise.all(calls.map(({ done }) => done));
      assert.equal(state(), 'closed');
      assert.deepEqual([breaker.status().calls, breaker.status().failures_in_row], [1, 1]);
      assert.equal(await succeed(), 'ok');
      assert.equal(breaker.status().failures_in_row, 0);
    });

    it('opens when those that began afterwards waited in vain, too', async () => {
      const { fail, state, clock, changes } = fakeBreaker(options);
      await fail(1, late);
      clock.pass(50);
      await fail(1, late);
      assert.equal(state(), 'open');
      assert.equal(changes[0]?.error, late);
    });

    it('opens with the first failure that is no silence', async () => {
      const { fail, state } = fakeBreaker(options);
      await fail(1);
      assert.equal(state(), 'open');
    });

    it('also when silent calls were found slow while they ran', async () => {
      const { hang, clock, state } = fakeBreaker(options);
      const first = [hang(), hang()];
      clock.pass(251);
      assert.equal(state(), 'closed');
      clock.pass(1);
      hang();
      clock.pass(251);
      assert.equal(state(), 'open');
      first.forEach(({ resolve }) => resolve('late'));
    });
  });

  it('says in every refusal and in its status what opened it, until it is closed', async () => {
    const { breaker, fail, succeed, clock } = fakeBreaker({ openMs });
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:6379');
    await fail(5, cause);
    const refused = await succeed().catch((error: unknown) => error);
    assert.ok(refused instanceof CircuitOpenError);
    assert.equal(refused.cause, cause);
    assert.equal(breaker.status().cause, 'Error: connect ECONNREFUSED 127.0.0.1:6379');
    clock.pass(openMs);
    await succeed();
    await succeed();
    assert.equal(breaker.status().cause, null);
  });

  it('does not count the time in a queue as the time of the call', async () => {
    const { breaker, clock, state } = fakeBreaker({ slowCallMs: 2000 });
    const calls = Array.from({ length: 5 }, () => breaker.admit());
    clock.pass(5000);
    calls.forEach((call) => call.begin());
    clock.pass(1000);
    calls.forEach((call) => call.succeed());
    assert.equal(state(), 'closed');
  });

  it('does not trip because the process slept: nothing in flight is slow, no timer that fired meanwhile counts', async () => {
    const { hang, clock, state, counts } = fakeBreaker({ slowCallMs: 2000 });
    const calls = Array.from({ length: 20 }, hang);
    clock.sleep(600_000);
    assert.equal(state(), 'closed');
    const timeout = Object.assign(new Error('Command timed out'), { name: 'TimeoutError' });
    calls.slice(0, 10).forEach((call) => call.reject(timeout));
    calls.slice(10).forEach((call) => call.resolve('ok'));
    await Promise.all(calls.map((call) => call.done));
    assert.equal(state(), 'closed');
    assert.deepEqual(counts, { ignored: 10, success: 10 });
  });

  it('trips after a sleep when the dependency is really gone', async () => {
    const { fail, clock, state } = fakeBreaker();
    clock.sleep(600_000);
    await fail(5);
    assert.equal(state(), 'open');
  });

  it('never counts the caller’s own cancelling, refusals further in, and what the classifier ignores', async () => {
    const { breaker, fail, state, counts } = fakeBreaker({
      classify: (error) => (error instanceof RangeError ? 'ignored' : 'failure'),
    });
    await fail(50, new RangeError('not its fault'));
    for (let i = 0; i < 50; i += 1) {
      const caller = new AbortController();
      const call = breaker.execute(() => Promise.reject(new Error('torn')), {
        signal: caller.signal,
      });
      caller.abort();
      await assert.rejects(call, /torn/);
    }
    assert.equal(state(), 'closed');
    assert.deepEqual(counts, { ignored: 100 });
    const withDefaults = fakeBreaker();
    await withDefaults.fail(50, new CircuitOpenError('other', 'postgresql', 1));
    await withDefaults.fail(50, new DependencyError('postgresql', 'retryable', 'pool is full'));
    assert.deepEqual(withDefaults.counts, { ignored: 100 });
  });

  it('does not make a call whose caller has left before', async () => {
    const { breaker, counts } = fakeBreaker();
    let ran = false;
    const call = breaker.execute(() => Promise.resolve((ran = true)), {
      signal: AbortSignal.abort(new Error('left')),
    });
    await assert.rejects(call, /left/);
    assert.deepEqual([ran, counts], [false, {}]);
  });

  it('gives back the very value and the very error, whatever they are', async () => {
    const { breaker } = fakeBreaker({ failuresInRow: 1000 });
    const value = Object.freeze({ a: 1 });
    assert.equal(await breaker.execute(() => Promise.resolve(value)), value);
    assert.equal(await breaker.execute(() => value), value, 'also from work that is not async');
    for (const thrown of [Object.freeze(new Error('x')), undefined, null, 0, 'text', { code: 7 }]) {
      const caught = await breaker
        .execute(() => Promise.reject(thrown))
        .then(
          () => assert.fail('it resolved'),
          (error: unknown) => ({ error }),
        );
      assert.equal(caught.error, thrown);
      const sync = breaker.execute(() => {
        throw thrown;
      });
      assert.equal(await sync.catch((error: unknown) => error), thrown);
    }
  });

  it('is the same with listeners and classifiers that throw', async () => {
    const bad = () => {
      throw new Error('listener');
    };
    const { breaker, fail, succeed, clock, state } = fakeBreaker(
      { openMs },
      { changed: bad, counted: bad, ended: bad, failing: bad },
    );
    assert.equal(await succeed(), 'ok');
    const error = new Error('mine');
    assert.equal(
      await breaker.execute(() => Promise.reject(error)).catch((e: unknown) => e),
      error,
    );
    await fail(4);
    assert.equal(state(), 'open');
    clock.pass(openMs);
    await succeed();
    await succeed();
    assert.equal(state(), 'closed');
    const strange = fakeBreaker({ classify: bad });
    assert.equal(await strange.succeed(), 'ok');
    await strange.fail(20);
    assert.equal(strange.state(), 'closed');
  });

  it('can be handed on as a plain function', async () => {
    const { execute } = fakeBreaker().breaker;
    assert.equal(await execute(() => Promise.resolve(7)), 7);
  });

  it('opens for longer each time, with full jitter up to a cap, and starts again after a stable time', async () => {
    const randoms = [0.999, 0.999, 0.999, 0.999, 0, 0.5, 0.999];
    const options = { openMs: 1000, maxOpenMs: 6000, stableMs: 60_000, permits: 1 };
    const { fail, succeed, clock, changes, state } = fakeBreaker(
      options,
      {},
      () => randoms.shift() ?? 0,
    );
    await fail(5);
    for (let i = 0; i < 5; i += 1) {
      clock.pass(6000);
      await fail(1);
    }
    const opened = () =>
      changes.filter(({ to }) => to === 'open').map(({ openMs }) => Math.round(openMs ?? 0));
    assert.deepEqual(opened(), [1000, 1999, 3997, 5995, 1000, 3500]);
    clock.pass(6000);
    await succeed();
    await succeed();
    assert.equal(state(), 'closed');
    clock.pass(59_999);
    await fail(5);
    assert.equal(opened().at(-1), 5995, 'not stable for long enough');
    clock.pass(6000);
    await succeed();
    await succeed();
    clock.pass(60_000);
    await fail(5);
    assert.equal(opened().at(-1), 1000);
  });

  it('tells the first failure after a quiet time once', async () => {
    const told: string[] = [];
    const { fail, succeed, clock } = fakeBreaker(
      {},
      { failing: (name, outcome, error) => told.push(`${name} ${outcome} ${String(error)}`) },
    );
    await fail(2);
    await succeed();
    await fail(1);
    assert.deepEqual(told, ['redis_service failure Error: down']);
    clock.pass(11_000);
    await fail(1);
    assert.equal(told.length, 2);
  });

  it('refuses options with which it could never open, close or probe', () => {
    for (const bad of [
      { permits: 0 },
      { openMs: -1 },
      { failureRatio: 2 },
      { windowMs: Number.NaN },
    ]) {
      assert.throws(() => fakeBreaker(bad), RangeError);
    }
  });

  describe('under an operator', () => {
    it('is forced open for a time, and then starts afresh', async () => {
      const { breaker, succeed, clock, state, changes } = fakeBreaker();
      breaker.force('forced_open', 5000, 'maintenance');
      assert.deepEqual(breaker.status().forced?.reason, 'maintenance');
      await assert.rejects(succeed(), { code: 'CIRCUIT_OPEN', retryAfterMs: 5000 });
      clock.pass(4999);
      assert.equal(state(), 'forced_open');
      clock.pass(1);
      assert.equal(await succeed(), 'ok');
      assert.equal(state(), 'closed');
      assert.deepEqual(
        changes.map(({ reason }) => reason),
        ['forced', 'released'],
      );
    });

    it('is disabled for a time: every call runs, none counts, and old ones count no more later', async () => {
      const { breaker, fail, succeed, hang, clock, state } = fakeBreaker();
      await fail(5);
      breaker.force('disabled', 5000, 'false alarm');
      await fail(100);
      const old = hang();
      assert.equal(await succeed(), 'ok');
      assert.equal(state(), 'disabled');
      clock.pass(5000);
      assert.equal(state(), 'closed');
      old.reject(new Error('late'));
      await old.done;
      await fail(4);
      assert.equal(state(), 'closed');
      await fail(1);
      assert.equal(state(), 'open');
    });

    it('is given back at once, and releasing what nobody forced does nothing', async () => {
      const { breaker, fail, state } = fakeBreaker();
      breaker.force('forced_open', 5000, 'x');
      breaker.release();
      assert.equal(state(), 'closed');
      await fail(5);
      breaker.release();
      assert.equal(state(), 'open');
    });
  });
});

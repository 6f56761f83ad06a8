/** A breaker that can ask its dependency: no caller is kept waiting to find out that it is still dead. */
import assert from 'node:assert/strict';
import { PostgresError } from '#src/storage/postgres/errors.ts';
import { fakeBreaker } from './fake-breaker.ts';

const openMs = 1000;
const refusal = { code: 'CIRCUIT_OPEN' };
const settled = () => new Promise(setImmediate);

function asking(random?: () => number) {
  const fake = fakeBreaker({ openMs, maxOpenMs: 1500 }, {}, random ?? (() => 0));
  const asked: PromiseWithResolvers<void>[] = [];
  fake.breaker.askWith(() => {
    const answer = Promise.withResolvers<void>();
    asked.push(answer);
    return answer.promise;
  });
  const answer = async (error?: Error) => {
    await settled();
    if (error === undefined) asked.at(-1)?.resolve();
    else asked.at(-1)?.reject(error);
    await settled();
  };
  return { ...fake, asked, answer };
}

async function opened(random?: () => number) {
  const fake = asking(random);
  await fake.fail(5, new PostgresError(new Error('Connection terminated unexpectedly')));
  return fake;
}

describe('circuit breaker that asks first', () => {
  it('asks once when the open time is over, and refuses all 5,000 callers meanwhile', async () => {
    const { breaker, clock, asked, state } = await opened();
    await settled();
    assert.equal(asked.length, 0, 'too early');
    clock.pass(openMs);
    let ran = 0;
    const calls = Array.from({ length: 5000 }, () => breaker.execute(() => (ran += 1)));
    const ends = await Promise.allSettled(calls);
    assert.ok(ends.every((end) => end.status === 'rejected'));
    assert.deepEqual([ran, asked.length, state()], [0, 1, 'open']);
  });

  it('asks at once when somebody found the dependency down, so that hung queries end, and only then', async () => {
    const { breaker, clock, asked, answer, state } = asking();
    breaker.foundDown(new Error('silent'));
    breaker.foundDown(new Error('silent'));
    await settled();
    assert.deepEqual([asked.length, state()], [1, 'open']);
    await answer(new Error('silent'));
    assert.equal(state(), 'open');
    clock.pass(openMs - 1);
    assert.deepEqual([state(), asked.length], ['open', 1]);
    clock.pass(1);
    assert.equal(state(), 'open');
    await answer();
    assert.deepEqual([state(), asked.length], ['half_open', 2]);
  });

  it('shows what it is answered meanwhile: all calls fail, and why', async () => {
    const { breaker, clock, answer, succeed } = await opened();
    clock.pass(9000);
    for (let i = 0; i < 5; i += 1) {
      breaker.status();
      await answer(new PostgresError(new Error(`connect ECONNREFUSED, time ${i}`)));
      clock.pass(openMs * 1.5);
    }
    const { failure_ratio, calls, cause } = breaker.status();
    assert.deepEqual([failure_ratio, calls], [1, 5]);
    assert.equal(cause, 'Error: connect ECONNREFUSED, time 4');
    const refused = await succeed().catch((error: unknown) => error);
    assert.match(String((refused as Error).cause), /time 4/);
  });

  it('is half-open once it was answered, and calls close it', async () => {
    const { clock, answer, succeed, changes, state } = await opened();
    clock.pass(openMs);
    await assert.rejects(succeed(), refusal);
    await answer();
    assert.equal(await succeed(), 'ok');
    assert.equal(state(), 'half_open');
    await succeed();
    assert.equal(state(), 'closed');
    assert.deepEqual(
      changes.map(({ reason }) => reason),
      ['failures_in_row', 'open_time_over', 'probes_succeeded'],
    );
  });

  it('stays open while there is no answer, asks again after the open time, and says until when', async () => {
    const { breaker, clock, asked, answer, succeed, counts, changes, state } = await opened(
      () => 0.5,
    );
    clock.pass(openMs);
    for (let i = 1; i <= 5; i += 1) {
      clock.pass(250);
      await assert.rejects(succeed(), { ...refusal, retryAfterMs: 1250 });
      await answer(new Error('No answer within 500 ms.'));
      assert.deepEqual([asked.length, state()], [i, 'open']);
      clock.pass(1000);
      assert.equal(state(), 'open');
    }
    assert.equal(changes.length, 1);
    assert.equal(counts['failure'], 10);
    assert.notEqual(breaker.status().next_probe_at, null);
  });

  it('takes an error that is no fault of the dependency for an answer', async () => {
    const { clock, answer, state } = await opened();
    clock.pass(openMs);
    state();
    const refused = Object.assign(new Error('lock'), { code: '55P03' });
    await answer(new PostgresError(refused));
    assert.equal(state(), 'half_open');
  });

  it('learns nothing from an answer to an earlier question', async () => {
    const { breaker, clock, asked, succeed, fail, state } = await opened();
    clock.pass(openMs);
    state();
    await settled();
    breaker.force('disabled', 10, 'x');
    clock.pass(10);
    await succeed();
    await fail(5, new Error('Connection terminated unexpectedly'));
    asked[0]?.resolve();
    await settled();
    assert.equal(state(), 'open');
    clock.pass(openMs);
    assert.equal(state(), 'open');
  });

  it('is not held open by a question that is never answered, or that throws', async () => {
    const { breaker, clock, asked, state } = await opened();
    clock.pass(openMs);
    state();
    await settled();
    breaker.askWith(() => {
      throw new Error('Connection terminated unexpectedly');
    });
    clock.pass(1500);
    assert.equal(state(), 'open');
    await settled();
    breaker.askWith(() => Promise.resolve());
    clock.pass(1500);
    assert.equal(state(), 'open');
    await settled();
    assert.equal(state(), 'half_open');
    assert.equal(asked.length, 1);
  });

  it('learns nothing from a time in which the process did not run', async () => {
    const { clock, answer, state } = await opened();
    clock.pass(openMs);
    state();
    clock.sleep(60_000);
    await answer(new Error('No answer within 500 ms.'));
    assert.equal(state(), 'open');
  });

  it('asks until it is closed when nobody calls, once at a time, as often as the status is read', async () => {
    const { clock, asked, answer, changes, state } = await opened();
    clock.pass(openMs);
    state();
    await answer();
    const states: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      states.push(state());
      state();
      await answer();
    }
    assert.deepEqual(states, ['half_open', 'half_open']);
    assert.equal(state(), 'closed');
    assert.equal(asked.length, 3);
    assert.deepEqual(
      changes.map(({ reason }) => reason),
      ['failures_in_row', 'open_time_over', 'probes_succeeded'],
    );
  });

  it('takes no permit from callers by asking, and opens again on its failure', async () => {
    const { breaker, clock, answer, state, changes } = await opened();
    clock.pass(openMs);
    state();
    await answer();
    state();
    const probes = [breaker.admit(), breaker.admit()];
    assert.throws(() => breaker.admit(), refusal);
    probes.forEach((probe) => probe.ignore());
    await answer(new Error('Connection terminated unexpectedly'));
    assert.equal(changes.at(-1)?.reason, 'probe_failed');
    assert.equal(state(), 'open');
  });
});

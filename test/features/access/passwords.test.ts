import assert from 'node:assert/strict';
import { createPasswords } from '#src/features/access/passwords.ts';
import { noSignal } from './access-service.ts';

/** A hasher whose work ends when the test says so. */
function gated() {
  const running: (() => void)[] = [];
  let started = 0;
  let seconds = 0;
  const passwords = createPasswords({
    hasher: {
      hash: (password) => Promise.resolve(password),
      verify: () => {
        started += 1;
        const { promise, resolve } = Promise.withResolvers<boolean>();
        running.push(() => resolve(true));
        return promise;
      },
    },
    monotonicMs: () => 0,
    hashed: () => (seconds += 1),
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    passwords,
    verify: (signal = noSignal) => passwords.verify('stored', 'password', signal),
    started: () => started,
    observed: () => seconds,
    finishAll: async () => {
      for (; running.length > 0; await turn()) running.shift()?.();
    },
    turn,
  };
}

describe('password hashes', () => {
  it('are computed two at a time; 32 wait, in their order, and no more', async () => {
    const { verify, started, observed, finishAll, turn } = gated();
    const order: number[] = [];
    const taken = Array.from({ length: 34 }, (_, i) => verify().then(() => order.push(i)));
    await turn();
    assert.equal(started(), 2);
    for (let i = 0; i < 3; i += 1) {
      await assert.rejects(verify(), (error) => {
        const { code, options } = error as { code: string; options: { retryAfter?: number } };
        assert.deepEqual([code, options.retryAfter], ['SERVICE_UNAVAILABLE', 1]);
        return true;
      });
    }
    await finishAll();
    await Promise.all(taken);
    assert.deepEqual(order, [...Array(34).keys()]);
    assert.equal(observed(), 34);
  });

  it('are not computed for who has left the queue', async () => {
    const { verify, started, finishAll, turn } = gated();
    const first = [verify(), verify()];
    const leaving = new AbortController();
    const left = verify(leaving.signal);
    const reason = new Error('gone');
    leaving.abort(reason);
    await assert.rejects(left, reason);
    await finishAll();
    await Promise.all(first);
    await turn();
    assert.equal(started(), 2);
  });

  it('are right for nobody where there is no account', async () => {
    const { passwords, finishAll, turn } = gated();
    const checked = passwords.verify(undefined, 'password', noSignal);
    await turn();
    await finishAll();
    assert.equal(await checked, false);
  });
});

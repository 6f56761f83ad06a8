import assert from 'node:assert/strict';
import { Client } from 'pg';
import { startSession } from '#src/storage/postgres/session.ts';
import { testDatabase } from '#test/support/database.ts';

describe('the session of a process', () => {
  const database = testDatabase({ migrated: false });

  it('asks one thing at a time, whoever asks: a connection answers no two, and pg will refuse to queue them', async () => {
    const query: unknown = Reflect.get(Client.prototype, 'query');
    assert.ok(typeof query === 'function');
    const running = new Map<Client, number>();
    let most = 0;
    const counted = async function (this: Client, ...what: unknown[]): Promise<unknown> {
      running.set(this, (running.get(this) ?? 0) + 1);
      most = Math.max(most, running.get(this) ?? 0);
      try {
        return await Reflect.apply(query, this, what);
      } finally {
        running.set(this, (running.get(this) ?? 1) - 1);
      }
    };
    Object.assign(Client.prototype, { query: counted });
    const session = startSession(database.url, 'a-holder-of-its-own');
    try {
      const first = await session.tryLock('warm-up');
      assert.ok(first !== null);
      session.listen('some_channel', () => undefined);
      const locks = await Promise.all(['one', 'two', 'three'].map((name) => session.tryLock(name)));
      assert.ok(locks.every((lock) => lock !== null));
      await Promise.all([first, ...locks].map((lock) => lock?.release()));
      assert.equal(most, 1);
    } finally {
      Object.assign(Client.prototype, { query });
      await session.close();
    }
  });
});

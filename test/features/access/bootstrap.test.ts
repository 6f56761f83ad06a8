import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { entities } from '#src/features/entities.ts';
import { createTestDatabase, makeTestDir, testDatabase } from '#test/support/database.ts';
import {
  noSignal,
  PASSWORD,
  signUp,
  startAccessService,
  type AccessService,
} from './access-service.ts';

const bootstrapKey = 'a-bootstrap-key-of-at-least-32-characters';

async function withService<T>(
  database: Database,
  options: Parameters<typeof startAccessService>[1],
  work: (service: AccessService) => Promise<T>,
): Promise<T> {
  const service = await startAccessService(database, options);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

describe('the key of the first administrator', () => {
  const database = testDatabase();
  const dataDir = makeTestDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));
  const path = join(dataDir, 'admin.key');

  it('is made once, for its owner only, however many start at once', async () => {
    await withService(database.db, {}, async ({ access, send, heard }) => {
      const keys = await Promise.all([1, 2, 3, 4].map(() => access.ensureAdminKey(dataDir)));
      assert.equal(new Set(keys.map(({ text }) => text)).size, 1);
      assert.equal(keys.filter(({ isNew }) => isNew).length, 1);
      assert.equal(keys[0]?.path, path);
      assert.deepEqual(readdirSync(dataDir), ['admin.key']);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const text = readFileSync(path, 'utf8').trim();
      const me = await send('GET', '/auth/me', text);
      assert.deepEqual([me.json.role, me.json.method], ['admin', 'api_key']);
      assert.deepEqual(heard.audited, ['api_key.created']);
      assert.equal(
        (await send('POST', '/api-keys', text, { name: 'ci', role: 'viewer' })).status,
        201,
      );
    });
  });

  it('is registered where it is not known: another database, another secret', async () => {
    const text = readFileSync(path, 'utf8').trim();
    const made = await createTestDatabase();
    const other = await createDatabase({ url: made.url, entities });
    try {
      for (const [target, secret] of [
        [other, undefined],
        [other, 'a secret that was changed meanwhile'],
      ] as const) {
        await withService(
          target,
          secret === undefined ? {} : { secret },
          async ({ access, send }) => {
            assert.equal((await send('GET', '/auth/me', text)).status, 401);
            const key = await access.ensureAdminKey(dataDir);
            assert.deepEqual(key, { path, text, isNew: false });
            await access.ensureAdminKey(dataDir);
          },
        );
        await withService(target, secret === undefined ? {} : { secret }, async ({ send }) =>
          assert.equal((await send('GET', '/auth/me', text)).status, 200),
        );
      }
    } finally {
      await other.close();
      await made.drop();
    }
  });

  it('stays revoked when it was', async () => {
    const text = readFileSync(path, 'utf8').trim();
    await withService(database.db, {}, async ({ access, send }) => {
      assert.equal((await send('DELETE', `/api-keys/${text.slice(3, 15)}`, text)).status, 204);
      assert.equal((await access.ensureAdminKey(dataDir)).isNew, false);
      assert.equal((await send('GET', '/auth/me', text)).status, 401);
    });
  });

  it('ends the start with a sentence when its file holds something else', async () => {
    writeFileSync(path, 'not a key');
    await withService(database.db, {}, ({ access }) =>
      assert.rejects(access.ensureAdminKey(dataDir), /admin\.key holds no API key: remove it/),
    );
  });
});

describe('BOOTSTRAP_ADMIN_API_KEY', () => {
  const database = testDatabase();

  it('admits while there is no enabled administrator, and never again after', async () => {
    await withService(database.db, { bootstrapKey }, async (service) => {
      const { access, send, heard } = service;
      const me = () => send('GET', '/auth/me', bootstrapKey);
      await access.start();
      assert.deepEqual(heard.bootstrap, [true]);
      assert.deepEqual((await me()).json.id, 'key_bootstrap');
      for (const token of [`${bootstrapKey} `, bootstrapKey.slice(1), bootstrapKey.toUpperCase()]) {
        await assert.rejects(access.identify({ token }, noSignal), { code: 'UNAUTHORIZED' });
      }
      // Somebody who is no administrator changes nothing.
      const fields = { username: 'viewer', password: PASSWORD, role: 'viewer' };
      assert.equal((await send('POST', '/users', bootstrapKey, fields)).status, 201);
      assert.equal((await me()).status, 200);
      // A key of an administrator ends it, at once; once that is revoked it admits again.
      const wish = { name: 'first', role: 'admin', expires_in_days: 1 };
      const { json } = await send('POST', '/api-keys', bootstrapKey, wish);
      assert.equal((await me()).status, 401);
      assert.equal((await send('DELETE', `/api-keys/${json.key_id}`, json.key)).status, 204);
      assert.equal((await me()).status, 200);
      const admin = await signUp(service, bootstrapKey, { username: 'root', role: 'admin' });
      assert.equal((await me()).status, 401);
      assert.equal((await send('GET', '/auth/me', admin.access)).status, 200);
      access.stop();
      await access.start();
      assert.deepEqual(heard.bootstrap, [true, false]);
    });
  });

  it('of another text is nothing, and without one nothing admits', async () => {
    await withService(database.db, {}, async ({ access, send, heard }) => {
      await access.start();
      assert.deepEqual(heard.bootstrap, [false]);
      assert.equal((await send('GET', '/auth/me', bootstrapKey)).status, 401);
      assert.equal((await send('GET', '/auth/me', 'null')).status, 401);
    });
  });
});

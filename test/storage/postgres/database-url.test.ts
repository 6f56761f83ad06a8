import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDatabaseUrl } from '#src/storage/postgres/database-url.ts';

describe('database URL', () => {
  it('comes back as it was when it says nothing of ours', () => {
    for (const url of ['postgresql://h/d', 'postgres://u:p%40@h:5/d?sslmode=require&x=a+b']) {
      assert.deepEqual(parseDatabaseUrl(url), {
        url,
        maxConnections: undefined,
        connectTimeoutMs: undefined,
      });
    }
  });

  it('gives up max_connections, which no driver knows, and keeps the rest', () => {
    assert.deepEqual(
      parseDatabaseUrl('postgresql://u:p%40@h:5/d?sslmode=require&max_connections=20'),
      {
        url: 'postgresql://u:p%40@h:5/d?sslmode=require',
        maxConnections: 20,
        connectTimeoutMs: undefined,
      },
    );
    assert.deepEqual(parseDatabaseUrl('postgresql://h/d?max_connections=1'), {
      url: 'postgresql://h/d',
      maxConnections: 1,
      connectTimeoutMs: undefined,
    });
  });

  it('gives up connect_timeout, which is in seconds', () => {
    assert.deepEqual(parseDatabaseUrl('postgresql://h/d?connect_timeout=2&max_connections=3'), {
      url: 'postgresql://h/d',
      maxConnections: 3,
      connectTimeoutMs: 2000,
    });
    assert.throws(
      () => parseDatabaseUrl('postgresql://u:secret@h/d?connect_timeout=601'),
      (error: Error) => /from 1 to 600/.test(error.message) && !/secret/.test(error.message),
    );
  });

  it('keeps user, password, host and database for every pool size', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9%@:/?#[\] +&=äß]{1,12}$/);
    fc.assert(
      fc.property(word, word, word, fc.integer({ min: 1, max: 999 }), (user, key, name, size) => {
        const [u, k, n] = [user, key, name].map(encodeURIComponent);
        const { url, maxConnections } = parseDatabaseUrl(
          `postgresql://${u}:${k}@db.example:5433/${n}?max_connections=${size}`,
        );
        const parsed = new URL(url);
        assert.equal(maxConnections, size);
        assert.deepEqual(
          [parsed.username, parsed.password, parsed.pathname.slice(1)].map(decodeURIComponent),
          [user, key, name],
        );
        assert.equal(parsed.host, 'db.example:5433');
        assert.equal(parsed.search, '');
      }),
    );
  });

  it('refuses other schemes and sizes without repeating them', () => {
    for (const bad of ['0', '-1', '1000', '1.5', 'many', '']) {
      assert.throws(
        () => parseDatabaseUrl(`postgresql://u:secret@h/d?max_connections=${bad}`),
        (error: Error) => /from 1 to 999/.test(error.message) && !/secret/.test(error.message),
      );
    }
    for (const bad of [
      'mysql://u:secret@h/d',
      'sqlite:///secret',
      'secret',
      '',
      'postgresql://[',
    ]) {
      assert.throws(
        () => parseDatabaseUrl(bad),
        (error: Error) => !/secret/.test(error.message),
      );
    }
  });
});

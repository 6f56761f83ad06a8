import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from '#src/storage/encryption.ts';

describe('a text that is stored encrypted', () => {
  const key = randomBytes(32);

  it('opens with its key and for its place alone', () => {
    const encrypted = encrypt(key, 'sécret', 'one');
    assert.equal(decrypt(key, encrypted, 'one'), 'sécret');
    assert.equal(decrypt(key, encrypted, 'two'), null);
    assert.equal(decrypt(randomBytes(32), encrypted, 'one'), null);
    assert.notEqual(encrypt(key, 'sécret', 'one'), encrypted);
  });

  it('opens in no part, and not with any byte changed', () => {
    const bytes = Buffer.from(encrypt(key, 'a', 'one'), 'base64url');
    assert.equal(bytes.length, 12 + 1 + 16);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      for (const bad of [changed, bytes.subarray(0, at), bytes.subarray(at + 1)])
        assert.equal(decrypt(key, bad.toString('base64url'), 'one'), null, String(at));
    }
  });
});

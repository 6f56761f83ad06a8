import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createApiKey, hmacOf, isSameKey, parseApiKey } from '#src/features/access/api-key.ts';
import { deriveKeys } from '#src/features/access/secrets.ts';
import { redactText } from '#telemetry/redaction.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Any key, by the bytes that it is made of. */
const anyKey = fc
  .tuple(bytes(9), bytes(32))
  .map(([id, secret]) => createApiKey((count) => Buffer.from(count === 9 ? id : secret)));

describe('an API key', () => {
  it('has its form, and is read back', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        assert.match(key.text, /^se_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
        assert.deepEqual(parseApiKey(key.text), key);
      }),
    );
  });

  it('holds all 256 bits of its secret', () => {
    const keyOf = (secret: Buffer) =>
      createApiKey((count) => (count === 9 ? Buffer.alloc(9) : secret)).text;
    const texts = Array.from({ length: 256 }, (_, bit) => {
      const secret = Buffer.alloc(32);
      secret[bit >> 3] = 1 << (bit & 7);
      return keyOf(secret);
    });
    assert.equal(
      new Set([...texts, keyOf(Buffer.alloc(32)), keyOf(Buffer.alloc(32, 255))]).size,
      258,
    );
  });

  it('is refused with any character changed, missing or added', () => {
    fc.assert(
      fc.property(
        anyKey,
        fc.nat(64),
        fc.constantFrom('a', 'B', '7', '_', 'é', ''),
        (key, at, other) => {
          const changed = key.text.slice(0, at) + other + key.text.slice(at + 1);
          fc.pre(changed !== key.text);
          assert.equal(parseApiKey(changed), null);
          assert.equal(parseApiKey(`${key.text}${other || ' '}`), null);
        },
      ),
    );
  });

  it('is known under the secret that it was stored under, now or before, and under no other', () => {
    const [current] = deriveKeys({ current: 'one', previous: null });
    const both = deriveKeys({ current: 'two', previous: 'one' });
    const other = deriveKeys({ current: 'two', previous: null });
    const key = createApiKey(randomBytes);
    const stored = hmacOf(key, current);
    assert.equal(stored.length, 43);
    assert.ok(isSameKey(key, stored, both));
    assert.ok(!isSameKey(key, stored, other));
    assert.ok(!isSameKey(createApiKey(randomBytes), stored, both));
    assert.ok(!isSameKey(key, '', both));
  });

  it('appears in no text that is redacted, nor does a refresh token', () => {
    const { text } = createApiKey(randomBytes);
    const refresh = `se_refresh_${randomBytes(32).toString('base64url')}`;
    for (const secret of [text, refresh]) {
      for (const line of [
        secret,
        `x=${secret}`,
        `curl -H "X-API-Key: ${secret}"`,
        `["${secret}"]`,
      ]) {
        assert.ok(!redactText(line).includes(secret.slice(16, 40)), redactText(line));
      }
    }
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyBytes, weakPassword, weakness } from '#src/config/strength.ts';

const good = 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=';

/** Each of them is 32 characters or more, so that length alone would let most of them pass. */
const badKeys = [
  '',
  'short',
  'a'.repeat(64),
  'ab'.repeat(32),
  'k7Qm2xVb9TzR4wLp'.repeat(4),
  'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aEu'.repeat(2),
  'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'zyxwvutsrqponmlkjihgfedcba9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA',
  '0123456789abcdef'.repeat(4),
  'deadbeef'.repeat(8),
  '0'.repeat(64),
  '12345678901234567890123456789012345678901234567890',
  'qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM1234567890',
  'change-me-in-production-please-now-0123456789abcdefgh',
  'CHANGE_ME_CHANGE_THIS_CHANGE_IT_0J8f7Kd2Lq9Xw3Zr5Vt1',
  'ChangeMe0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9',
  '<generate-strong-random-key>-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6',
  'your-secret-key-here-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2',
  'your_own_key_0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9',
  'django-insecure-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9',
  'default0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9',
  'example0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9',
  'sono-eval-signing-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7',
  'dev-0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9Fk3Mj6',
  '0J8f7Kd2Lq9Xw3Zr5Vt1Bn6Ym4Hc8Gp2Ts7Wd9Fk3Mj6-test',
  'P@ssw0rd P@ssw0rd P@ssw0rd P@ssw0rd',
  'passwordpasswordpasswordpasswordpassword',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcdefghijklmnop',
  'the cat the cat the cat the cat the cat tea',
  // 32 characters of base64 are 24 bytes, and 62 of hexadecimal 31.
  'k7Qm2xVb9TzR4wLp8NcY1sJd6HfG3aEu',
  '8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e23',
];

describe('the strength of a secret', () => {
  for (const key of badKeys) {
    it(`does not suffice for a key: ${key.slice(0, 24)}… (${key.length})`, () => {
      const fault = weakness(key, 32);
      assert.ok(fault !== null);
      assert.ok(key === '' || !fault.includes(key), 'quotes it');
    });
  }

  it('suffices for what the generator that is recommended makes, whatever it makes', () => {
    assert.ok(badKeys.length >= 25);
    assert.equal(weakness(good, 32), null);
    const random = (bytes: number) =>
      fc.noBias(fc.uint8Array({ minLength: bytes, maxLength: bytes }));
    // A fixed seed: by chance one in a million random keys contains a word.
    const options = { seed: 1, numRuns: 5000 };
    fc.assert(
      fc.property(random(48), (bytes) => {
        assert.equal(weakness(Buffer.from(bytes).toString('base64'), 32), null);
        assert.equal(weakness(Buffer.from(bytes).toString('base64url'), 32), null);
        assert.equal(weakness(Buffer.from(bytes.subarray(0, 32)).toString('hex'), 32), null);
        assert.equal(weakness(Buffer.from(bytes.subarray(0, 32)).toString('base64'), 32), null);
        assert.equal(weakPassword(Buffer.from(bytes.subarray(0, 24)).toString('hex'), 16), null);
      }),
      options,
    );
  });

  it('is that of the bytes behind the text', () => {
    assert.equal(keyBytes('00ff'.repeat(16)), 32);
    assert.equal(keyBytes(Buffer.alloc(32, 7).toString('base64')), 32);
    assert.equal(keyBytes(Buffer.alloc(33, 7).toString('base64url')), 33);
    assert.equal(keyBytes('häuser, bäume; und mehr davon'), 31);
  });

  it('is judged more mildly in a password, which must be long, mixed and no default', () => {
    assert.equal(weakPassword('h7Tq2Wn9Zx4Lk6Vb', 16), null);
    const weak = ['h7Tq2Wn9Zx4Lk6V', 'aaaaaaaaaaaaaaaa', 'abababababababab', 'password12345678'];
    for (const password of [...weak, '<strong-password>', 'abcdefghijklmnop', '']) {
      assert.notEqual(weakPassword(password, 16), null, password);
    }
  });
});

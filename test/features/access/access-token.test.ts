import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUIDv7, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import { createAccessTokens } from '#src/features/access/access-token.ts';
import { deriveKeys } from '#src/features/access/secrets.ts';

const now = new Date('2026-11-29T12:00:00Z');
const seconds = Math.floor(now.getTime() / 1000);
const userId = 'user_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';
const keys = deriveKeys({ current: 'the secret', previous: 'the secret before' });
const [current, previous = current] = keys;
const tokensAt = (time: Date, of = keys) =>
  createAccessTokens({ keys: of, now: () => time, newId: randomUUIDv7 });
const tokens = tokensAt(now);

const header = { alg: 'HS256', typ: 'at+jwt', kid: current.kid };
const claims = {
  iss: 'sono-eval',
  aud: 'sono-eval-api',
  sub: userId,
  iat: seconds,
  exp: seconds + 900,
  token_version: 1,
};
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed with the true key, whatever the header says. */
function forged(
  head: Record<string, unknown> = {},
  body: Record<string, unknown> = {},
  { key = current.accessTokens, digest = 'sha256' }: { key?: Buffer; digest?: string } = {},
): string {
  const text = `${encode({ ...header, ...head })}.${encode({ ...claims, ...body })}`;
  return `${text}.${createHmac(digest, key).update(text).digest('base64url')}`;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const [first = '', second = '', third = ''] = forged().split('.');
const rs256 = `${encode({ ...header, alg: 'RS256' })}.${second}`;

const refused: Record<string, string> = {
  'alg none': `${encode({ ...header, alg: 'none' })}.${second}.`,
  'alg none with a signature': `${encode({ ...header, alg: 'none' })}.${second}.${third}`,
  'alg NONE': `${encode({ ...header, alg: 'NONE' })}.${second}.`,
  'no alg': forged({ alg: undefined }),
  HS512: forged({ alg: 'HS512' }, {}, { digest: 'sha512' }),
  HS384: forged({ alg: 'HS384' }, {}, { digest: 'sha384' }),
  RS256: `${rs256}.${sign('sha256', Buffer.from(rs256), privateKey).toString('base64url')}`,
  'HS256 with a public key': forged({}, {}, { key: Buffer.from(pem) }),
  'a key of its own': forged({ jwk: { kty: 'oct', k: 'AAAA' } }, {}, { key: Buffer.alloc(32) }),
  'a key by address': forged({ jku: 'https://example.com/keys' }, {}, { key: Buffer.alloc(32) }),
  'another key': forged({}, {}, { key: Buffer.alloc(32, 7) }),
  'an empty key': forged({}, {}, { key: Buffer.alloc(0) }),
  'the key of API keys': forged({}, {}, { key: current.apiKeys }),
  'the key of refresh tokens': forged({}, {}, { key: current.refreshTokens }),
  'the key before under the kid of the current one': forged({}, {}, { key: previous.accessTokens }),
  'no kid': forged({ kid: undefined }),
  'another kid': forged({ kid: 'x' }),
  'a kid that is a path': forged({ kid: '../../dev/null' }),
  'typ JWT': forged({ typ: 'JWT' }),
  'typ of a refresh token': forged({ typ: 'rt+jwt' }),
  'no typ': forged({ typ: undefined }),
  'an unknown extension': forged({ crit: ['x'], x: 1 }),
  'unencoded payload': forged({ crit: ['b64'], b64: false }),
  'another issuer': forged({}, { iss: 'somebody' }),
  'no issuer': forged({}, { iss: undefined }),
  'another audience': forged({}, { aud: 'another-api' }),
  'no audience': forged({}, { aud: undefined }),
  expired: forged({}, { exp: seconds - 6 }),
  'no expiry': forged({}, { exp: undefined }),
  'an expiry that is text': forged({}, { exp: String(seconds + 900) }),
  'too old for any token': forged({}, { iat: seconds - 906, exp: seconds + 900 }),
  'issued in the future': forged({}, { iat: seconds + 60 }),
  'no time of issue': forged({}, { iat: undefined }),
  'valid only later': forged({}, { nbf: seconds + 60 }),
  'no subject': forged({}, { sub: undefined }),
  'a subject that is no text': forged({}, { sub: 7 }),
  'no version': forged({}, { token_version: undefined }),
  'a version that is text': forged({}, { token_version: '1' }),
  'a cut signature': `${first}.${second}.${third.slice(0, -2)}`,
  'no signature': `${first}.${second}.`,
  'two parts': `${first}.${second}`,
  'four parts': `${first}.${second}.${third}.${third}`,
  'changed claims': `${first}.${encode({ ...claims, sub: 'user_x' })}.${third}`,
  'claims that are no JSON': `${first}.AAAA.${third}`,
  'five parts, as if encrypted': `${first}.${second}.${third}.${third}.${third}`,
  nothing: '',
  blanks: '   ',
  huge: 'a'.repeat(16_000),
  'a huge one that is signed': forged({}, { fill: 'a'.repeat(2000) }),
};

describe('an access token', () => {
  it('is taken as it was signed', async () => {
    const token = await tokens.sign({ userId, tokenVersion: 3 });
    assert.deepEqual(await tokens.verify(token), { userId, tokenVersion: 3 });
    assert.deepEqual(await tokens.verify(forged()), { userId, tokenVersion: 1 });
    const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url'));
    assert.deepEqual(JSON.parse(String(head)), header);
    assert.deepEqual(Object.keys(JSON.parse(String(body))).sort(), [
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'sub',
      'token_version',
    ]);
  });

  for (const [what, token] of Object.entries(refused)) {
    it(`is refused: ${what}`, async () => {
      const expired = ['expired', 'too old for any token'].includes(what);
      assert.equal(await tokens.verify(token), expired ? 'expired' : 'invalid');
    });
  }

  it('lasts 15 minutes', async () => {
    const token = await tokens.sign({ userId, tokenVersion: 1 });
    const after = (s: number) => tokensAt(new Date(now.getTime() + s * 1000)).verify(token);
    assert.equal(typeof (await after(899)), 'object');
    assert.equal(await after(906), 'expired');
  });

  it('is verified by the secret before, which signs nothing', async () => {
    const before = deriveKeys({ current: 'the secret before', previous: null });
    const old = await tokensAt(now, before).sign({ userId, tokenVersion: 1 });
    assert.deepEqual(await tokens.verify(old), { userId, tokenVersion: 1 });
    const fresh = await tokens.sign({ userId, tokenVersion: 1 });
    assert.equal(await tokensAt(now, before).verify(fresh), 'invalid');
    const neither = deriveKeys({ current: 'a third secret', previous: 'the secret' });
    assert.equal(await tokensAt(now, neither).verify(old), 'invalid');
  });

  it('of jose with the true key, but without what ours have, is refused', async () => {
    const token = await new SignJWT({}).setProtectedHeader(header).sign(current.accessTokens);
    assert.equal(await tokens.verify(token), 'invalid');
  });
});

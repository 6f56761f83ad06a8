/**
 * `se_<12>_<43><6>`: identity, 256 bits of secret, and CRC-32 of all before it, in base 62. The prefix and the
 * checksum let scanners tell a leaked key from a word, and what was mistyped is refused without a look at the database.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { DerivedKeys } from './secrets.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^(se_([0-9A-Za-z]{12})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

export type RandomBytes = (count: number) => Buffer;

export interface ApiKey {
  id: string;
  /** Shown once. */
  text: string;
}

export function createApiKey(randomBytes: RandomBytes): ApiKey {
  const id = base62(randomBytes(9), 12);
  const body = `se_${id}_${base62(randomBytes(32), 43)}`;
  return { id, text: body + checksumOf(body) };
}

/** @returns null for what is no key of this service */
export function parseApiKey(text: string): ApiKey | null {
  const [, body = '', id = '', checksum] = FORM.exec(text) ?? [];
  return body !== '' && checksumOf(body) === checksum ? { id, text } : null;
}

/** What is stored: 43 characters. */
export function hmacOf(key: ApiKey, { apiKeys }: DerivedKeys): string {
  return createHmac('sha256', apiKeys).update(key.text).digest('base64url');
}

/** @param keys of the secrets that a key may have been stored under */
export function isSameKey(key: ApiKey, stored: string, keys: readonly DerivedKeys[]): boolean {
  const expected = Buffer.from(stored);
  return keys.some((each) => {
    const actual = Buffer.from(hmacOf(key, each));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return base62(bytes, 6);
}

/** The last `length` digits of the number that the bytes are. */
function base62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let digits = '';
  for (let i = 0; i < length; i += 1) {
    digits = DIGITS.charAt(Number(rest % 62n)) + digits;
    rest /= 62n;
  }
  return digits;
}

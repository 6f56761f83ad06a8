/** Texts that are stored encrypted, and nobody may change or move: AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** What GCM is made for (NIST SP 800-38D); random ones may repeat only after 2^32 texts of a key. */
const NONCE_BYTES = 12;
/** Said of each, since Node takes shorter ones as well, which are easier to forge. */
const TAG = { authTagLength: 16 };

/**
 * @param key 32 bytes
 * @param place what the text belongs to: it opens for no other
 * @returns nonce, text and tag, as base64url
 */
export function encrypt(key: Buffer, text: string, place: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, TAG).setAAD(Buffer.from(place));
  const bytes = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(bytes).toString('base64url');
}

/** @returns null when it was encrypted with another key or for another place, or was changed */
export function decrypt(key: Buffer, encrypted: string, place: string): string | null {
  const bytes = Buffer.from(encrypted, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG.authTagLength) return null;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), TAG)
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-TAG.authTagLength));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG.authTagLength));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/**
 * Answers that show a secret once, as they are kept under an Idempotency-Key: encrypted (AES-256-GCM) with a key that
 * follows from SECRET_KEY, so that whoever reads the database learns neither the secret nor, from the hash of the
 * request, a password that can be guessed.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const MARK = '"sealed.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  /** @returns a JSON text. @param id of the kept answer: it opens under no other */
  seal: (text: string, id: string) => string;
  /** @returns null when it was sealed with a key that is gone */
  open: (sealed: string, id: string) => string | null;
  /** Of a request, under each key; that of the current one first. */
  digests: (text: string) => [string, ...string[]];
}

/** @param keys of 32 bytes, the current one first */
export function createSeal(keys: readonly [Buffer, ...Buffer[]]): Seal {
  const digest = (key: Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest('hex');
  const [current, ...previous] = keys;
  return {
    seal(text, id) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(id));
      const bytes = Buffer.concat([
        nonce,
        cipher.update(text),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${MARK}${bytes.toString('base64url')}"`;
    },
    open(sealed, id) {
      const bytes = Buffer.from(sealed.slice(MARK.length, -1), 'base64url');
      for (const key of keys) {
        const text = decrypted(bytes, key, id);
        if (text !== null) return text;
      }
      return null;
    },
    digests: (text) => [digest(current, text), ...previous.map((key) => digest(key, text))],
  };
}

function decrypted(bytes: Buffer, key: Buffer, id: string): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(id))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(text), decipher.final()]).toString();
  } catch {
    return null;
  }
}

export function isSealed(response: string): boolean {
  return response.startsWith(MARK);
}

/**
 * Answers that show a secret once, as they are kept under an Idempotency-Key: encrypted with a key that
 * follows from SECRET_KEY, so that whoever reads the database learns neither the secret nor, from the hash of the
 * request, a password that can be guessed.
 */
import { createHmac } from 'node:crypto';
import { decrypt, encrypt } from '../storage/encryption.ts';

const MARK = '"sealed.';

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
    seal: (text, id) => `${MARK}${encrypt(current, text, id)}"`,
    open(sealed, id) {
      const encrypted = sealed.slice(MARK.length, -1);
      for (const key of keys) {
        const text = decrypt(key, encrypted, id);
        if (text !== null) return text;
      }
      return null;
    },
    digests: (text) => [digest(current, text), ...previous.map((key) => digest(key, text))],
  };
}

export function isSealed(response: string): boolean {
  return response.startsWith(MARK);
}

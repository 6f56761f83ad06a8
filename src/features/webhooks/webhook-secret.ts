/**
 * Secrets of webhooks. They sign, so they are kept so that they can be read again: AES-256-GCM under a key that
 * `SECRET_KEY` derives for this purpose, bound to their webhook, with a mark of which `SECRET_KEY` that was.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { DerivedKeys } from '../access/secrets.ts';

const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export type RandomBytes = (size: number) => Buffer;
type Keys = readonly [DerivedKeys, ...DerivedKeys[]];

export interface WebhookSecrets {
  /** @returns `whsec_…`, in the form of Standard Webhooks */
  create: () => string;
  /** @returns what is stored: the mark, a dot, base64url of nonce, tag and text */
  seal: (webhookId: string, secret: string) => string;
  /** @returns null when neither key has made it */
  open: (webhookId: string, sealed: string) => string | null;
  /** Whether the current key has made it. */
  isCurrent: (sealed: string) => boolean;
}

export function createWebhookSecrets(deps: {
  keys: Keys;
  randomBytes: RandomBytes;
}): WebhookSecrets {
  const { keys, randomBytes } = deps;
  const [current] = keys;
  return {
    create: () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`,
    seal(webhookId, secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.webhooks, iv);
      cipher.setAAD(Buffer.from(webhookId));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([iv, cipher.getAuthTag(), text]);
      return `${current.kid}.${sealed.toString('base64url')}`;
    },
    open(webhookId, sealed) {
      const [kid, text = ''] = sealed.split('.');
      const key = keys.find((one) => one.kid === kid);
      return key === undefined ? null : decrypt(key.webhooks, webhookId, text);
    },
    isCurrent: (sealed) => sealed.startsWith(`${current.kid}.`),
  };
}

function decrypt(key: Buffer, webhookId: string, text: string): string | null {
  const bytes = Buffer.from(text, 'base64url');
  try {
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(webhookId));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const secret = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([secret, decipher.final()]).toString('utf8');
  } catch {
    // Changed, or of another webhook.
    return null;
  }
}

/** Of Standard Webhooks: a signature for each secret, so that a receiver may know the old one or the new one. */
export function signedHeaders(
  secrets: readonly string[],
  { id, body, at }: { id: string; body: string; at: Date },
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

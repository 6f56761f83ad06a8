/**
 * Secrets of webhooks. They sign, so they are kept so that they can be read again: encrypted under a key that
 * `SECRET_KEY` derives for this purpose, bound to their webhook, with a mark of which `SECRET_KEY` that was.
 */
import { Webhook } from 'standardwebhooks';
import { decrypt, encrypt } from '../../storage/encryption.ts';
import type { DerivedKeys } from '../access/secrets.ts';

const SECRET_BYTES = 32;

export type RandomBytes = (size: number) => Buffer;
type Keys = readonly [DerivedKeys, ...DerivedKeys[]];

export interface WebhookSecrets {
  /** @returns `whsec_…`, in the form of Standard Webhooks */
  create: () => string;
  /** @returns what is stored: the mark, a dot, and what is encrypted */
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
    seal: (webhookId, secret) => `${current.kid}.${encrypt(current.webhooks, secret, webhookId)}`,
    open(webhookId, sealed) {
      const [kid, text = ''] = sealed.split('.');
      const key = keys.find((one) => one.kid === kid);
      return key === undefined ? null : decrypt(key.webhooks, text, webhookId);
    },
    isCurrent: (sealed) => sealed.startsWith(`${current.kid}.`),
  };
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

/** What the service's secret is turned into: a key for each purpose, so that a leak of one is none of the others. */
import { hash, hkdfSync } from 'node:crypto';

export interface Secrets {
  current: string;
  /** Verifies what was made before the secret was changed, and makes nothing. */
  previous: string | null;
}

export interface DerivedKeys {
  /** Pepper of the stored API keys. */
  readonly apiKeys: Buffer;
  /** Signs access tokens. */
  readonly accessTokens: Buffer;
  /** Makes the successor of a refresh token. */
  readonly refreshTokens: Buffer;
  /** Seals answers that show a secret, where they are kept for an Idempotency-Key. */
  readonly keptAnswers: Buffer;
  /** Encrypts the secrets of webhooks. */
  readonly webhooks: Buffer;
  /** Tells which secret signed an access token, or encrypted something. */
  readonly kid: string;
}

/** @returns of the current secret first */
export function deriveKeys({ current, previous }: Secrets): [DerivedKeys, ...DerivedKeys[]] {
  return previous === null ? [derive(current)] : [derive(current), derive(previous)];
}

function derive(secret: string): DerivedKeys {
  const keyFor = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `sono-eval ${purpose}`, 32));
  return {
    apiKeys: keyFor('api keys'),
    accessTokens: keyFor('access tokens'),
    refreshTokens: keyFor('refresh tokens'),
    keptAnswers: keyFor('kept answers'),
    webhooks: keyFor('webhooks'),
    kid: keyFor('key id').toString('base64url').slice(0, 11),
  };
}

/** Of what nobody can guess; a password is nothing for it. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Who may come in: accounts, keys, tokens, and the routes about them. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { DEVELOPMENT_KEY } from '../config.ts';
import { createAccess, type Access as Accounts } from '../features/access/access.ts';
import type { AdminKey } from '../features/access/admin-key.ts';
import { readOrMake } from '../features/access/kept-file.ts';
import { accessEvents, authDenied } from '../features/access/metrics.ts';
import { argon2id } from '../features/access/passwords.ts';
import { deriveKeys, type Secrets } from '../features/access/secrets.ts';
import { createOnce, type Once } from '../http/idempotency.ts';
import { createSeal } from '../http/sealed.ts';
import type { Role } from '../http/request/caller.ts';
import { prepareDataDir } from '../storage/embedded-postgres/data-dir.ts';
import type { Platform } from './platform.ts';

export interface Access extends Accounts {
  /** For whoever creates something. */
  once: Once;
  /** A caller may not do what it asked for. */
  onDenied: (access: Role) => void;
}

/** Without a SECRET_KEY, which production demands: what is public signs no token. */
function ownSecret(dataDir: string): string {
  const path = join(prepareDataDir(dataDir, undefined), 'secret.key');
  return readOrMake(path, randomBytes(32).toString('base64url'));
}

/** What keys are derived from. */
export function secretsOf({ config, dataDir }: Pick<Platform, 'config' | 'dataDir'>): Secrets {
  const { required, previousSecretKey: previous } = config.access;
  const current = config.secretKey ?? (required ? ownSecret(dataDir) : DEVELOPMENT_KEY);
  return { current, previous };
}

/** Begins nothing yet: the tables are there once the schema is (`Access.start`). */
export function openAccess(platform: Platform): Access {
  const { config, database, rateLimiting, cleanup } = platform;
  const events = accessEvents();
  const secrets = secretsOf(platform);
  const [current, ...previous] = deriveKeys(secrets);
  const once = createOnce({
    em: () => database.em(),
    holder: platform.session.holder,
    leaseMs: 2 * config.api.requestTimeoutMs,
    seal: createSeal([current.keptAnswers, ...previous.map(({ keptAnswers }) => keptAnswers)]),
  });
  const access = createAccess({
    ...platform,
    secrets,
    once,
    bootstrapKey: config.access.bootstrapKey,
    em: (signal) => database.em(signal),
    logins: rateLimiting.logins,
    hasher: argon2id,
    events,
    newId: randomUUIDv7,
    randomBytes,
  });
  cleanup.defer(() => access.stop());
  return { ...access, once, onDenied: (access) => authDenied.inc({ access }) };
}

/**
 * Once the tables are there.
 *
 * @returns the key of the first administrator outside production; null where there is none
 */
export async function startAccess(
  { config, log, dataDir }: Platform,
  access: Access,
): Promise<AdminKey | null> {
  if (!config.access.required) {
    log.warn('AUTH_REQUIRED is false: everybody may do everything.');
    return null;
  }
  await access.start();
  return config.production ? null : access.ensureAdminKey(dataDir);
}

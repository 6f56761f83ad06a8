/**
 * Access: who asks, and what they may.
 *
 * Guarantees: what is stored authenticates nobody (argon2id, HMACs and hashes; the keys for them follow from
 * SECRET_KEY). What was revoked, disabled or demoted is refused at once, in every process that hears the bus,
 * and after 5 s in the others. A refusal is one sentence, whatever was wrong. What changes rights is in the audit
 * log, in the same transaction.
 *
 * It fails closed: while the database cannot be asked, nobody is let in, and nobody is told that
 * their credentials are wrong (503).
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '#telemetry/logger.ts';
import type { Caller, Identify } from '../../http/request/caller.ts';
import type { Once } from '../../http/idempotency.ts';
import type { Handles } from '../../http/request/handles.ts';
import type { Route } from '../../http/routing/route.ts';
import type { Cache } from '../../resilience/cache/cache.ts';
import { failureFields } from '../../storage/failure.ts';
import type { Clock } from '../../time/clock.ts';
import { accessRoutes } from './access-routes.ts';
import { createAccessTokens } from './access-token.ts';
import { ensureAdminKey, type AdminKey } from './admin-key.ts';
import type { RandomBytes } from './api-key.ts';
import { createAudit, type Audit } from './audit.ts';
import { createIdentify } from './identify.ts';
import { createLimitLogins, type LoginLimits } from './login-limit.ts';
import type { AccessEvents } from './metrics.ts';
import { createPasswords, type Hasher } from './passwords.ts';
import { sweepRefreshTokens } from './refresh-token.ts';
import { createRights } from './rights.ts';
import { deriveKeys, type Secrets } from './secrets.ts';
import { createSessions } from './sessions.ts';

const SWEEP_MS = 600_000;

export interface Access {
  identify: Identify;
  routes: Route[];
  audit: Audit;
  /** What a caller of this id may use; null when there is none. */
  quotaOf: (
    id: string,
    signal: AbortSignal,
  ) => Promise<Pick<Caller, 'id' | 'account' | 'quota'> | null>;
  /** @returns the key of the first administrator, which is made in that folder. For development */
  ensureAdminKey: (dataDir: string) => Promise<AdminKey>;
  /** Once the tables are there: begins to clear away what has expired, and looks whether the bootstrap key is in use. */
  start: () => Promise<void>;
  stop: () => void;
}

export function createAccess(deps: {
  secrets: Secrets;
  /** Null: there is none. */
  bootstrapKey: string | null;
  cache: Cache;
  em: (signal?: AbortSignal) => SqlEntityManager;
  logins: LoginLimits;
  handles: Handles;
  hasher: Hasher;
  events: AccessEvents;
  log: Logger;
  clock: Clock;
  /** UUIDv7. */
  newId: () => string;
  randomBytes: RandomBytes;
  once: Once;
}): Access {
  const { bootstrapKey, em, events, log, clock, randomBytes } = deps;
  const keys = deriveKeys(deps.secrets);
  const base = { ...deps, keys, now: clock.now };
  const rights = createRights(base);
  const tokens = createAccessTokens(base);
  const audit = createAudit({ ...base, recorded: events.audited });
  const passwords = createPasswords({ ...deps, ...clock, hashed: events.hashed });
  const parts = { ...base, rights, tokens, audit, passwords };
  const limitLogins = createLimitLogins(deps.logins, () => events.attempted('password', 'limited'));
  let timer: NodeJS.Timeout | undefined;

  /** @returns whether the bootstrap key is accepted */
  const lookAtBootstrapKey = async (): Promise<boolean> => {
    const isActive = bootstrapKey !== null && !(await rights.hasAdmin(AbortSignal.timeout(5000)));
    events.bootstrapKey(isActive);
    return isActive;
  };
  const tend = async (): Promise<void> => {
    try {
      await sweepRefreshTokens(em(), clock.now());
      await lookAtBootstrapKey();
    } catch (error) {
      log.debug('Expired refresh tokens were not cleared away.', failureFields(error));
    }
  };

  return {
    identify: createIdentify({ ...parts, attempted: events.attempted }),
    routes: accessRoutes({ ...parts, sessions: createSessions(parts), limitLogins }),
    audit,
    async quotaOf(id, signal) {
      if (id.startsWith('key_')) {
        const key = await rights.key(id.slice('key_'.length), signal);
        return key === undefined ? null : { id, account: key.userId ?? id, quota: key.quota };
      }
      const user = await rights.user(id, signal);
      return user === undefined ? null : { id, account: id, quota: null };
    },
    ensureAdminKey: (dataDir) =>
      ensureAdminKey({ dataDir, em: em(), keys, audit, now: clock.now(), randomBytes }),
    async start() {
      if (!(await lookAtBootstrapKey()) && bootstrapKey !== null) {
        log.warn('BOOTSTRAP_ADMIN_API_KEY is refused, for there is an administrator: remove it.');
      }
      timer = setInterval(() => void tend(), SWEEP_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}

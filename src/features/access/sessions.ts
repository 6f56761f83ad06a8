/** Logins: a password for a pair of tokens, and a refresh token for the next pair. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { unauthorized } from '../../http/request/authenticate.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts';
import type { RandomBytes } from './api-key.ts';
import type { Audit, AuditedBy } from './audit.ts';
import { INVALID } from './identify.ts';
import type { AccessEvents } from './metrics.ts';
import type { Passwords } from './passwords.ts';
import { endFamilyOf, exchange, startFamily } from './refresh-token.ts';
import type { Rights } from './rights.ts';
import type { DerivedKeys } from './secrets.ts';
import { endAccessTokens, findAccount, lockAccount, type Account } from './user-store.ts';

export interface TokenPair {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
  refresh_token: string;
}

/** Of a request: who asks, and until when. */
export interface Session extends AuditedBy {
  em: SqlEntityManager;
  signal: AbortSignal;
}

export interface Sessions {
  /**
   * @param name of `loginName`
   * @throws {AppError} INVALID_CREDENTIALS, whatever is wrong; SERVICE_UNAVAILABLE when too many ask
   */
  login: (session: Session, name: string, password: string) => Promise<TokenPair>;
  /** @throws {AppError} UNAUTHORIZED */
  refresh: (session: Session, token: string) => Promise<TokenPair>;
  /** Ends the family of the token; one that is not valid ends nothing. */
  logout: (session: Session, token: string) => Promise<void>;
}

export function createSessions(deps: {
  passwords: Passwords;
  tokens: AccessTokens;
  keys: readonly [DerivedKeys, ...DerivedKeys[]];
  rights: Rights;
  audit: Audit;
  events: Pick<AccessEvents, 'attempted' | 'refreshReused'>;
  now: () => Date;
  newId: () => string;
  randomBytes: RandomBytes;
}): Sessions {
  const { passwords, tokens, keys, rights, audit, events, now, newId, randomBytes } = deps;

  const pairOf = async (account: Account, refreshToken: string): Promise<TokenPair> => ({
    access_token: await tokens.sign({
      userId: account.id,
      tokenVersion: account.token_version,
    }),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    refresh_token: refreshToken,
  });

  return {
    async login({ em, signal }, name, password) {
      const account = await findAccount(em, name);
      const isRight = await passwords.verify(account?.password_hash, password, signal);
      if (!isRight || account === undefined || account.disabled) throw refused('invalid');
      const refreshToken = await inTransaction(em, async (tx) => {
        // The password may have been changed, or the account closed, while it was checked.
        const current = await lockAccount(tx, account.id);
        if (current?.token_version !== account.token_version) return null;
        return startFamily(tx, { userId: account.id, family: newId(), now: now(), randomBytes });
      });
      if (refreshToken === null) throw refused('revoked');
      events.attempted('password', 'ok');
      return pairOf(account, refreshToken);
    },
    async refresh(session, token) {
      const result = await inTransaction(session.em, async (tx) => {
        const exchanged = await exchange(tx, token, { keys, now: now() });
        if (exchanged.outcome !== 'reused') return exchanged;
        const { account, family } = exchanged;
        // Who has the stolen token may have an access token, too.
        await endAccessTokens(tx, account.id);
        const details = { family };
        const { requestId, trace } = session;
        // By whoever has the token; nobody was asked for more.
        const by = { caller: { id: account.id }, requestId, trace };
        await audit(tx, by, { action: 'refresh_token.reused', target: account.id, details });
        return exchanged;
      });
      if (result.outcome === 'reused') {
        await rights.changed({ users: [result.account.id] });
        events.refreshReused();
      }
      events.attempted('refresh', result.outcome === 'reused' ? 'revoked' : result.outcome);
      if (result.outcome !== 'ok') throw unauthorized(INVALID);
      return pairOf(result.account, result.refreshToken);
    },
    logout: ({ em }, token) => endFamilyOf(em, token),
  };

  function refused(outcome: 'invalid' | 'revoked'): AppError {
    events.attempted('password', outcome);
    return new AppError('INVALID_CREDENTIALS', 'The username or the password is wrong.', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
}

/**
 * Who asks, by what they bring: an API key, the bootstrap key, or an access token. Every refusal is the same
 * sentence. What a caller may is what its rows say now, not what its token said when it was made.
 */
import { isSameSecret } from '../../http/same-secret.ts';
import { unauthorized } from '../../http/request/authenticate.ts';
import { rankOf, type Caller, type Identify, type Role } from '../../http/request/caller.ts';
import type { AccessTokens } from './access-token.ts';
import { isSameKey, parseApiKey } from './api-key.ts';
import type { AuthOutcome } from './metrics.ts';
import type { KeyRights, Rights, UserRights } from './rights.ts';
import type { DerivedKeys } from './secrets.ts';

const BOOTSTRAP_ID = 'key_bootstrap';

export const INVALID = 'The credentials are not valid.';

/** Who it is, or why it is nobody. */
type Found = Caller | Exclude<AuthOutcome, 'ok' | 'limited'>;

/** @param deps.bootstrapKey admits as admin while nobody else can; null: there is none */
export function createIdentify(deps: {
  keys: readonly DerivedKeys[];
  tokens: AccessTokens;
  rights: Rights;
  bootstrapKey: string | null;
  now: () => Date;
  attempted: (method: 'jwt' | 'api_key', outcome: AuthOutcome) => void;
}): Identify {
  const { keys, tokens, rights, bootstrapKey, now, attempted } = deps;

  const byKey = async (text: string, signal: AbortSignal): Promise<Found> => {
    const key = parseApiKey(text);
    const row = key === null ? undefined : await rights.key(key.id, signal);
    if (key === null || row === undefined || !isSameKey(key, row.secretHmac, keys))
      return 'invalid';
    const end = endOf(row, now().getTime());
    if (end !== null) return end;
    const owner = row.userId === null ? null : await rights.user(row.userId, signal);
    if (owner === undefined || owner?.disabled === true) return 'revoked';
    const { quota } = row;
    const id = `key_${key.id}`;
    const account = row.userId ?? id;
    return { id, account, ...lesser(row, owner), method: 'api_key', quota };
  };

  const byToken = async (text: string, signal: AbortSignal): Promise<Found> => {
    const claims = await tokens.verify(text);
    if (typeof claims === 'string') return claims;
    const { userId, tokenVersion } = claims;
    const user = await rights.user(userId, signal);
    if (user === undefined || user.disabled || user.tokenVersion !== tokenVersion) return 'revoked';
    const { role, candidateId } = user;
    return { id: userId, account: userId, role, candidateId, method: 'jwt', quota: null };
  };

  const byBootstrapKey = async (signal: AbortSignal): Promise<Found> => {
    if (await rights.hasAdmin(signal)) return 'revoked';
    const id = BOOTSTRAP_ID;
    return { id, account: id, role: 'admin', candidateId: null, method: 'api_key', quota: null };
  };

  return async function identify({ token }, signal) {
    const isBootstrap = bootstrapKey !== null && isSameSecret(token, bootstrapKey);
    const method = isBootstrap || token.startsWith('se_') ? 'api_key' : 'jwt';
    const find = method === 'jwt' ? byToken : byKey;
    const found = isBootstrap ? await byBootstrapKey(signal) : await find(token, signal);
    attempted(method, typeof found === 'string' ? found : 'ok');
    if (typeof found === 'string') throw unauthorized(INVALID);
    return found;
  };
}

function endOf({ revoked, expiresAt }: KeyRights, nowMs: number): 'revoked' | 'expired' | null {
  if (revoked) return 'revoked';
  return expiresAt !== null && expiresAt <= nowMs ? 'expired' : null;
}

/** A key never has more than its owner has by now. */
function lesser(
  key: KeyRights,
  owner: UserRights | null,
): { role: Role; candidateId: string | null } {
  const source = owner !== null && rankOf(owner.role) <= rankOf(key.role) ? owner : key;
  return { role: source.role, candidateId: source.candidateId };
}

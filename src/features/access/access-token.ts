/** Access tokens: JWT by RFC 9068, HS256 only, for 15 minutes. What they allow stands in the database, not in them. */
import { errors, jwtVerify, SignJWT } from 'jose';
import type { DerivedKeys } from './secrets.ts';

/** Seconds. */
export const ACCESS_TOKEN_SECONDS = 900;
/** Seconds by which the clocks of two processes may differ. */
const CLOCK_SECONDS = 5;
/** Several times what ours have. */
const LONGEST = 1024;
const facts = { issuer: 'sono-eval', audience: 'sono-eval-api', typ: 'at+jwt' } as const;

export interface AccessClaims {
  userId: string;
  tokenVersion: number;
}

export interface AccessTokens {
  sign: (claims: AccessClaims) => Promise<string>;
  /** @returns why not, for a token that is not valid */
  verify: (token: string) => Promise<AccessClaims | 'invalid' | 'expired'>;
}

/** @param deps.keys the first one signs, all verify */
export function createAccessTokens(deps: {
  keys: readonly [DerivedKeys, ...DerivedKeys[]];
  now: () => Date;
  newId: () => string;
}): AccessTokens {
  const { keys, now, newId } = deps;
  const [current] = keys;
  const keyOf = ({ kid }: { kid?: string }) => {
    const known = keys.find((key) => key.kid === kid);
    if (known === undefined) throw new errors.JWKSNoMatchingKey();
    return known.accessTokens;
  };
  return {
    sign({ userId, tokenVersion }) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      return new SignJWT({ token_version: tokenVersion })
        .setProtectedHeader({ alg: 'HS256', typ: facts.typ, kid: current.kid })
        .setIssuer(facts.issuer)
        .setAudience(facts.audience)
        .setSubject(userId)
        .setJti(newId())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .sign(current.accessTokens);
    },
    async verify(token) {
      if (token.length > LONGEST) return 'invalid';
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          ...facts,
          algorithms: ['HS256'],
          requiredClaims: ['sub', 'exp', 'iat', 'token_version'],
          // Without it a token that was issued in the future would be taken.
          maxTokenAge: ACCESS_TOKEN_SECONDS,
          clockTolerance: CLOCK_SECONDS,
          currentDate: now(),
        });
        const { sub: userId, token_version: tokenVersion } = payload;
        if (typeof userId !== 'string' || typeof tokenVersion !== 'number') return 'invalid';
        return { userId, tokenVersion };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired';
        if (error instanceof errors.JOSEError) return 'invalid';
        throw error;
      }
    },
  };
}

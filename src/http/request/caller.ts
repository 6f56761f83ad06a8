import { EVERYONE } from '../../owner.ts';

/** Who asks, once that is known; what it may is the route's `access`. */
/** Each may what those before it may; a candidate sees what is stored of one person, and nothing else. */
export const roles = ['candidate', 'viewer', 'assessor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** How much a role may; each includes those of a lower rank. */
export function rankOf(role: Role): number {
  return roles.indexOf(role);
}

export interface Caller {
  /** `user_…`, `key_…` or `everyone`: letters, digits, `_` and `-`, at most 64. In logs and audits; no name of a person. */
  readonly id: string;
  /** Who is behind it: the account that a key belongs to; else `id`. Who makes itself keys has no more by that. */
  readonly account: string;
  readonly role: Role;
  /** The person that a caller of the role `candidate` is; null for everybody else. */
  readonly candidateId: string | null;
  readonly method: 'jwt' | 'api_key' | 'none';
  /** Requests that it may make, where it has numbers of its own. */
  readonly quota: { readonly perMinute: number; readonly perHour: number } | null;
}

/**
 * Whom a caller counts for where something is shared out between callers: its account, so that nobody has more by
 * making keys. One that has numbers of its own counts for itself.
 */
export function countsFor({
  id,
  account,
  quota,
}: Pick<Caller, 'id' | 'account' | 'quota'>): string {
  return quota === null ? account : id;
}

/** Of everybody where authentication is switched off, which production refuses. */
export const anonymous: Caller = Object.freeze({
  id: EVERYONE,
  account: EVERYONE,
  role: 'admin',
  candidateId: null,
  method: 'none',
  quota: null,
});

/** What a request brings to say who asks. */
export interface Credentials {
  /** `Authorization: Bearer …`, or `X-API-Key`. */
  readonly token: string;
}

/**
 * Tells who asks by what they bring.
 *
 * @throws {AppError} UNAUTHORIZED when it is not valid (any more); SERVICE_UNAVAILABLE when that cannot be told
 */
export type Identify = (credentials: Credentials, signal: AbortSignal) => Promise<Caller>;

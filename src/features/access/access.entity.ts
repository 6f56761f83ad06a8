import { defineEntity, p } from '@mikro-orm/core';

const id = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');
const ROLES = "role in ('candidate', 'viewer', 'assessor', 'admin')";
/** Exactly a candidate is one person. */
const ONE_PERSON = "(role = 'candidate') = (candidate_id is not null)";

export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  indexes: [
    {
      name: 'users_username_index',
      expression: `create unique index "users_username_index" on "users" (lower(username))`,
    },
    { properties: ['candidateId'] },
  ],
  checks: [
    { name: 'users_role_check', expression: ROLES },
    { name: 'users_candidate_id_check', expression: ONE_PERSON },
  ],
  properties: {
    /** `user_…` */
    id: id(41).primary(),
    /** As it was given; unique without regard to case. */
    username: id(100),
    /** PHC string of argon2id. */
    passwordHash: p.string().columnType('varchar(200)').fieldName('password_hash'),
    role: p.string().columnType('varchar(16)'),
    candidateId: id(100).fieldName('candidate_id').nullable(),
    /** Of the access tokens that are valid: another one, and all of them end. */
    tokenVersion: p.integer().fieldName('token_version'),
    disabled: p.boolean(),
    createdAt: p.datetime(3).fieldName('created_at'),
    updatedAt: p.datetime(3).fieldName('updated_at'),
  },
});

export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  indexes: [{ properties: ['user'] }, { properties: ['candidateId'] }],
  checks: [
    { name: 'api_keys_role_check', expression: ROLES },
    { name: 'api_keys_candidate_id_check', expression: ONE_PERSON },
    {
      name: 'api_keys_quota_check',
      expression: '(per_minute is null) = (per_hour is null)',
    },
  ],
  properties: {
    /** The twelve characters of the key. */
    id: id(12).primary(),
    /** HMAC-SHA-256 of the whole key under the pepper, base64url. */
    secretHmac: p.string().columnType('varchar(43)').fieldName('secret_hmac'),
    lastFour: p.string().columnType('varchar(4)').fieldName('last_four'),
    name: p.string().columnType('varchar(100)'),
    role: p.string().columnType('varchar(16)'),
    candidateId: id(100).fieldName('candidate_id').nullable(),
    /** Whose it is, and with whom it ends; null: nobody's. */
    user: () => p.manyToOne(UserEntity).fieldName('user_id').nullable().deleteRule('cascade'),
    /** Caller that made it. */
    createdBy: id(64).fieldName('created_by'),
    perMinute: p.integer().fieldName('per_minute').nullable(),
    perHour: p.integer().fieldName('per_hour').nullable(),
    expiresAt: p.datetime(3).fieldName('expires_at').nullable(),
    revokedAt: p.datetime(3).fieldName('revoked_at').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});

export const RefreshTokenEntity = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  indexes: [{ properties: ['family'] }, { properties: ['user'] }, { properties: ['expiresAt'] }],
  properties: {
    /** SHA-256, base64url. */
    hash: id(43).primary(),
    /** All that came of one login. */
    family: p.uuid(),
    user: () => p.manyToOne(UserEntity).fieldName('user_id').deleteRule('cascade'),
    /** Set with `rotatedAt`: the one token that this one was exchanged for. */
    successorHash: id(43).fieldName('successor_hash').nullable(),
    rotatedAt: p.datetime(3).fieldName('rotated_at').nullable(),
    /** Of the whole family. */
    expiresAt: p.datetime(3).fieldName('expires_at'),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});

/** Append-only: a trigger refuses everything else. */
export const AuditEventEntity = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  triggers: [
    {
      name: 'audit_events_append_only',
      timing: 'before',
      events: ['update', 'delete', 'truncate'],
      forEach: 'statement',
      // As it is: of what information_schema tells, TRUNCATE is not part.
      expression: `create trigger audit_events_append_only before update or delete or truncate
        on audit_events for each statement execute function audit_events_refuse()`,
    },
  ],
  properties: {
    /** UUIDv7: in the order of time. */
    id: p.uuid().primary(),
    at: p.datetime(3),
    actor: id(64),
    action: id(64),
    /** Names no person. */
    target: id(200),
    requestId: p.string().columnType('varchar(128)').fieldName('request_id'),
    traceId: p.string().columnType('varchar(32)').fieldName('trace_id'),
    details: p.json<Record<string, unknown>>(),
  },
});

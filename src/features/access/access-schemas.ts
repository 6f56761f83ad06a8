import { z } from 'zod';
import { roles } from '../../http/request/caller.ts';
import { auditActions } from './audit.ts';

const NAME = /^[A-Za-z0-9._@+-]{1,100}$/;
const LEAST = 12;
const MOST = 1024;
/** So that it fits into a form, percent-encoded. */
const MOST_BYTES = 2048;

const username = z
  .string()
  .regex(NAME, 'must be 1 to 100 letters, digits, or . _ @ + -')
  .meta({ description: 'Name to sign in with; capitals make no difference', examples: ['ada'] });

const password = z
  .string()
  .min(LEAST, `must have at least ${LEAST} characters`)
  .max(MOST, `must have at most ${MOST} characters`)
  .refine((text) => Buffer.byteLength(text) <= MOST_BYTES, `must have at most ${MOST_BYTES} bytes`)
  .meta({ description: `${LEAST} to ${MOST} characters; not the username`, format: 'password' });

const role = z
  .enum(roles)
  .meta({ id: 'Role', description: 'What a caller may do; each role includes those before it' });
const candidateId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be 1 to 100 letters, digits, underscores or hyphens')
  .describe('The person; for the role candidate, and for no other');
const shownCandidate = z.string().nullable().describe('The person; null but for a candidate');
const time = z.iso.datetime();

export const tokenForm = z
  .strictObject({
    grant_type: z.literal('password').optional().describe('The only grant of this service'),
    // Bounded and nothing else: what is wrong with a guess is nobody's to learn.
    username: z.string().min(1).max(100).describe('Of the account'),
    password: z
      .string()
      .min(1)
      .max(MOST)
      .meta({ description: 'Of the account', format: 'password' }),
  })
  .meta({ id: 'TokenRequest', description: 'A resource owner password credentials grant.' });

export const refreshBody = z
  .strictObject({ refresh_token: z.string().min(1).max(200).describe('The newest one') })
  .meta({ id: 'RefreshToken', description: 'A refresh token.' });

export const tokenSchema = z
  .object({
    access_token: z.string().describe('For `Authorization: Bearer`'),
    token_type: z.literal('Bearer').describe('How it is sent'),
    expires_in: z.int().describe('Seconds for which the access token is valid'),
    refresh_token: z.string().describe('Exchanged once for the next pair, within 30 days'),
  })
  .meta({ id: 'TokenPair', description: 'An access token, and what renews it.' });

const rateLimit = z
  .strictObject({
    per_minute: z.int().min(1).max(10_000_000).describe('Requests in any minute'),
    per_hour: z.int().min(1).max(100_000_000).describe('Requests in any hour'),
  })
  .meta({ id: 'RateLimit', description: 'Limits of its own.' });
const shownLimit = rateLimit.nullable().describe('Null: the limits of everybody');

export const meSchema = z
  .object({
    id: z.string().describe('`user_…`, `key_…` or `anonymous`, as in logs and in the audit log'),
    role,
    candidate_id: shownCandidate,
    method: z.enum(['jwt', 'api_key', 'none']).describe('How it was told who asks'),
    rate_limit: shownLimit,
  })
  .meta({ id: 'Caller', description: 'Who asks.' });

export const userParams = z.object({
  id: z
    .string()
    .regex(/^user_[0-9a-f-]{36}$/)
    .describe('Of the account'),
});

export const newUser = z
  .strictObject({ username, password, role, candidate_id: candidateId.optional() })
  .meta({ id: 'NewUser', description: 'An account to create.' });

export const userChange = z
  .strictObject({
    role: role.optional(),
    password: password.optional(),
    disabled: z.boolean().optional().describe('A disabled account and its keys are refused'),
    candidate_id: candidateId.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must have at least one member')
  .meta({ id: 'UserChange', description: 'What is to be different.' });

export const userSchema = z
  .object({
    user_id: z.string().describe('Identity of the account'),
    username: z.string().describe('Name to sign in with'),
    role,
    candidate_id: shownCandidate,
    disabled: z.boolean().describe('Whether it is refused'),
    created_at: time.describe('When it was created'),
    updated_at: time.describe('When it was changed last'),
  })
  .meta({ id: 'User', description: 'An account.' });

export const apiKeyParams = z.object({
  id: z
    .string()
    .regex(/^[0-9A-Za-z]{12}$/)
    .describe('Of the key: its twelve characters'),
});

export const newApiKey = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
      .describe('What it is for'),
    role: role.optional().describe('Default: that of the caller; never above it'),
    expires_in_days: z.int().min(1).max(365).default(90).describe('Days for which it is valid'),
    rate_limit: rateLimit
      .optional()
      .describe(
        'Limits of its own; administrators only. Without them a key counts for the account that it belongs to',
      ),
    candidate_id: candidateId.optional().describe('Administrators only, for the role candidate'),
  })
  .meta({ id: 'NewApiKey', description: 'An API key to create.' });

export const apiKeySchema = z
  .object({
    key_id: z.string().describe('Identity of the key: its twelve characters'),
    last_four: z.string().describe('Its last four characters'),
    name: z.string().describe('What it is for'),
    role,
    candidate_id: shownCandidate,
    user_id: z.string().nullable().describe('Account that it ends with; null: none'),
    created_by: z.string().describe('Caller that created it'),
    rate_limit: shownLimit,
    expires_at: time.nullable().describe('From when it is refused; null: never'),
    revoked_at: time.nullable().describe('When it was revoked; null: it was not'),
    created_at: time.describe('When it was created'),
  })
  .meta({ id: 'ApiKey', description: 'An API key, without its secret.' });

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe('The key, shown this once') })
  .meta({ id: 'CreatedApiKey', description: 'An API key with its secret.' });

export const auditEventSchema = z
  .object({
    event_id: z.string().describe('Identity of the entry'),
    at: time.describe('When it happened'),
    actor: z.string().describe('Caller; `start` for the service itself'),
    action: z.enum(auditActions).describe('What was done'),
    target: z.string().describe('To whom or what: an id, or the handle of a candidate'),
    request_id: z.string().describe('Of the request'),
    trace_id: z.string().describe('Of the request, 32 hexadecimal digits'),
    details: z.record(z.string(), z.unknown()).describe('What was different then'),
  })
  .meta({ id: 'AuditEvent', description: 'An entry of the audit log.' });

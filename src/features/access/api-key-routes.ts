import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import { rankOf, type Caller } from '../../http/request/caller.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once, Write } from '../../http/idempotency.ts';
import type { Handles } from '../../http/request/handles.ts';
import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { apiKeyParams, apiKeySchema, createdApiKeySchema, newApiKey } from './access-schemas.ts';
import {
  countActiveKeys,
  insertApiKey,
  listApiKeys,
  revokeApiKey,
  type Holder,
} from './api-key-store.ts';
import { createApiKey, hmacOf, type RandomBytes } from './api-key.ts';
import { personIn, type Audit } from './audit.ts';
import type { Rights } from './rights.ts';
import type { DerivedKeys } from './secrets.ts';
import { lockAccount } from './user-store.ts';
import { candidateOf } from './user-rules.ts';

const tag: RouteTag = { name: 'API keys', description: 'What programs identify themselves with.' };
/** Of an account that is no administrator. */
const MOST_KEYS = 5;
const DAY_MS = 86_400_000;

type Wish = z.output<typeof newApiKey>;

/** Who asks for a key. */
interface Asking extends Holder {
  /** Milliseconds since 1970, of the key that it asks with; null: none, or it never ends. */
  expiresAt: number | null;
}

export function apiKeyRoutes(deps: {
  keys: readonly [DerivedKeys, ...DerivedKeys[]];
  rights: Rights;
  audit: Audit;
  handles: Handles;
  once: Once;
  now: () => Date;
  randomBytes: RandomBytes;
}): Route[] {
  const { keys, rights, audit, handles, now } = deps;
  const facts = { tag, access: 'candidate', reply: 'json' } as const;

  const holderOf = async (caller: Caller, signal: AbortSignal): Promise<Asking> => {
    const isAdmin = caller.role === 'admin';
    if (caller.method !== 'api_key') {
      const userId = caller.method === 'jwt' ? caller.id : null;
      return { isAdmin, userId, keyId: null, expiresAt: null };
    }
    const keyId = caller.id.replace(/^key_/, '');
    const key = await rights.key(keyId, signal);
    const expiresAt = key?.expiresAt ?? null;
    return { isAdmin, userId: key?.userId ?? null, keyId, expiresAt };
  };

  return [
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/api-keys',
      operationId: 'createApiKey',
      summary: 'Create an API key',
      description:
        'The key is shown this once. It belongs to the account that asks, and ends with it; one made with a key that is no administrator’s lasts no longer than that. With an Idempotency-Key the answer is kept encrypted.',
      body: {
        json: newApiKey,
        examples: { pipeline: { summary: 'For a pipeline', value: { name: 'nightly build' } } },
      },
      responses: { 201: { description: 'The key', schema: createdApiKeySchema } },
      behaviours: [idempotent],
      errors: ['FORBIDDEN'],
      async handle({ body, ctx }) {
        const { caller, signal } = ctx.state;
        const { role, candidateId, quota } = granted(caller, body);
        const holder = await holderOf(caller, signal);
        if (!holder.isAdmin && holder.userId === null) {
          throw forbidden('A key that belongs to no account makes no others.');
        }
        const { userId } = holder;
        const at = now();
        const create = async (write: Write) => {
          const key = createApiKey(deps.randomBytes);
          try {
            return await write(async (tx) => {
              // The person before the account, as by who erases it.
              if (candidateId !== null) await ensureCandidate(tx, candidateId, at);
              if (!holder.isAdmin && userId !== null) {
                // Two requests at a time must not both be the last one.
                await lockAccount(tx, userId);
                if ((await countActiveKeys(tx, userId, at)) >= MOST_KEYS) throw tooMany();
              }
              const stored = await insertApiKey(tx, {
                id: key.id,
                secretHmac: hmacOf(key, keys[0]),
                lastFour: key.text.slice(-4),
                name: body.name,
                role,
                candidateId,
                userId,
                createdBy: caller.id,
                quota,
                expiresAt: endOf(at, body, holder),
                at,
              });
              const { expires_at } = stored;
              const person = personIn(handles, candidateId);
              const details = { role, user: userId, expires_at, ...person };
              await audit(tx, ctx.state, {
                action: 'api_key.created',
                target: `key_${key.id}`,
                details,
              });
              const headers = { 'Cache-Control': 'no-store' };
              return { status: 201, body: { ...stored, key: key.text }, headers };
            });
          } finally {
            await rights.changed({ keys: [key.id] });
          }
        };
        return deps.once(ctx, candidateId, create, { secret: true });
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/api-keys',
      operationId: 'listApiKeys',
      summary: 'List API keys',
      description: 'Those of the own account; administrators see all. None with its secret.',
      body: 'none',
      query: pageQuery,
      responses: { 200: { description: 'A page', schema: pageSchema(apiKeySchema, 'ApiKeyPage') } },
      async handle({ query, ctx }) {
        const holder = await holderOf(ctx.state.caller, ctx.state.signal);
        return { status: 200, body: await listApiKeys(ctx.state.em, holder, query) };
      },
    }),
    route({
      ...facts,
      method: 'delete',
      path: '/api/v1/api-keys/:id',
      operationId: 'revokeApiKey',
      summary: 'Revoke an API key',
      description: 'It is refused from now on, and stays in the list.',
      body: 'none',
      params: apiKeyParams,
      responses: { 204: { description: 'Revoked' } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id }, ctx }) {
        const holder = await holderOf(ctx.state.caller, ctx.state.signal);
        try {
          await inTransaction(ctx.state.em, async (tx) => {
            if (!(await revokeApiKey(tx, holder, { id, at: now() }))) return;
            await audit(tx, ctx.state, { action: 'api_key.revoked', target: `key_${id}` });
          });
          return { status: 204 };
        } finally {
          await rights.changed({ keys: [id] });
        }
      },
    }),
  ];
}

/** @throws {AppError} FORBIDDEN for more than the caller has */
function granted(caller: Caller, wish: Wish) {
  const isAdmin = caller.role === 'admin';
  const role = wish.role ?? caller.role;
  if (!isAdmin && (wish.rate_limit !== undefined || wish.candidate_id !== undefined)) {
    throw forbidden('Only an administrator gives a key limits of its own, or a person.');
  }
  if (rankOf(role) > rankOf(caller.role)) {
    throw forbidden('A key has at most the role of who makes it.');
  }
  if (!isAdmin && role === 'candidate' && caller.role !== 'candidate') {
    throw forbidden('Only an administrator makes keys of a candidate.');
  }
  const quota = wish.rate_limit && {
    perMinute: wish.rate_limit.per_minute,
    perHour: wish.rate_limit.per_hour,
  };
  const candidateId = candidateOf(role, wish.candidate_id, caller.candidateId);
  return { role, candidateId, quota: quota ?? null };
}

function endOf(at: Date, { expires_in_days }: Wish, { isAdmin, expiresAt }: Asking): Date {
  const end = at.getTime() + expires_in_days * DAY_MS;
  return new Date(isAdmin ? end : Math.min(end, expiresAt ?? end));
}

function forbidden(detail: string): AppError {
  return new AppError('FORBIDDEN', detail);
}

function tooMany(): AppError {
  return new AppError('CONFLICT', `An account has at most ${MOST_KEYS} active keys.`, {
    help: { suggestion: 'Revoke one that is not used any more.' },
  });
}

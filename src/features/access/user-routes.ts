import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once, Write } from '../../http/idempotency.ts';
import { eraseKeptAnswersOf } from '../../http/kept-answers.ts';
import type { Handles } from '../../http/request/handles.ts';
import { location, route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { newUser, userChange, userParams, userSchema } from './access-schemas.ts';
import { personIn, type Audit } from './audit.ts';
import type { Passwords } from './passwords.ts';
import { endFamilies } from './refresh-token.ts';
import type { Rights } from './rights.ts';
import { candidateOf, refuseUsername } from './user-rules.ts';
import {
  deleteUser,
  found,
  getUser,
  insertUser,
  listUsers,
  lockAccount,
  lockAdmins,
  presentUser,
  updateUser,
  type Account,
} from './user-store.ts';

const locationOf = (id: string) => `/api/v1/users/${id}`;

const tag: RouteTag = { name: 'Accounts', description: 'Who may sign in, and as what.' };

export function userRoutes(deps: {
  passwords: Passwords;
  rights: Rights;
  audit: Audit;
  handles: Handles;
  once: Once;
  now: () => Date;
  /** UUIDv7. */
  newId: () => string;
}): Route[] {
  const { passwords, rights, audit, handles, now, newId } = deps;
  const facts = { tag, access: 'admin', reply: 'json' } as const;

  return [
    route({
      ...facts,
      method: 'post',
      path: '/api/v1/users',
      operationId: 'createUser',
      summary: 'Create an account',
      description: 'For the role candidate with the person whose assessments it may see.',
      body: {
        json: newUser,
        examples: {
          assessor: {
            summary: 'Somebody who assesses',
            value: { username: 'grace', password: 'correct horse battery', role: 'assessor' },
          },
        },
      },
      responses: {
        201: {
          description: 'The account',
          schema: userSchema,
          headers: location('/api/v1/users/user_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00'),
        },
      },
      behaviours: [idempotent],
      errors: ['DUPLICATE_RESOURCE'],
      async handle({ body, ctx }) {
        const { username, password, role } = body;
        const candidateId = candidateOf(role, body.candidate_id, null);
        refuseUsername(password, username);
        // The body holds a password.
        const options = { secret: true };
        const create = async (write: Write) => {
          const passwordHash = await passwords.hash(password, ctx.state.signal);
          const id = `user_${newId()}`;
          try {
            return await write(async (tx) => {
              if (candidateId !== null) await ensureCandidate(tx, candidateId, now());
              const user = { id, username, passwordHash, role, candidateId, at: now() };
              const stored = await insertUser(tx, user);
              const details = { role, ...personIn(handles, candidateId) };
              await audit(tx, ctx.state, { action: 'user.created', target: id, details });
              const headers = { Location: locationOf(id) };
              return { status: 201, body: presentUser(stored), headers };
            });
          } finally {
            await rights.changed({ users: [id] });
          }
        };
        return deps.once(ctx, candidateId, create, options);
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/users',
      operationId: 'listUsers',
      summary: 'List accounts, oldest first',
      description: 'Page by page; `next_cursor` of one page is `cursor` of the next.',
      body: 'none',
      query: pageQuery,
      responses: { 200: { description: 'A page', schema: pageSchema(userSchema, 'UserPage') } },
      async handle({ query, ctx }) {
        return { status: 200, body: await listUsers(ctx.state.em, query) };
      },
    }),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/users/:id',
      operationId: 'getUser',
      summary: 'Get an account',
      description: 'Without its password, which nobody can read.',
      body: 'none',
      params: userParams,
      responses: { 200: { description: 'The account', schema: userSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        return { status: 200, body: presentUser(await getUser(ctx.state.em, params.id)) };
      },
    }),
    route({
      ...facts,
      method: 'patch',
      path: '/api/v1/users/:id',
      operationId: 'changeUser',
      summary: 'Change role, password or person of an account, or disable it',
      description:
        'At once: its access tokens end. With another password or when it is disabled its logins end, too. The last enabled administrator keeps its role.',
      body: {
        json: userChange,
        examples: { role: { summary: 'Another role', value: { role: 'viewer' } } },
      },
      params: userParams,
      responses: { 200: { description: 'The account', schema: userSchema } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { id }, body, ctx }) {
        const { em, signal } = ctx.state;
        if (body.password !== undefined) {
          refuseUsername(body.password, (await getUser(em, id)).username);
        }
        // Outside of the transaction, which must not wait for it.
        const passwordHash =
          body.password === undefined ? undefined : await passwords.hash(body.password, signal);
        try {
          const user = await inTransaction(em, async (tx) => {
            // The person before the account, as by who erases it.
            if (body.candidate_id !== undefined)
              await ensureCandidate(tx, body.candidate_id, now());
            const before = await lockForChange(tx, id, (account) => {
              const { role, disabled } = { ...account, ...defined(body) };
              return role === 'admin' && !disabled;
            });
            const { role, disabled } = { ...before, ...defined(body) };
            const candidateId = candidateOf(role, body.candidate_id, before.candidate_id);
            const change = { role, candidateId, disabled, passwordHash, at: now() };
            const changed = await updateUser(tx, id, change);
            if (disabled || passwordHash !== undefined) await endFamilies(tx, { userId: id });
            const details = {
              changed: Object.keys(body),
              role,
              disabled,
              ...personIn(handles, candidateId),
            };
            await audit(tx, ctx.state, { action: 'user.changed', target: id, details });
            return changed;
          });
          return { status: 200, body: presentUser(user) };
        } finally {
          await rights.changed({ users: [id] });
        }
      },
    }),
    route({
      ...facts,
      method: 'delete',
      path: '/api/v1/users/:id',
      operationId: 'deleteUser',
      summary: 'Delete an account',
      description: 'With its keys and logins. The last enabled administrator cannot be deleted.',
      body: 'none',
      params: userParams,
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND', 'CONFLICT'],
      async handle({ params: { id }, ctx }) {
        try {
          await inTransaction(ctx.state.em, async (tx) => {
            const { role } = await lockForChange(tx, id, () => false);
            await deleteUser(tx, id);
            await eraseKeptAnswersOf(tx, locationOf(id));
            await audit(tx, ctx.state, { action: 'user.deleted', target: id, details: { role } });
          });
          return { status: 204 };
        } finally {
          await rights.changed({ users: [id] });
        }
      },
    }),
  ];
}

/** @throws {AppError} NOT_FOUND; CONFLICT where no enabled administrator would be left */
async function lockForChange(
  tx: Transaction,
  id: string,
  staysAdmin: (account: Account) => boolean,
): Promise<Account> {
  const admins = await lockAdmins(tx);
  const account = found(await lockAccount(tx, id));
  if (admins.length === 1 && admins[0] === id && !staysAdmin(account)) {
    throw new AppError('CONFLICT', 'This is the last enabled administrator.', {
      help: { suggestion: 'Make another administrator first.' },
    });
  }
  return account;
}

function defined({ role, disabled }: z.output<typeof userChange>) {
  return {
    ...(role === undefined ? {} : { role }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

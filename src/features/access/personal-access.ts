/** Accounts and keys of the role `candidate`, as what is stored of a person. No secret is in an export. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { PersonalData } from '../../storage/personal-data.ts';
import { ApiKeyEntity, UserEntity } from './access.entity.ts';
import { RIGHTS_TAG } from './rights.ts';

const at = z.iso.datetime();

interface AccountRow {
  id: string;
  username: string;
  created_at: string | Date;
  disabled: boolean;
}

/** Its refresh tokens and keys go with an account. */
const accounts: PersonalData = {
  kind: 'users',
  tables: ['users', 'refresh_tokens'],
  copies: () => Promise.resolve({ tags: [RIGHTS_TAG] }),
  schema: z
    .object({
      user_id: z.string().describe('Identity of the account'),
      username: z.string().describe('With which the person logs in'),
      disabled: z.boolean().describe('Whether it lets nobody in'),
      created_at: at.describe('When it was made'),
    })
    .meta({ id: 'StoredAccount', description: 'An account of a person.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<AccountRow[]>(
      `select id, username, created_at, disabled from users
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const { id, username, disabled } = row;
    const createdAt = new Date(row.created_at).toISOString();
    return {
      key: id,
      text: JSON.stringify({ user_id: id, username, disabled, created_at: createdAt }),
    };
  },
  erase: (tx, candidateId) => tx.nativeDelete(UserEntity, { candidateId }),
};

interface KeyRow {
  id: string;
  name: string;
  created_at: string | Date;
}

/** Before the accounts, with which those of accounts go uncounted. */
const apiKeys: PersonalData = {
  kind: 'api_keys',
  tables: ['api_keys'],
  copies: () => Promise.resolve({ tags: [RIGHTS_TAG] }),
  schema: z
    .object({
      key_id: z.string().describe('Identity of the key'),
      name: z.string().describe('As whoever made it called it'),
      created_at: at.describe('When it was made'),
    })
    .meta({ id: 'StoredApiKey', description: 'An API key of a person.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<KeyRow[]>(
      `select id, name, created_at from api_keys
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const { id, name } = row;
    const createdAt = new Date(row.created_at).toISOString();
    return { key: id, text: JSON.stringify({ key_id: id, name, created_at: createdAt }) };
  },
  erase: (tx, candidateId) => tx.nativeDelete(ApiKeyEntity, { candidateId }),
};

export const personalAccess: readonly PersonalData[] = [apiKeys, accounts];

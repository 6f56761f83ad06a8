/** The key of the first administrator outside production: in a file, from which copied commands read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { prepareDataDir } from '../../storage/embedded-postgres/data-dir.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { createApiKey, hmacOf, parseApiKey, type ApiKey, type RandomBytes } from './api-key.ts';
import type { Audit, AuditedBy } from './audit.ts';
import { writeOnce } from './kept-file.ts';
import type { DerivedKeys } from './secrets.ts';

export const ADMIN_KEY_FILE = 'admin.key';

/** What was done before there was a request. */
const start: AuditedBy = { caller: { id: 'start' }, requestId: '', trace: { traceId: '' } };

export interface AdminKey {
  path: string;
  text: string;
  /** It was made now. */
  isNew: boolean;
}

/**
 * Makes the key on the first start, and registers it with a database that does not know it (another one, or one
 * whose SECRET_KEY was changed). One that was revoked stays so.
 *
 * @throws {Error} with a sentence for the operator when the file holds something else
 */
export async function ensureAdminKey(deps: {
  dataDir: string;
  em: SqlEntityManager;
  keys: readonly [DerivedKeys, ...DerivedKeys[]];
  audit: Audit;
  now: Date;
  randomBytes: RandomBytes;
}): Promise<AdminKey> {
  const { dataDir, em, keys, audit, now } = deps;
  const path = join(prepareDataDir(dataDir, undefined), ADMIN_KEY_FILE);
  const made = createApiKey(deps.randomBytes);
  const isNew = writeOnce(path, `${made.text}\n`);
  const key = isNew ? made : readKey(path);
  const secretHmac = hmacOf(key, keys[0]);
  await inTransaction(em, async (tx) => {
    const rows = await tx.execute<unknown[]>(
      `insert into api_keys as known (id, secret_hmac, last_four, name, role, created_by, created_at)
       values (?, ?, ?, ?, 'admin', ?, ?)
       on conflict (id) do update set secret_hmac = excluded.secret_hmac
         where known.secret_hmac <> excluded.secret_hmac
       returning id`,
      [key.id, secretHmac, key.text.slice(-4), ADMIN_KEY_FILE, start.caller.id, now],
    );
    if (rows.length === 0) return;
    const details = { role: 'admin' };
    await audit(tx, start, { action: 'api_key.created', target: `key_${key.id}`, details });
  });
  return { path, text: key.text, isNew };
}

function readKey(path: string): ApiKey {
  const key = parseApiKey(readFileSync(path, 'utf8').trim());
  if (key !== null) return key;
  throw new Error(`${path} holds no API key: remove it, and the next start makes one.`);
}

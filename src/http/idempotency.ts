/**
 * `Idempotency-Key`: the same key and body within 24 h give the first answer again, byte for byte;
 * another body is 422; while the first runs, 409.
 *
 * Guarantees: the answer is stored in the transaction that stores the work, so a crash leaves both or
 * neither; a request that failed leaves nothing, and the key may be used again; a request whose
 * process died is taken over by the next one with the same key when its lease ends.
 */
import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import type { Reply } from './route.ts';

const LIFETIME_HOURS = 24;
/** Expired keys that one request clears away. */
const SWEEP = 20;

/** Stores the answer; call it inside the transaction that stores the work. */
export type RecordReply = (
  tx: SqlEntityManager,
  reply: Reply,
  candidateId: string,
) => Promise<void>;

/** Runs `work` once for each key of the client; without a key it simply runs. */
export type Once = (
  ctx: RequestContext,
  work: (record: RecordReply) => Promise<Reply>,
) => Promise<Reply>;

interface StoredKey {
  request_sha256: string;
  status: number | null;
  headers: Record<string, string> | null;
  response: string | null;
}

/**
 * @param deps.leaseMs longer than a request may take
 * @param deps.em an entity manager that outlives the request's signal
 */
export function createOnce(deps: { em: () => SqlEntityManager; leaseMs: number }): Once {
  return async function once(ctx, work) {
    const key = ctx.get('Idempotency-Key');
    if (key === '') return work(() => Promise.resolve());
    const id = keyId(ctx, key);
    const requestSha256 = sha256(JSON.stringify(ctx.state.body));
    if (!(await claim(ctx.state.em, id, requestSha256, deps.leaseMs))) {
      return replay(await find(ctx.state.em, id), requestSha256);
    }
    try {
      return await work((tx, reply, candidateId) => complete(tx, id, reply, candidateId));
    } catch (error) {
      await release(deps.em(), id);
      throw error;
    }
  };
}

function keyId(ctx: RequestContext, key: string): string {
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new AppError(
      'BAD_REQUEST',
      'Idempotency-Key must be 1 to 255 printable ASCII characters.',
    );
  }
  return sha256(`${ctx.method} ${ctx.path}\n${key}`);
}

async function claim(
  em: SqlEntityManager,
  id: string,
  requestSha256: string,
  leaseMs: number,
): Promise<boolean> {
  await em.execute(
    `delete from idempotency_keys where id in
       (select id from idempotency_keys where expires_at < now() limit ${SWEEP} for update skip locked)`,
  );
  const rows = await em.execute<{ id: string }[]>(
    `insert into idempotency_keys (id, request_sha256, locked_until, expires_at)
     values (?, ?, now() + ? * interval '1 millisecond', now() + interval '${LIFETIME_HOURS} hours')
     on conflict (id) do update set locked_until = excluded.locked_until, expires_at = excluded.expires_at
       where idempotency_keys.status is null and idempotency_keys.locked_until < now()
         and idempotency_keys.request_sha256 = excluded.request_sha256
     returning id`,
    [id, requestSha256, leaseMs],
  );
  return rows.length === 1;
}

async function find(em: SqlEntityManager, id: string): Promise<StoredKey | undefined> {
  const [row] = await em.execute<StoredKey[]>(
    'select request_sha256, status, headers, response from idempotency_keys where id = ?',
    [id],
  );
  return row;
}

function replay(stored: StoredKey | undefined, requestSha256: string): Reply {
  if (stored !== undefined && stored.request_sha256 !== requestSha256) {
    throw new AppError(
      'VALIDATION_ERROR',
      'This Idempotency-Key was used with another request body.',
    );
  }
  if (stored === undefined || stored.status === null) {
    throw new AppError('CONFLICT', 'A request with this Idempotency-Key is being processed.', {
      retryAfter: 1,
    });
  }
  return {
    status: stored.status,
    body: stored.response ?? '',
    headers: { ...stored.headers, 'Idempotency-Replayed': 'true' },
  };
}

async function complete(
  tx: SqlEntityManager,
  id: string,
  reply: Reply,
  candidateId: string,
): Promise<void> {
  const headers = { ...reply.headers, 'Content-Type': 'application/json; charset=utf-8' };
  await tx.execute(
    'update idempotency_keys set status = ?, headers = ?::jsonb, response = ?, candidate_id = ? where id = ?',
    [reply.status, JSON.stringify(headers), JSON.stringify(reply.body), candidateId, id],
  );
}

async function release(em: SqlEntityManager, id: string): Promise<void> {
  // When this fails too, the lease ends by itself.
  await em
    .execute('delete from idempotency_keys where id = ? and status is null', [id])
    .catch(() => undefined);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * `Idempotency-Key`: the same key and body within 24 h give the first answer again, byte for byte;
 * another body is 422; while the first runs, 409.
 *
 * Guarantees: the answer is stored in the transaction that stores the work, so a crash leaves both or
 * neither; a request that failed, or whose creation was deleted since, leaves nothing, and the key may
 * be used again; a request whose process died is taken over by the next one with the same key.
 *
 * A claim says by which process. Whether that one lives is told by its advisory lock, which its session
 * holds (see `storage/postgres/session.ts`); where the server has not noticed the end of the session (a
 * host without power, a cut network), the lease ends the claim. A lost database may keep a key claimed
 * whose request is over: its own process does not wait for the lease of what it does not run.
 * Nothing happens twice by either: the work of a request whose claim was taken over meanwhile is not
 * stored, and what may still be stored has its row locked.
 */
import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../errors.ts';
import { lockKeyOf } from '../storage/postgres/session.ts';
import { inTransaction, type Transaction } from '../storage/postgres/transaction.ts';
import { EVERYONE } from '../owner.ts';
import type { RequestContext } from './request/context.ts';
import type { Reply } from './routing/route.ts';
import type { Seal } from './sealed.ts';

const LIFETIME_HOURS = 24;
/** Expired keys that one request clears away. */
const SWEEP = 20;
/** So long a process that has lost its session, and lives, has for another one. */
const GRACE_SECONDS = 2;

/** The one transaction of a request that writes; the answer that `work` gives is kept in it, too. */
export type Write = (work: (tx: Transaction) => Promise<Reply>) => Promise<Reply>;

/**
 * Handles a request once for each key of the client; without a key it simply handles it.
 *
 * Its route is `idempotent`, which refuses malformed keys.
 *
 * @param candidateId whom the answer is about: it is erased with the person. Null: nobody
 * @param options.secret request or answer hold one: neither is kept in clear, nor a hash that can be guessed from
 */
export type Once = (
  ctx: RequestContext,
  candidateId: string | null,
  handle: (write: Write) => Promise<Reply>,
  options?: { secret: boolean },
) => Promise<Reply>;

interface StoredKey {
  request_sha256: string;
  status: number | null;
  headers: Record<string, string> | null;
  response: string | null;
}

/**
 * @param deps.leaseMs longer than a request may take
 * @param deps.holder of the process's session
 * @param deps.em an entity manager that outlives the request's signal
 */
export function createOnce(deps: {
  em: () => SqlEntityManager;
  holder: string;
  leaseMs: number;
  seal: Seal;
}): Once {
  const { leaseMs, holder, seal } = deps;
  const opened = (reply: Reply, id: string): Reply => {
    const body = seal.open(String(reply.body), id);
    // The digest of its request was made with a key that is there.
    if (body === null) throw new Error('A kept answer does not open with the key of its request.');
    return { ...reply, body };
  };
  const running = new Set<string>();
  return async function once(ctx, candidateId, handle, { secret } = { secret: false }) {
    const key = ctx.get('Idempotency-Key');
    if (key === '') return handle((work) => inTransaction(ctx.state.em, work));
    const id = keyId(ctx, key);
    const owner = ctx.state.caller.id;
    const write: Write = (work) =>
      inTransaction(ctx.state.em, async (tx) => {
        const reply = await work(tx);
        const text = secret ? seal.seal(bodyText(reply), id) : bodyText(reply);
        await complete(tx, { id, holder, candidateId }, { ...reply, body: text });
        return reply;
      });
    const request = fingerprint(ctx.state);
    const digests = secret ? seal.digests(request) : ([sha256(request)] as const);
    const again = async () => {
      const reply = replay(await find(ctx.state.em, id, owner), digests);
      return secret ? opened(reply, id) : reply;
    };
    if (running.has(id)) return again();
    running.add(id);
    try {
      await sweep(deps.em());
      ctx.state.signal.throwIfAborted();
      // Not cancelled with the request: then nobody would know whether it is claimed.
      if (!(await claim(deps.em(), { id, owner, requestSha256: digests[0], holder, leaseMs }))) {
        return await again();
      }
      try {
        ctx.state.signal.throwIfAborted();
        return await handle(write);
      } catch (error) {
        await release(deps.em(), id, holder);
        throw error;
      }
    } finally {
      running.delete(id);
    }
  };
}

/** Equal keys of two callers are two; whose it is, is compared as well when it is read. */
function keyId({ method, path, state }: RequestContext, key: string): string {
  const { id } = state.caller;
  return sha256(`${id === EVERYONE ? '' : `${id} `}${method} ${path}\n${key}`);
}

interface Claim {
  id: string;
  /** The caller. */
  owner: string;
  requestSha256: string;
  /** The process that runs the request; stands where the answer will. */
  holder: string;
  leaseMs: number;
}

/** Deletes some of the keys that have expired: each request clears away a little. */
async function sweep(em: SqlEntityManager): Promise<void> {
  await em.execute(
    `delete from idempotency_keys where id in
       (select id from idempotency_keys where expires_at < now() limit ${SWEEP} for update skip locked)`,
  );
}

async function claim(em: SqlEntityManager, claimed: Claim): Promise<boolean> {
  const { id, owner, requestSha256, holder, leaseMs } = claimed;
  const rows = await em.execute<{ id: string }[]>(
    `insert into idempotency_keys as kept (id, owner, request_sha256, response, locked_until, expires_at)
     values (?, ?, ?, ?, now() + ? * interval '1 millisecond', now() + interval '${LIFETIME_HOURS} hours')
     on conflict (id) do update set
         request_sha256 = excluded.request_sha256, response = excluded.response,
         locked_until = excluded.locked_until, expires_at = excluded.expires_at
       where kept.owner = excluded.owner and kept.status is null and (kept.response = excluded.response
         or kept.request_sha256 = excluded.request_sha256 and (kept.locked_until < now()
           or kept.response like 'process %'
             and kept.expires_at < excluded.expires_at - interval '${GRACE_SECONDS} seconds'
             and pg_try_advisory_xact_lock(${lockKeyOf('kept.response')})))
     returning id`,
    [id, owner, requestSha256, holder, leaseMs],
  );
  return rows.length === 1;
}

async function find(
  em: SqlEntityManager,
  id: string,
  owner: string,
): Promise<StoredKey | undefined> {
  const [row] = await em.execute<StoredKey[]>(
    'select request_sha256, status, headers, response from idempotency_keys where id = ? and owner = ?',
    [id, owner],
  );
  return row;
}

function replay(stored: StoredKey | undefined, digests: readonly string[]): Reply {
  if (stored !== undefined && !digests.includes(stored.request_sha256)) {
    throw new AppError(
      'VALIDATION_ERROR',
      'This Idempotency-Key was used with another request body.',
    );
  }
  if (stored === undefined || stored.status === null) {
    throw beingProcessed();
  }
  return {
    status: stored.status,
    body: stored.response ?? '',
    headers: { ...stored.headers, 'Idempotency-Replayed': 'true' },
  };
}

/** @throws {AppError} CONFLICT when another process has taken over what this one seemed to have left */
async function complete(
  tx: Transaction,
  claimed: Pick<Claim, 'id' | 'holder'> & { candidateId: string | null },
  reply: Reply,
): Promise<void> {
  const { id, holder, candidateId } = claimed;
  const headers = { ...reply.headers, 'Content-Type': 'application/json; charset=utf-8' };
  const rows = await tx.execute<unknown[]>(
    `update idempotency_keys set status = ?, headers = ?::jsonb, response = ?, candidate_id = ?
     where id = ? and status is null and response = ? returning id`,
    [reply.status, JSON.stringify(headers), bodyText(reply), candidateId, id, holder],
  );
  if (rows.length === 0) throw beingProcessed();
}

function beingProcessed(): AppError {
  return new AppError('CONFLICT', 'A request with this Idempotency-Key is being processed.', {
    retryAfter: 1,
  });
}

async function release(em: SqlEntityManager, id: string, holder: string): Promise<void> {
  // When this fails too, the lease ends by itself.
  await em
    .execute('delete from idempotency_keys where id = ? and status is null and response = ?', [
      id,
      holder,
    ])
    .catch(() => undefined);
}

/** A string is JSON text already. */
function bodyText({ body }: Reply): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** What makes a request another one: its JSON, and where a number lost digits in reading, its text. */
function fingerprint({ body, json }: Pick<RequestContext['state'], 'body' | 'json'>): string {
  if (body === undefined) return '';
  return json === null || json.exact ? JSON.stringify(body) : json.text;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

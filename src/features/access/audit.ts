/**
 * The audit log: what changed somebody's rights, erased something or tells others of what happens here, written in the transaction that did it. It
 * names no person: an account by its id, a candidate by its handle.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import { operatorActions } from '../../http/request/operator-action.ts';
import type { Handles } from '../../http/request/handles.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';

export const auditActions = [
  'user.created',
  'user.changed',
  'user.deleted',
  'api_key.created',
  'api_key.revoked',
  'refresh_token.reused',
  'candidate.erased',
  'assessment.erased',
  'memory.erased',
  'appeal.decided',
  'rubric.published',
  'rubric.deleted',
  'challenge.reassessed',
  'job.retried',
  'webhook.created',
  'webhook.changed',
  'webhook.secret_rotated',
  'webhook.deleted',
  'webhook.resent',
  ...operatorActions,
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who did it, in which request: `ctx.state`. */
export interface AuditedBy {
  readonly caller: { readonly id: string };
  readonly requestId: string;
  readonly trace: { readonly traceId: string };
}

export interface AuditedWhat {
  action: AuditAction;
  /** An id or a handle: at most 200 letters, digits and punctuation. */
  target: string;
  /** Words and numbers; no personal data. */
  details?: Record<string, unknown>;
}

/** Whom an account or a key is for, by the handle; empty where it is for nobody in particular. */
export function personIn(handles: Handles, candidateId: string | null): { candidate?: string } {
  return candidateId === null ? {} : { candidate: handles.of('candidate', candidateId) };
}

export type Audit = (tx: Transaction, by: AuditedBy, what: AuditedWhat) => Promise<void>;

export function createAudit(deps: {
  now: () => Date;
  /** UUIDv7, for they are listed in its order. */
  newId: () => string;
  recorded: (action: AuditAction) => void;
}): Audit {
  return async function audit(tx, { caller, requestId, trace }, { action, target, details = {} }) {
    await tx.execute(
      `insert into audit_events (id, at, actor, action, target, request_id, trace_id, details)
       values (?, ?, ?, ?, ?, ?, ?, ?::jsonb)`,
      [
        deps.newId(),
        deps.now(),
        caller.id,
        action,
        target,
        requestId,
        trace.traceId,
        JSON.stringify(details),
      ],
    );
    deps.recorded(action);
  };
}

interface AuditRow {
  id: string;
  at: string | Date;
  actor: string;
  action: string;
  target: string;
  request_id: string;
  trace_id: string;
  details: Record<string, unknown>;
}

export type AuditEvent = Omit<AuditRow, 'id' | 'at'> & { event_id: string; at: string };

/** Newest first. */
export async function listAuditEvents(
  em: SqlEntityManager,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<AuditEvent>> {
  const list = ['audit'];
  const before = afterOf(cursor, list) ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const rows = await em.execute<AuditRow[]>(
    `select id, at, actor, action, target, request_id, trace_id, details
     from audit_events where id < ?::uuid order by id desc limit ?`,
    [before, limit + 1],
  );
  return toPage(
    rows,
    { limit, list },
    ({ id }) => id,
    ({ id, at, ...rest }) => ({ event_id: id, at: new Date(at).toISOString(), ...rest }),
  );
}

/** Jobs from their acceptance to their end: each change of theirs is one transaction with what it is about. */
import type { Owner } from '../../owner.ts';
import type { AssessmentInput } from '../../engine/contract.ts';
import type { StoredProblem } from '../../http/problems.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { JobQueue } from '../../storage/queue/queue.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { endBatch, insertBatch, lockBatch, takeWaiting, unfinishedOf } from './batch-store.ts';
import { items, queueIdOf, singles, type Again, type OnFinished } from './job.ts';
import { priorityOf } from './job-order.ts';
import { endJob, insertJob, type Ending, type JobRow } from './job-store.ts';

/**
 * What a process hears: pg-boss's id of a job that was cancelled. One that hears nothing (a pooler, a lost session) is
 * told by its next sign of life, within 2.5 s.
 */
export const CANCELLED_CHANNEL = 'sono_eval_cancelled';

export interface AcceptedJob {
  jobId: string;
  assessmentId: string;
}

/** An item of a batch: what is judged, or why not. */
export type BatchItem =
  | { input: AssessmentInput }
  | { again: Again }
  | { problem: StoredProblem; candidateId: string | null };

export interface JobService {
  accept: (
    tx: Transaction,
    job: { input: AssessmentInput; owner: string; callbackUrl: string | null },
  ) => Promise<AcceptedJob>;
  acceptBatch: (
    tx: Transaction,
    batch: { items: BatchItem[]; owner: string; callbackUrl: string | null },
  ) => Promise<{ batchId: string }>;
  /** @returns undefined when it has ended before, or there is none of this owner */
  cancel: (tx: Transaction, id: string, owner: Owner) => Promise<JobRow | undefined>;
  /** Ends it, and what follows from that. @returns undefined when it has ended before, or is gone */
  end: (tx: Transaction, id: string, ending: Ending) => Promise<JobRow | undefined>;
  /** Sends what may be sent of a batch, and ends it after its last item. */
  moveBatchOn: (tx: Transaction, batchId: string) => Promise<void>;
}

function candidateOf(item: BatchItem): string | null {
  if ('input' in item) return item.input.candidate_id;
  return 'again' in item ? item.again.candidateId : item.candidateId;
}

export function createJobService(deps: {
  queue: JobQueue;
  /** Items of one batch that are in the queue at a time. */
  batchSize: number;
  onFinished: OnFinished;
  /** UUIDv7. */
  newId: () => string;
  now: () => Date;
}): JobService {
  const { queue, batchSize, onFinished, newId, now } = deps;

  const insert = async (
    tx: Transaction,
    item: BatchItem,
    job: {
      owner: string;
      callbackUrl: string | null;
      queue: string;
      batch: { id: string; item: number } | null;
    },
  ): Promise<AcceptedJob> => {
    const accepted = { jobId: `job_${newId()}`, assessmentId: `assess_${newId()}` };
    const input = 'input' in item ? item.input : null;
    const problem = 'problem' in item ? item.problem : null;
    const again: Partial<Again> = 'again' in item ? item.again : {};
    const isSent = job.batch === null;
    const priority = isSent ? await priorityOf(tx, job.owner, job.queue) : 0;
    await insertJob(tx, {
      ...job,
      id: accepted.jobId,
      assessmentId: accepted.assessmentId,
      candidateId: candidateOf(item),
      reassessmentOf: again.assessmentId ?? null,
      rubric: again.rubric ?? null,
      isSent,
      priority,
      input: input === null ? null : JSON.stringify(input),
      problem,
      createdAt: now(),
    });
    if (isSent) await queue.send(tx, job.queue, { id: queueIdOf(accepted.jobId), priority });
    return accepted;
  };

  const moveBatchOn = async (tx: Transaction, batchId: string) => {
    const batch = await lockBatch(tx, batchId);
    if (batch === undefined || batch.finished_at !== null) return;
    const { unfinished, sent } = await unfinishedOf(tx, batchId);
    if (unfinished === 0) {
      await endBatch(tx, batchId, now());
      const { id, owner, callback_url: callbackUrl } = batch;
      await onFinished(tx, { kind: 'batch', id, owner, callbackUrl, status: 'completed' });
      return;
    }
    const room = Math.min(batchSize - sent, unfinished - sent);
    if (room <= 0) return;
    const first = await priorityOf(tx, batch.owner, items.name);
    const taken = await takeWaiting(tx, batchId, { count: room, priority: first });
    for (const { id, priority } of taken) {
      await queue.send(tx, items.name, { id: queueIdOf(id), priority });
    }
  };

  const follow = async (tx: Transaction, row: JobRow, { status }: Ending) => {
    if (row.batch_id !== null) return moveBatchOn(tx, row.batch_id);
    const { id, owner, callback_url: callbackUrl } = row;
    await onFinished(tx, { kind: 'job', id, owner, callbackUrl, status });
  };
  const endAs = async (tx: Transaction, id: string, owner: Owner, ending: Ending) => {
    const row = await endJob(tx, id, owner, ending, now());
    if (row !== undefined) await follow(tx, row, ending);
    return row;
  };

  return {
    async accept(tx, { input, owner, callbackUrl }) {
      // From now on an erasure of the person reaches the job.
      await ensureCandidate(tx, input.candidate_id, now());
      return insert(tx, { input }, { owner, callbackUrl, queue: singles.name, batch: null });
    },
    async acceptBatch(tx, { items: list, owner, callbackUrl }) {
      const batchId = `batch_${newId()}`;
      await insertBatch(tx, {
        id: batchId,
        owner,
        total: list.length,
        callback_url: callbackUrl,
        created_at: now(),
      });
      // In one order: two batches that name the same new persons would wait for each other.
      const persons = list.flatMap((one) => ('again' in one ? [] : (candidateOf(one) ?? [])));
      for (const id of [...new Set(persons)].toSorted()) await ensureCandidate(tx, id, now());
      for (const [item, one] of list.entries()) {
        const batch = { id: batchId, item };
        await insert(tx, one, { owner, callbackUrl: null, queue: items.name, batch });
      }
      await moveBatchOn(tx, batchId);
      return { batchId };
    },
    async cancel(tx, id, owner) {
      const row = await endAs(tx, id, owner, { status: 'cancelled' });
      if (row === undefined) return undefined;
      await queue.cancel(tx, row.queue, queueIdOf(id));
      await tx.execute('select pg_notify(?, ?)', [CANCELLED_CHANNEL, queueIdOf(id)]);
      return row;
    },
    end: (tx, id, ending) => endAs(tx, id, null, ending),
    moveBatchOn,
  };
}

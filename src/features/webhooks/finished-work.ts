/** What is told of jobs and batches that have ended: ids, counts and scores. */
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { FinishedWork, OnFinished } from '../jobs/job.ts';
import type { Deliveries, WebhookMessage } from './deliveries.ts';

type Told = Pick<WebhookMessage, 'event' | 'data' | 'candidateId'>;

export function tellOf({ enqueue }: Pick<Deliveries, 'enqueue'>): OnFinished {
  return async (tx, work) => {
    const told = work.kind === 'job' ? await ofJob(tx, work) : await ofBatch(tx, work);
    if (told === undefined) return;
    await enqueue(tx, { ...told, owner: work.owner, callbackUrl: work.callbackUrl });
  };
}

const events: Partial<Record<FinishedWork['status'], WebhookMessage['event']>> = {
  completed: 'assessment.completed',
  failed: 'assessment.failed',
  cancelled: 'assessment.cancelled',
};

async function ofJob(tx: Transaction, { id, status }: FinishedWork): Promise<Told | undefined> {
  const event = events[status];
  const [row] = await tx.execute<
    {
      assessment_id: string;
      candidate_id: string | null;
      overall_score: number | null;
      error_code: string | null;
    }[]
  >(
    `select j.assessment_id, j.candidate_id, a.overall_score, j.problem ->> 'error_code' as error_code
     from assessment_jobs j left join assessments a on a.id = j.assessment_id where j.id = ?`,
    [id],
  );
  if (event === undefined || row === undefined) return undefined;
  const { assessment_id, candidate_id, overall_score, error_code } = row;
  const data = {
    job_id: id,
    assessment_id,
    candidate_id,
    status,
    ...(status === 'completed' ? { overall_score } : {}),
    ...(status === 'failed' ? { error_code } : {}),
  };
  return { event, data, candidateId: candidate_id };
}

/** Nobody's in particular: its items are asked for at the batch. */
async function ofBatch(tx: Transaction, { id, status }: FinishedWork): Promise<Told> {
  const [counts] = await tx.execute<Record<string, number>[]>(
    `select count(*)::int as total,
       count(*) filter (where status = 'completed')::int as completed,
       count(*) filter (where status = 'failed')::int as failed,
       count(*) filter (where status = 'cancelled')::int as cancelled
     from assessment_jobs where batch_id = ?`,
    [id],
  );
  return {
    event: 'batch.completed',
    data: { batch_id: id, status, ...counts },
    candidateId: null,
  };
}

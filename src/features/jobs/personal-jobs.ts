/** Jobs as what is stored of a person: one that has not ended holds the submission. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { JsonText, writeJson } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { removeJobs } from '../../storage/queue/remove-jobs.ts';
import { CANCELLED_CHANNEL } from './job-service.ts';
import { jobStatuses, queueIdOf } from './job.ts';

interface PersonalJob {
  id: string;
  status: string;
  created_at: string | Date;
  /** JSON text. */
  input: string | null;
  problem: string | null;
}

const parsed = (text: string | null) => (text === null ? null : new JsonText(text));

/** Batches are about nobody; what is left of one moves on by itself. */
export const personalJobs: PersonalData = {
  kind: 'assessment_jobs',
  tables: ['assessment_jobs'],
  schema: z
    .object({
      job_id: z.string().describe('Identity of the job'),
      status: z.enum(jobStatuses).describe('Where it is'),
      created_at: z.iso.datetime().describe('When it was accepted'),
      submission: z
        .record(z.string(), z.unknown())
        .nullable()
        .describe('What was handed in, until the job has ended'),
      problem: z.record(z.string(), z.unknown()).nullable().describe('Why it failed'),
    })
    .meta({ id: 'StoredJob', description: 'An assessment that outlived its request.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<PersonalJob[]>(
      `select id, status, created_at, input::text as input, problem::text as problem from assessment_jobs
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const item = {
      job_id: row.id,
      status: row.status,
      created_at: new Date(row.created_at).toISOString(),
      submission: parsed(row.input),
      problem: parsed(row.problem),
    };
    return { key: row.id, text: writeJson(item) };
  },
  async erase(tx: Transaction, candidateId: string) {
    const rows = await tx.execute<{ id: string; queue: string; is_over: boolean }[]>(
      `delete from assessment_jobs where candidate_id = ?
       returning id, queue, finished_at is not null as is_over`,
      [candidateId],
    );
    for (const queue of new Set(rows.map((row) => row.queue))) {
      const own = rows.filter((row) => row.queue === queue);
      await removeJobs(
        tx,
        queue,
        own.map(({ id }) => queueIdOf(id)),
      );
    }
    // What runs is ended, wherever it does.
    for (const { id, is_over: isOver } of rows) {
      if (!isOver) await tx.execute('select pg_notify(?, ?)', [CANCELLED_CHANNEL, queueIdOf(id)]);
    }
    return rows.length;
  },
};

/** What a worker does with a job: it assesses the input, and stores the result with the end of the job. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AssessmentInput } from '../../engine/contract.ts';
import { AppError } from '../../errors.ts';
import { readJson } from '../../json/parse-json.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import type { QueueOptions } from '../../storage/queue/queue.ts';
import {
  AttemptLost,
  type QueueDefinition,
  type RunningJob,
} from '../../storage/queue/definition.ts';
import { keepSubmission } from '../assessments/assessment-store.ts';
import type { AssessmentService } from '../assessments/assessment-service.ts';
import { shareCandidate } from '../candidates/candidate-store.ts';
import { items, jobIdOf, singles } from './job.ts';
import { jobProblem } from './job-problem.ts';
import { beginJob, type BegunJob, lockUnfinished, requeueJob, storeProgress } from './job-store.ts';
import { createProgress } from './progress.ts';
import type { JobService } from './job-service.ts';

const DEFECT = 'The assessment failed again and again. Quote the job_id when you report it.';

export function jobDefinitions(deps: {
  service: AssessmentService;
  jobs: JobService;
  em: (signal?: AbortSignal) => SqlEntityManager;
  /** Once it is stored that a job is being worked for, or how far it is. */
  changed: () => void;
  now: () => Date;
}): QueueDefinition[] {
  const { service, jobs, em, now } = deps;

  /** What was to be judged again is no more. */
  const endDeleted = (job: RunningJob, id: string) =>
    inTransaction(em(), async (tx) => {
      await jobs.end(tx, id, { status: 'cancelled' });
      await job.complete(tx);
    });

  const define = (options: QueueOptions): QueueDefinition => ({
    ...options,
    async work(job, signal) {
      const id = jobIdOf(job.id);
      // Ended before (this is the attempt after a crash), cancelled or erased: there is nothing to do.
      const row = await beginJob(em(signal), id, job.retryCount + 1, now());
      if (row === undefined) return;
      deps.changed();
      const { input: text, reassessment_of: former } = row;
      if (text === null) return endDeleted(job, id);
      const input = inputOf(row, text);
      const progress = createProgress(text.length, async (percent) => {
        if (await storeProgress(em(signal), id, row.attempts, percent)) deps.changed();
      });
      try {
        await service.assess(
          input,
          signal,
          (store) =>
            inTransaction(em(signal), async (tx) => {
              await shareCandidate(tx, input.candidate_id);
              if (former !== null) await keepSubmission(tx, former, input.candidate_id);
              if (!(await lockUnfinished(tx, id))) throw new AttemptLost();
              // First the result, which whoever is told of the end reads.
              await store(tx);
              await tx.flush();
              await jobs.end(tx, id, { status: 'completed' });
              await job.complete(tx);
            }),
          {
            id: row.assessment_id,
            progress: progress.report,
            ...(former === null ? {} : { reassessmentOf: former }),
          },
        );
      } catch (error) {
        if (!isInputFault(error)) throw error;
        // The same again: it would fail as it did.
        const problem = jobProblem(error, id);
        await inTransaction(em(), async (tx) => {
          await jobs.end(tx, id, { status: 'failed', problem });
          await job.complete(tx);
        });
      } finally {
        await progress.settled();
      }
    },
    async failed(tx, job, _error, isDead) {
      const id = jobIdOf(job.id);
      if (!isDead) return requeueJob(tx, id, 'retrying');
      const problem = jobProblem(new AppError('INTERNAL_ERROR', DEFECT), id);
      await jobs.end(tx, id, { status: 'failed', problem, isDead: true });
    },
    handedBack: (tx, job) =>
      requeueJob(tx, jobIdOf(job.id), job.retryCount === 0 ? 'queued' : 'retrying'),
  });
  return [define(singles), define(items)];
}

/** A stored submission is judged again by the rubric that was said when that was asked for. */
function inputOf({ rubric }: Pick<BegunJob, 'rubric'>, text: string): AssessmentInput {
  const input = readJson(text) as AssessmentInput;
  return rubric === null ? input : { ...input, options: { ...input.options, rubric } };
}

function isInputFault(error: unknown): error is AppError {
  return error instanceof AppError && error.status < 500 && error.status !== 409;
}

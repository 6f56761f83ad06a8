/** Why a job failed, as the problem of a request that nobody waits for. */
import { activeTrace } from '#telemetry/tracing.ts';
import type { AppError } from '../../errors.ts';
import { toProblem, type StoredProblem } from '../../http/problems.ts';
import { jobUrl } from './job.ts';

export function problemOf(
  error: AppError,
  of: { instance: string; requestId: string },
): StoredProblem {
  return {
    ...toProblem(error, {
      instance: of.instance,
      request_id: of.requestId,
      trace_id: activeTrace().traceId,
    }),
  };
}

export function jobProblem(error: AppError, id: string): StoredProblem {
  return problemOf(error, { instance: jobUrl(id), requestId: id });
}

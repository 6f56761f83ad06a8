/** Items of a batch as they are sent: one that is refused fails alone, with its problem. */
import { AppError } from '../../errors.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { validate } from '../../http/routing/validate.ts';
import { assessmentInput } from '../assessments/assessment-schemas.ts';
import { candidateId } from '../candidates/candidate-schemas.ts';
import { lengthOf } from '../files/resolve-files.ts';
import { problemOf } from './job-problem.ts';
import type { BatchItem } from './job-service.ts';
import type { JobRouteDeps } from './route-parts.ts';

export const BATCH_PATH = '/api/v1/assessments/batch';
/** Of all texts of a batch together, in bodies of the largest size; they are held at once. */
const TEXTS_OF_BATCH = 4;

/** An item whose files cannot be had fails alone, too. @throws {AppError} PAYLOAD_TOO_LARGE for all of them together, and what is no fault of an item */
export async function withFiles(
  {
    em,
    caller,
    signal,
    requestId,
  }: Pick<RequestContext['state'], 'em' | 'caller' | 'signal' | 'requestId'>,
  { resolveFiles, maxBytes, rubrics }: Pick<JobRouteDeps, 'resolveFiles' | 'maxBytes' | 'rubrics'>,
  sent: readonly BatchItem[],
): Promise<BatchItem[]> {
  const items: BatchItem[] = [];
  let length = 0;
  // One after the other: what is read is held until all of it is stored.
  for (const [place, item] of sent.entries()) {
    if (!('input' in item)) {
      items.push(item);
      continue;
    }
    const { input } = item;
    try {
      const of = { candidateId: input.candidate_id, signal };
      const content = await resolveFiles(em, caller, input.content, of);
      length += lengthOf(content.files);
      await rubrics.check(em, input.options);
      items.push({ input: { ...input, content } });
    } catch (error) {
      items.push(toFailed(error, input, place, requestId));
    }
    if (length > TEXTS_OF_BATCH * maxBytes) {
      throw new AppError(
        'PAYLOAD_TOO_LARGE',
        `The files of a batch may have ${TEXTS_OF_BATCH * maxBytes} characters together: send several batches.`,
      );
    }
  }
  return items;
}

/** One that is not valid carries why. */
export function toItem(value: unknown, place: number, requestId: string): BatchItem {
  try {
    return { input: validate(assessmentInput, value, 'body') };
  } catch (error) {
    return toFailed(error, value, place, requestId);
  }
}

function toFailed(error: unknown, value: unknown, place: number, requestId: string): BatchItem {
  // Not of the item: of the time for the request, or of what the service depends on.
  if (!(error instanceof AppError) || error.status >= 500) throw error;
  const { errors = [], ...options } = error.options;
  const faults = errors.map((fault) => ({
    ...fault,
    pointer: `/items/${place}${fault.pointer}`,
  }));
  const fault = new AppError(error.code, `Item ${place}: ${error.message}`, {
    ...options,
    errors: faults,
  });
  const named = candidateId.safeParse((value as { candidate_id?: unknown } | null)?.candidate_id);
  return {
    problem: problemOf(fault, { instance: BATCH_PATH, requestId }),
    candidateId: named.success ? named.data : null,
  };
}

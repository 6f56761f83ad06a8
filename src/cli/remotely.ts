/** Assessing by a service: the files are uploaded, and the job is followed until it has ended. */
import { z } from 'zod';
import { assessmentResultSchema } from '../features/assessments/assessment-schemas.ts';
import type { Client } from './client.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Advance, Io } from './io.ts';
import { requestOf, type AssessOptions, type Judged } from './judged.ts';
import type { Packed } from './pack.ts';
import { clean } from './text.ts';

const upload = z.object({
  files: z.array(
    z.object({
      file_id: z.string(),
      filename: z.string(),
      contents: z.object({ left_out_count: z.int() }).nullable(),
    }),
  ),
});
export type UploadedFile = z.output<typeof upload>['files'][number];

const accepted = z.object({ assessment_id: z.string(), status_url: z.string() });
const job = z.object({
  status: z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']),
  progress: z.number(),
  queue_position: z.number().nullable(),
  problem: z.object({ detail: z.string() }).optional(),
});

/** A request a second for the first ones, then fewer: they count for the caller's limit. */
const FIRST_WAITS_MS = [300, 500, 1000, 2000];
const LATER_WAIT_MS = 4000;
/** An assessment of the largest submission behind a full queue. */
const MOST_WAIT_MS = 3_600_000;

/** Asks again and again until there is an answer. @throws {CliError} after an hour */
export async function poll<T>(io: Pick<Io, 'wait'>, ask: () => Promise<T | undefined>): Promise<T> {
  let waited = 0;
  for (let tries = 0; waited < MOST_WAIT_MS; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const ms = FIRST_WAITS_MS[tries] ?? LATER_WAIT_MS;
    await io.wait(ms);
    waited += ms;
  }
  throw new CliError('It has not ended within an hour; the server goes on.', exitCodes.unavailable);
}

export async function sendFiles(
  client: Client,
  io: Io,
  { parts }: Packed,
  fields: Record<string, string>,
): Promise<UploadedFile[]> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const { name, data } of parts) form.append('file', new Blob([new Uint8Array(data)]), name);
  const headers = { 'Idempotency-Key': io.newId() };
  const { files } = await client.json('POST', '/api/v1/files/upload', upload, { form, headers });
  return files;
}

export async function judgeRemotely(
  client: Client,
  io: Io,
  { packed, options, candidate }: { packed: Packed; options: AssessOptions; candidate: string },
  advance: Advance,
): Promise<Judged> {
  const files = await sendFiles(client, io, packed, { candidate_id: candidate });
  const content = { file_ids: files.map(({ file_id: id }) => id) };
  const headers = { 'Idempotency-Key': io.newId() };
  const body = requestOf(options, candidate, content);
  const { assessment_id: id, status_url: url } = await client.json(
    'POST',
    '/api/v1/assessments/async',
    accepted,
    { body, headers },
  );
  const end = await poll(io, async () => {
    const standing = await client.json('GET', url, job);
    const place = standing.queue_position;
    advance(standing.progress, place === null ? 'judging' : `${place} in the queue`);
    return ['queued', 'processing'].includes(standing.status) ? undefined : standing;
  });
  if (end.status !== 'completed') {
    throw new CliError(
      clean(end.problem?.detail ?? `The assessment was ${end.status}.`),
      exitCodes.data,
    );
  }
  const result = await client.json('GET', `/api/v1/assessments/${id}`, assessmentResultSchema);
  const left = files.reduce((sum, { contents }) => sum + (contents?.left_out_count ?? 0), 0);
  return { result, leftOut: packed.leftOut + left, isStored: true };
}

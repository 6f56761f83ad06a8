/** Assessing without a server: what the service does with an upload, and the engine in threads of this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceFile } from '../engine/contract.ts';
import { createEnginePool, type EnginePool } from '../engine/pool.ts';
import { AppError } from '../errors.ts';
import { sharesOf } from '../features/assessments/comparable.ts';
import { createBlobs } from '../features/files/blobs.ts';
import { createAllowsName } from '../features/files/file-names.ts';
import { pathOfUpload, prepare } from '../features/files/prepare.ts';
import { createTextsOf } from '../features/files/texts-of.ts';
import { archiveLimits } from '../features/files/upload.ts';
import { defaultRubric } from '../features/rubrics/known-rubrics.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { inputOf, type AssessOptions, type Judged } from './judged.ts';
import type { Packed } from './pack.ts';

/** Of one assessment; the service gives it half a minute. */
const ASSESS_MS = 300_000;

export interface ReadFolder {
  name: string;
  files: SourceFile[];
  leftOut: number;
}

/**
 * @param split each folder of the archive is somebody's
 * @throws {CliError} with what the service would say
 */
export async function readTexts(
  { parts, leftOut }: Packed,
  { split, maxBytes }: { split: boolean; maxBytes: number },
): Promise<ReadFolder[]> {
  const dir = await mkdtemp(join(tmpdir(), 'sono-eval-'));
  const blobs = createBlobs(dir);
  const allows = createAllowsName(undefined);
  const textsOf = createTextsOf({ blobs, allows, maxBytes });
  const signal = AbortSignal.timeout(ASSESS_MS);
  const limits = archiveLimits(maxBytes);
  const read: ReadFolder[] = [];
  try {
    for (const [index, { name, data }] of parts.entries()) {
      if (data.length > maxBytes) throw tooLarge(name, maxBytes);
      const writing = await blobs.begin();
      await writing.append(data);
      const incoming = await writing.finish();
      const path = pathOfUpload(name, index);
      const preparing = { blobs, allows, limits, signal, split };
      const prepared = await prepare(incoming, { path, name }, preparing);
      for (const file of prepared.files) {
        await blobs.keep(file.incoming);
        const { sha256 } = file.incoming;
        const files = await textsOf({ ...file, sha256 }, signal);
        read.push({ name: file.filename, files, leftOut: file.contents?.left_out_count ?? 0 });
      }
    }
  } catch (error) {
    throw toCliError(error);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  if (split) return read;
  const files = read.flatMap((one) => one.files);
  return [{ name: '', files, leftOut: read.reduce((sum, one) => sum + one.leftOut, leftOut) }];
}

function tooLarge(name: string, maxBytes: number): CliError {
  return new CliError(
    `${name} has more than ${maxBytes} bytes, and no submission may (MAX_UPLOAD_SIZE).`,
    exitCodes.data,
  );
}

function toCliError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const faults = (error.options.errors ?? []).slice(0, 10).map(({ message }) => `  ${message}`);
  return new CliError([error.message, ...faults].join('\n'), exitCodes.data, { cause: error });
}

/** As many threads as help; they end with `work`. */
export async function withEngine<T>(
  most: number,
  work: (engine: EnginePool) => Promise<T>,
): Promise<T> {
  const engine = createEnginePool({ maxConcurrent: Math.min(most, availableParallelism()) });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

export async function judge(
  engine: EnginePool,
  options: AssessOptions,
  { name, files, leftOut }: ReadFolder,
  io: Pick<Io, 'now' | 'newId'>,
  progress?: (percent: number) => void,
): Promise<Judged> {
  const input = inputOf(options, name, { files });
  const startedAt = io.now();
  const signal = AbortSignal.timeout(ASSESS_MS);
  const { result } = await engine.run({ input, motives: true }, signal, progress);
  return {
    leftOut,
    isStored: false,
    result: {
      assessment_id: `assess_${io.newId()}`,
      candidate_id: input.candidate_id,
      submission_type: input.submission_type,
      challenge: input.options.challenge ?? null,
      labels: input.options.labels ?? [],
      weights: sharesOf(input, defaultRubric().rubric.data.paths),
      timestamp: startedAt.toISOString(),
      ...result,
      processing_time_ms: io.now().getTime() - startedAt.getTime(),
      metadata: { cached: false },
    },
  };
}

/** From `content.file_ids` to `content.files`: what is assessed and stored names no upload any more. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { AssessmentContent, SourceFile } from '../../engine/contract.ts';
import type { Caller } from '../../http/request/caller.ts';
import { invalid } from '../../http/routing/validate.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import type { Blobs } from './blobs.ts';
import { MAX_FILES } from './contents.ts';
import type { KnownFile } from './file.ts';
import type { AllowsName } from './file-names.ts';
import { sameFile } from './file-path.ts';
import { findFiles, markUsed } from './file-store.ts';
import { createTextsOf } from './texts-of.ts';

/** Of their texts, in characters. */
export function lengthOf(files: readonly SourceFile[] = []): number {
  return files.reduce((sum, { content }) => sum + content.length, 0);
}

/** `content` of a submission, as a client sends it. */
type SubmittedContent = AssessmentContent & { file_ids?: string[] | undefined };

/**
 * Reads the files that a submission names, and remembers that they are about this person.
 *
 * @param caller whose files they must be; administrators may name all
 * @param of the person, and the signal that ends the reading
 * @returns the same content where it names none; else with the files after those that it has, and without `file_ids`
 * @throws {AppError} VALIDATION_ERROR with `/content/file_ids/n` for an unknown or foreign file, and for a path that is
 *   there twice; PAYLOAD_TOO_LARGE for more bytes than a submission may have
 */
export type ResolveFiles = (
  em: SqlEntityManager,
  caller: Pick<Caller, 'role' | 'id'>,
  content: SubmittedContent,
  of: { candidateId: string; signal: AbortSignal },
) => Promise<AssessmentContent>;

export function createResolveFiles(deps: {
  blobs: Blobs;
  allows: AllowsName;
  maxBytes: number;
  now: () => Date;
}): ResolveFiles {
  const { maxBytes } = deps;

  const textsOf = createTextsOf(deps);

  return async function resolveFiles(em, caller, submitted, { candidateId, signal }) {
    const { file_ids: ids, ...content } = submitted;
    if (ids === undefined) return content;
    const known = await findFiles(em, ids, caller);
    const found = ids.map((id) => known.find((file) => file.id === id));
    const files: SourceFile[] = [...(content.files ?? [])];
    const paths = new Set(files.map(({ path }) => sameFile(path)));
    let bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.content), 0);
    refuseUnknown(found);
    await inTransaction(em, async (tx) => {
      await ensureCandidate(tx, candidateId, deps.now());
      await markUsed(tx, ids, { candidateId, at: deps.now() });
    });
    for (const [index, file] of found.entries()) {
      if (file === undefined) continue;
      signal.throwIfAborted();
      for (const text of await textsOf(file, signal)) {
        bytes += Buffer.byteLength(text.content);
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        if (paths.has(sameFile(text.path))) throw twice(index, text.path);
        paths.add(sameFile(text.path));
        files.push(text);
        if (files.length > MAX_FILES) throw tooMany(index);
      }
    }
    return { ...content, files };
  };
}

const faultAt = (index: number, message: string, code: string) => ({
  pointer: `/content/file_ids/${index}`,
  message,
  code,
});
const DETAIL = 'The uploaded files of the submission do not fit.';

/** Whether it is somebody else's is not told. */
function refuseUnknown(found: readonly (KnownFile | undefined)[]): void {
  const faults = found.flatMap((file, index) =>
    file === undefined ? [faultAt(index, 'is no file of yours', 'unknown_file')] : [],
  );
  if (faults.length > 0) throw invalid(DETAIL, faults);
}

function twice(index: number, path: string): AppError {
  return invalid(DETAIL, [
    faultAt(index, `has ${path}, which the submission has already`, 'duplicate_path'),
  ]);
}

function tooMany(index: number): AppError {
  return invalid(DETAIL, [
    faultAt(index, `makes more than ${MAX_FILES} files of the submission`, 'too_big'),
  ]);
}

function tooLarge(limit: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The submission has more than ${limit} bytes.`);
}

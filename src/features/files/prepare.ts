/** From what was received to what is stored: each file is looked at, and archives are unpacked once. */
import { AppError } from '../../errors.ts';
import { invalid } from '../../http/routing/validate.ts';
import type { ArchiveKind } from './archive/archive.ts';
import { unpack } from './archive/unpack.ts';
import { piecesOf, type Incoming } from './blobs.ts';
import { createClass } from './class-archive.ts';
import type { Contents } from './file.ts';
import { archiveKind, languageOf } from './file-names.ts';
import { toPath } from './file-path.ts';
import { createContents, tagsOf } from './contents.ts';
import { nothingOfUse, type Prepared, type PreparedUpload, type Preparing } from './prepared.ts';
import { createTextCheck, foreignType, TYPE_SAMPLE_BYTES, UNKNOWN_TYPE } from './text.ts';

const MAX_ORIGINAL = 512;

/** @throws {AppError} VALIDATION_ERROR for a name that cannot be a path of a submission */
export function pathOfUpload(name: string, index: number): string {
  const path = toPath(name);
  if (path !== null && !path.endsWith('/')) return path;
  throw invalid('The name of a file does not fit.', [
    {
      pointer: `/file/${index}`,
      message: 'must have a relative filename without .., control and invisible characters',
      code: 'unsafe_path',
    },
  ]);
}

/**
 * @param name as the client wrote it
 * @throws {AppError} INVALID_FILE_TYPE; of archives VALIDATION_ERROR and FILE_TOO_LARGE. What it has written is dropped
 */
export async function prepare(
  incoming: Incoming,
  { path, name }: { path: string; name: string },
  preparing: Preparing,
): Promise<PreparedUpload> {
  const kind = archiveKind(path);
  const { allows, split } = preparing;
  if (!allows(path)) throw wrongType(`Files of this name are not accepted: ${path}.`);
  if (split && kind === null) throw wrongType('Only an archive can be split into folders.');
  const found = await looked(incoming, preparing.signal);
  if (kind === null) {
    if (found.foreign !== null) {
      const instead = found.foreign === UNKNOWN_TYPE ? '' : ` but ${found.foreign}`;
      throw wrongType(`${path} is not a text in UTF-8${instead}.`);
    }
    const language = languageOf(path);
    const file: Prepared = {
      incoming,
      kind: 'text',
      filename: path,
      originalFilename: name.slice(0, MAX_ORIGINAL),
      language,
      tags: tagsOf([path]),
      contents: null,
    };
    return { files: [file], leftOut: [], leftOutCount: 0 };
  }
  if (!isArchive(found.head, kind)) throw wrongType(`${path} is not a ${kind} archive.`);
  if (split) return createClass({ ...preparing, kind, source: incoming.path });
  const contents = await listed(incoming.path, kind, preparing);
  const file: Prepared = {
    incoming,
    kind,
    filename: path,
    originalFilename: name.slice(0, MAX_ORIGINAL),
    language: null,
    tags: tagsOf(contents.entries.map((entry) => entry.path)),
    contents,
  };
  return { files: [file], leftOut: [], leftOutCount: 0 };
}

function wrongType(detail: string): AppError {
  return new AppError('INVALID_FILE_TYPE', detail, {
    help: { suggestion: 'Send source code and prose as UTF-8 text, or a ZIP or tar.gz of them.' },
  });
}

function isArchive(head: Buffer, kind: ArchiveKind): boolean {
  if (kind === 'tar.gz') return head[0] === 0x1f && head[1] === 0x8b;
  // An empty one begins with its end.
  return ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(head.toString('latin1', 0, 4));
}

/** All of it, in pieces: memory holds one. */
async function looked(
  incoming: Incoming,
  signal: AbortSignal,
): Promise<{ head: Buffer; foreign: string | null }> {
  const check = createTextCheck();
  let head = Buffer.alloc(0);
  let isText = true;
  for await (const chunk of piecesOf(incoming)) {
    signal.throwIfAborted();
    if (head.length < TYPE_SAMPLE_BYTES) {
      head = Buffer.concat([head, chunk]).subarray(0, TYPE_SAMPLE_BYTES);
    }
    isText = check.add(chunk);
    if (!isText && head.length >= TYPE_SAMPLE_BYTES) break;
  }
  return { head, foreign: await foreignType(head, isText && check.end()) };
}

/** @throws {AppError} VALIDATION_ERROR when nothing in it is of use */
async function listed(
  source: string,
  kind: ArchiveKind,
  { allows, limits, signal }: Preparing,
): Promise<Contents> {
  const contents = createContents(limits.fileBytes);
  await unpack(source, kind, {
    allows,
    limits,
    signal,
    nested: false,
    room: (_path, size) => contents.room(size),
    onFile: (path, content) => contents.add(path, content.length),
    onLeftOut: contents.leaveOut,
  });
  const result = contents.result();
  if (result.entries.length === 0) throw nothingOfUse(result.left_out);
  return result;
}

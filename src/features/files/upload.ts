/** An upload from its first byte to its row: it is received, looked at, and stored, or nothing of it is left. */
import type { IncomingMessage } from 'node:http';
import { AppError, findCause } from '../../errors.ts';
import type { Caller } from '../../http/request/caller.ts';
import { ClientGone } from '../../http/request/deadline.ts';
import { readMultipart, type FilePart } from '../../http/server/multipart.ts';
import { invalid, jsonPointer, validate } from '../../http/routing/validate.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import type { ArchiveLimits } from './archive/archive.ts';
import { dropAll, type Blobs, type Incoming } from './blobs.ts';
import type { LeftOut, StoredFile } from './file.ts';
import type { AllowsName } from './file-names.ts';
import { sameFile } from './file-path.ts';
import { uploadFields, type UploadFields } from './file-schemas.ts';
import { heldBytes, insertFiles, lockHeld, lockToAdd } from './file-store.ts';
import { uploadBytes } from './metrics.ts';
import { pathOfUpload, prepare } from './prepare.ts';
import type { Prepared } from './prepared.ts';

/** As it came. */
export interface Received {
  fields: UploadFields;
  files: { path: string; name: string; incoming: Incoming }[];
}

/** Ready to be stored. */
export interface ReadyUpload {
  candidateId: string | null;
  files: Prepared[];
  leftOut: LeftOut[];
  leftOutCount: number;
}

export interface Uploads {
  /** @throws {AppError}; what came is dropped then */
  receive: (request: IncomingMessage, signal: AbortSignal) => Promise<Received>;
  /** @throws {AppError}; nothing is dropped but what it wrote itself */
  prepare: (received: Received, signal: AbortSignal) => Promise<ReadyUpload>;
  /** @throws {AppError} CONFLICT when the caller holds too much */
  store: (
    tx: Transaction,
    upload: ReadyUpload,
    caller: Pick<Caller, 'id' | 'account'>,
  ) => Promise<StoredFile[]>;
  /** Removes whatever of it was not stored. */
  drop: (received: Received, ready: ReadyUpload | null) => Promise<void>;
}

/** Of its bytes, so much an archive may unpack to. */
const UNPACKED_FACTOR = 10;
/** Of an archive, with what is left out: a project with its dependencies. */
const MAX_ENTRIES = 20_000;

/** @param maxBytes of an upload, and of the files of one submission */
export function archiveLimits(maxBytes: number): ArchiveLimits {
  return { entries: MAX_ENTRIES, fileBytes: maxBytes, totalBytes: UNPACKED_FACTOR * maxBytes };
}

export function createUploads(deps: {
  blobs: Blobs;
  allows: AllowsName;
  maxBytes: number;
  /** Bytes that one account may hold, or a key that belongs to none. */
  quotaBytes: number;
  newId: () => string;
  now: () => Date;
}): Uploads {
  const { blobs, allows, maxBytes } = deps;
  const limits = archiveLimits(maxBytes);

  const write = async ({ content }: FilePart): Promise<Incoming> => {
    const writing = await blobs.begin();
    try {
      for await (const chunk of content) {
        uploadBytes.inc({}, chunk.length);
        await writing.append(chunk);
      }
      return await writing.finish();
    } catch (error) {
      await dropAll([writing]);
      throw error;
    }
  };
  return {
    async receive(request, signal) {
      const files: Received['files'] = [];
      const paths = new Set<string>();
      try {
        const fields = await readMultipart(request, {
          maxBytes,
          signal,
          async onFile(part) {
            const path = checked(part, files.length, paths);
            files.push({ path, name: part.name, incoming: await write(part) });
          },
        });
        if (files.length === 0) throw noFile();
        return { fields: validate(uploadFields, Object.fromEntries(fields), 'body'), files };
      } catch (error) {
        await dropAll(files.map(({ incoming }) => incoming));
        throw error;
      }
    },
    async prepare({ fields, files }, signal) {
      const split = fields.split === 'folders';
      if (split && (files.length > 1 || fields.candidate_id !== undefined)) throw notSplittable();
      const preparing = { blobs, allows, limits, signal, split };
      const ready: ReadyUpload = {
        candidateId: fields.candidate_id ?? null,
        files: [],
        leftOut: [],
        leftOutCount: 0,
      };
      for (const { incoming, ...named } of files) {
        signal.throwIfAborted();
        const prepared = await prepare(incoming, named, preparing);
        ready.files.push(...prepared.files);
        ready.leftOut.push(...prepared.leftOut);
        ready.leftOutCount += prepared.leftOutCount;
      }
      return ready;
    },
    async store(tx, { candidateId, files }, { id: owner, account }) {
      await lockHeld(tx, account);
      const bytes = files.reduce((sum, { incoming }) => sum + incoming.size, 0);
      const held = await heldBytes(tx, account);
      if (held + bytes > deps.quotaBytes) throw holdsTooMuch(held, deps.quotaBytes);
      const createdAt = deps.now();
      if (candidateId !== null) await ensureCandidate(tx, candidateId, createdAt);
      await lockToAdd(tx);
      const rows: StoredFile[] = [];
      for (const { incoming, ...file } of files) {
        await blobs.keep(incoming);
        const { size, sha256 } = incoming;
        rows.push({
          id: `file_${deps.newId()}`,
          owner,
          candidateId,
          size,
          sha256,
          createdAt,
          ...file,
        });
      }
      await insertFiles(tx, rows);
      return rows;
    },
    async drop(received, ready) {
      const own = received.files.map(({ incoming }) => incoming);
      await dropAll([...own, ...(ready?.files ?? []).map(({ incoming }) => incoming)]);
    },
  };
}

/** @returns its path @throws {AppError} VALIDATION_ERROR before anything of it is written */
function checked({ field, name }: FilePart, index: number, paths: Set<string>): string {
  if (field !== 'file') {
    throw invalid('The form does not fit.', [
      {
        pointer: jsonPointer([field]),
        message: 'is not a known file: name it file',
        code: 'unknown_member',
      },
    ]);
  }
  const path = pathOfUpload(name, index);
  if (paths.has(sameFile(path))) {
    throw invalid('Two files have the same name.', [
      {
        pointer: `/file/${index}`,
        message: 'has the name of another file',
        code: 'duplicate_path',
      },
    ]);
  }
  paths.add(sameFile(path));
  return path;
}

function noFile(): AppError {
  return invalid('The form has no file.', [
    { pointer: '/file', message: 'is required', code: 'invalid_type' },
  ]);
}

function notSplittable(): AppError {
  return invalid('The form does not fit.', [
    {
      pointer: '/split',
      message: 'goes with one archive, and without candidate_id',
      code: 'custom',
    },
  ]);
}

function holdsTooMuch(held: number, quota: number): AppError {
  const detail = `You hold ${held} bytes of at most ${quota} in uploaded files.`;
  return new AppError('CONFLICT', detail, {
    help: { suggestion: 'Delete files that are no longer needed, or wait until they expire.' },
  });
}

/** What the metrics say of an upload that failed. */
export function outcomeOf(error: unknown, signal: AbortSignal): 'refused' | 'aborted' | 'failed' {
  if (findCause(error, ClientGone) !== undefined || signal.reason instanceof ClientGone) {
    return 'aborted';
  }
  if (!(error instanceof AppError)) return 'failed';
  if (error.code === 'REQUEST_TIMEOUT') return 'aborted';
  return error.status >= 500 ? 'failed' : 'refused';
}

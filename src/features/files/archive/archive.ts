/** What readers of archives have in common. */
import { AppError, codeOf, DependencyError } from '../../../errors.ts';
import type { LeftOutReason } from '../file.ts';

export type ArchiveKind = 'zip' | 'tar.gz';

/** A file, by its path, or bytes. */
export type ArchiveSource = string | Buffer;

export interface ArchiveLimits {
  /** Entries, folders and what is left out included. */
  entries: number;
  /** Bytes of one file. */
  fileBytes: number;
  /** Bytes that are unpacked, all in all. */
  totalBytes: number;
}

/** One that is no folder. */
export interface ArchiveEntry {
  /** As it is written there. */
  name: string;
  /** Bytes, as the archive says. */
  size: number;
  /** Why it cannot be read; null: it can. */
  reason: LeftOutReason | null;
  /** @throws {DamagedEntry}; of a `tar.gz` whatever ends the archive. */
  read: () => Promise<Buffer>;
}

export interface ReadOptions {
  limits: ArchiveLimits;
  /** Told of bytes that are unpacked, before they are held. @throws {AppError} when they are too many */
  count: (bytes: number) => void;
  signal: AbortSignal;
  /** One after the other. */
  onEntry: (entry: ArchiveEntry) => Promise<void>;
}

/** Only this entry cannot be used. */
export class DamagedEntry extends Error {
  override readonly name = 'DamagedEntry';
}

/** Of an archive as a whole. */
export function unusable(message: string, code: string, cause?: unknown): AppError {
  return new AppError('VALIDATION_ERROR', `The archive ${message}.`, {
    errors: [{ pointer: '/file', message, code }],
    cause,
  });
}

const DAMAGED = 'damaged_archive';
const OVERLAPPING = 'overlapping_entries';
const TOO_MANY = 'too_many_entries';

export function damaged(cause?: unknown): AppError {
  return unusable('is damaged or incomplete', DAMAGED, cause);
}

export function overlapping(): AppError {
  return unusable('has entries that overlap', OVERLAPPING);
}

const codeIn = (error: AppError) => error.options.errors?.[0]?.code;

/** Whether it says of an archive that it is broken, which tells nothing of one that it is in. */
export function isBroken(error: unknown): boolean {
  return error instanceof AppError && [DAMAGED, OVERLAPPING].includes(codeIn(error) ?? '');
}

export function tooManyEntries({ entries }: ArchiveLimits): AppError {
  return unusable(`has more than ${entries} entries`, TOO_MANY);
}

export function tooMuch({ totalBytes }: ArchiveLimits): AppError {
  return new AppError('FILE_TOO_LARGE', `The archive unpacks to more than ${totalBytes} bytes.`);
}

/**
 * Of a limit that an archive shares with those in it: whoever sent it is told in which one it was passed.
 *
 * @param path of that one, fit to be shown
 */
export function passedIn(error: unknown, path: string): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code !== 'FILE_TOO_LARGE' && codeIn(error) !== TOO_MANY) return error;
  return new AppError(error.code, `${error.message} It was passed in ${path}.`, error.options);
}

/**
 * Of an error while an archive was read: what is ours stays, what the system did is no fault of the archive, nor is
 * what came of an end that somebody else set.
 */
export function readingFailed(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof AppError || error instanceof DependencyError) return error;
  if (/^E[A-Z]+$/.test(codeOf(error))) {
    const text = `An archive could not be read: ${codeOf(error)}.`;
    return new DependencyError('filesystem', 'unavailable', text, { cause: error });
  }
  return damaged(error);
}

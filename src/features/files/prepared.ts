/** What is stored of an upload once its files were looked at. */
import type { AppError, Fault } from '../../errors.ts';
import { invalid } from '../../http/routing/validate.ts';
import type { ArchiveLimits } from './archive/archive.ts';
import type { Blobs, Incoming } from './blobs.ts';
import type { LeftOut, StoredFile } from './file.ts';
import type { AllowsName } from './file-names.ts';

/** A file, but for who and when. */
export type Prepared = Pick<
  StoredFile,
  'kind' | 'filename' | 'originalFilename' | 'language' | 'tags' | 'contents'
> & { incoming: Incoming };

export interface Preparing {
  blobs: Blobs;
  allows: AllowsName;
  limits: ArchiveLimits;
  signal: AbortSignal;
  /** Of a class: each folder becomes a file. */
  split: boolean;
}

export interface PreparedUpload {
  files: Prepared[];
  leftOut: LeftOut[];
  leftOutCount: number;
}

/** @param leftOut what there was instead */
export function nothingOfUse(leftOut: readonly LeftOut[]): AppError {
  const faults: Fault[] = leftOut.map(({ path, reason }) => ({
    pointer: '/file',
    message: `leaves out ${path}`,
    code: reason,
  }));
  const none = { pointer: '/file', message: 'has no file that can be assessed', code: 'no_files' };
  return invalid('The archive has no file that can be assessed.', [none, ...faults]);
}

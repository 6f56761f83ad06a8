/** Uploaded files as what is stored of a person: those that were about them, or part of their submissions. */
import { z } from 'zod';
import { codeOf } from '../../errors.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Blobs } from './blobs.ts';
import type { StoredFile } from './file.ts';
import { fileSchema, presentFile } from './file-schemas.ts';
import { deleteFilesOf, nextFileOf } from './file-store.ts';

type ReadText = (file: StoredFile) => Promise<string | null>;

/** @param readText what an export shows of their contents; what is removed is removed by `sweep.ts` after the commit */
export function personalFilesWith(readText: ReadText): PersonalData {
  return {
    kind: 'files',
    tables: ['files', 'file_candidates'],
    schema: fileSchema
      .extend({
        content: z
          .string()
          .nullable()
          .describe('Its text; of an archive null: the submissions have what was read of it'),
      })
      .meta({ id: 'PersonalFile', description: 'An uploaded file with its text.' }),
    async next(em, candidateId, after) {
      const file = await nextFileOf(em, candidateId, after);
      if (file === undefined) return undefined;
      const item = { ...presentFile(file), content: await readText(file) };
      return { key: file.id, text: JSON.stringify(item) };
    },
    erase: deleteFilesOf,
  };
}

/** Where there is no folder to read: what is erased is the same. */
export const personalFiles = personalFilesWith(() => Promise.resolve(null));

/** @returns null for what is no text, and for what is gone by now */
export function textReader(blobs: Blobs): ReadText {
  return async ({ kind, sha256 }) => {
    if (kind === 'zip' || kind === 'tar.gz') return null;
    try {
      return (await blobs.read(sha256)).toString('utf8');
    } catch (error) {
      if (error instanceof Error && codeOf(error.cause) === 'ENOENT') return null;
      throw error;
    }
  };
}

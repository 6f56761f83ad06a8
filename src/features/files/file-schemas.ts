import { z } from 'zod';
import { MAX_FILE_PARTS } from '../../http/server/multipart.ts';
import { candidateId } from '../candidates/candidate-schemas.ts';
import { MOST_LEFT_OUT } from './contents.ts';
import { fileKinds, leftOutReasons, type ListedFile, type StoredFile } from './file.ts';

/** In documentation. */
export const EXAMPLE_FILE_ID = 'file_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';

export const fileId = z
  .string()
  .regex(
    /^file_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'must be an identity of a file',
  )
  .meta({
    id: 'FileId',
    description: 'Identity of an uploaded file: `file_` and a UUIDv7',
    examples: [EXAMPLE_FILE_ID],
  });

export const fileParams = z.object({ id: fileId });

/** What the form of an upload has beside its files. */
export const uploadFields = z.strictObject({
  candidate_id: candidateId
    .optional()
    .describe('Whom the files are about: they are erased with the person'),
  split: z
    .enum(['folders'], { error: 'must be folders' })
    .optional()
    .describe(
      '`folders`: the archive is a class, and each of its folders becomes a file of its own; the archive itself is not kept',
    ),
});
export type UploadFields = z.output<typeof uploadFields>;

const binary = z.string().meta({ format: 'binary' });

/** Only describes the form. */
export const uploadForm = z
  .strictObject({
    file: z
      .array(binary)
      .min(1)
      .max(MAX_FILE_PARTS)
      .describe('One part for each file; its `filename` may have a relative path'),
    ...uploadFields.shape,
  })
  .meta({ id: 'UploadForm', description: 'Files, and what they are.' });

const leftOut = z.object({
  path: z.string().describe('As the archive names it, fit to be shown'),
  reason: z.enum(leftOutReasons).describe('Why it is not part of a submission'),
});

const leftOutMembers = {
  left_out: z.array(leftOut).describe(`The first ${MOST_LEFT_OUT} entries that were left out`),
  left_out_count: z.int().describe('How many were'),
};

const contentsSummary = z
  .object(leftOutMembers)
  .meta({ id: 'ArchiveSummary', description: 'What was left out of an archive or a folder.' });

const contentsSchema = z
  .object({
    entries: z
      .array(
        z.object({
          path: z.string().describe('Path in the submission'),
          size: z.int().describe('Bytes'),
        }),
      )
      .describe('Files that it gives to a submission'),
    ...leftOutMembers,
  })
  .meta({ id: 'ArchiveContents', description: 'What is in an archive or a folder.' });

const fileMembers = {
  file_id: fileId,
  filename: z.string().describe('Its path in a submission'),
  original_filename: z.string().describe('As the client named it, or the folder of a class'),
  kind: z.enum(fileKinds).describe('`folder`: one folder of a class'),
  size: z.int().describe('Bytes of its content'),
  sha256: z.string().describe('SHA-256 of its content, hexadecimal'),
  language: z.string().nullable().describe('By its name; null where that does not tell'),
  tags: z.array(z.string()).describe('Languages of what is in it, by name'),
  candidate_id: candidateId.nullable().describe('Whom it is about, where that was said'),
  created_at: z.iso.datetime().describe('When it was uploaded'),
  contents: contentsSchema.nullable().describe('Of an archive or a folder'),
};

export const fileSchema = z
  .object(fileMembers)
  .meta({ id: 'File', description: 'An uploaded file.' });

export const listedFileSchema = z
  .object({
    ...fileMembers,
    contents: contentsSummary
      .nullable()
      .describe('Of an archive or a folder, without `entries`: the file itself has them'),
  })
  .meta({ id: 'ListedFile', description: 'An uploaded file, as a list has it.' });

export const uploadSchema = z
  .object({
    ...Object.fromEntries(
      Object.entries(fileMembers).map(([name, member]) => [name, member.optional()]),
    ),
    files: z.array(fileSchema).describe('Every file that was stored, in the order of the request'),
    ...leftOutMembers,
  })
  .meta({
    id: 'Upload',
    description:
      'What was stored. Where that is one file, its members stand beside `files` as well. `left_out` is what a class archive had outside its folders.',
  });

/** On the wire. */
export function presentFile<Of extends StoredFile | ListedFile>(file: Of) {
  return {
    file_id: file.id,
    filename: file.filename,
    original_filename: file.originalFilename,
    kind: file.kind,
    size: file.size,
    sha256: file.sha256,
    language: file.language,
    tags: file.tags,
    candidate_id: file.candidateId,
    created_at: file.createdAt.toISOString(),
    contents: file.contents as Of['contents'],
  };
}

import { defineEntity, p } from '@mikro-orm/core';
import { fileKinds } from './file.ts';

const id = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');

/** `id` is `file_` + UUIDv7, so its order is the order of time. */
export const FileEntity = defineEntity({
  name: 'File',
  tableName: 'files',
  indexes: [
    { properties: ['owner', 'id'] },
    { properties: ['candidateId'] },
    { properties: ['sha256'] },
    { properties: ['usedAt'] },
  ],
  checks: [
    {
      name: 'files_kind_check',
      expression: `kind in (${fileKinds.map((kind) => `'${kind}'`).join(', ')})`,
    },
  ],
  properties: {
    id: id(41).primary(),
    /** The caller who uploaded it. */
    owner: id(64),
    /** Whom the uploader said it is about. */
    candidateId: id(100).fieldName('candidate_id').nullable(),
    kind: p.string().columnType('varchar(16)'),
    filename: p.string().columnType('varchar(512)'),
    originalFilename: p.string().columnType('varchar(512)').fieldName('original_filename'),
    /** Bytes of its content. */
    size: p.bigint(),
    /** Names its content in the folder. */
    sha256: p.string().columnType('char(64)'),
    language: p.string().columnType('varchar(40)').nullable(),
    tags: p.json<string[]>().columnType('json'),
    /** Of an archive: what is in it, and what was left out. */
    contents: p.json().columnType('json').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    /** When an assessment read it last; when it was uploaded, until one does. */
    usedAt: p.datetime(3).fieldName('used_at'),
  },
});

/** Whose submissions a file was part of: it is erased with each of them. */
export const FileCandidateEntity = defineEntity({
  name: 'FileCandidate',
  tableName: 'file_candidates',
  indexes: [{ properties: ['candidateId'] }],
  properties: {
    file: () =>
      p.manyToOne(FileEntity).mapToPk().fieldName('file_id').deleteRule('cascade').primary(),
    candidateId: id(100).fieldName('candidate_id').primary(),
  },
});

/** Contents whose row is gone: removed from the folder after the commit, unless another row has the same. */
export const FileRemovalEntity = defineEntity({
  name: 'FileRemoval',
  tableName: 'file_removals',
  properties: { sha256: p.string().columnType('char(64)').primary() },
});

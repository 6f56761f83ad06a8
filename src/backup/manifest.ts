/** What a backup says of itself: enough to tell whether it is whole, and whether what was restored equals it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError } from './backup-error.ts';
import { databaseContents } from './contents.ts';

export const MANIFEST = 'manifest.json';

const manifestSchema = z.strictObject({
  format: z.literal(1),
  created_at: z.iso.datetime(),
  /** Of the service that made it. */
  service_version: z.string(),
  /** Newest migration that the database had. */
  migration: z.string().nullable(),
  /** `dump` by pg_dump; `cluster`: the files of the embedded PostgreSQL, while it was stopped. */
  kind: z.enum(['dump', 'cluster']),
  /** Major version of the server. */
  postgres: z.int(),
  database: z.strictObject({
    file: z.string().regex(/^[\w.-]+$/),
    bytes: z.int(),
    sha256: z.string(),
  }),
  contents: databaseContents,
  /** Uploads: their names are their SHA-256. */
  files: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  files_bytes: z.int(),
});
export type Manifest = z.output<typeof manifestSchema>;

/** @throws {BackupError} when the folder is no backup */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BackupError(`${folder} is no backup: its ${MANIFEST} cannot be read.`, { cause });
  });
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BackupError(`${path} was not written by this service, or by a newer version of it.`, {
      cause,
    });
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** @throws {BackupError} when the file of the database is not what was written */
export async function checkDatabaseFile(folder: string, { database }: Manifest): Promise<string> {
  const path = join(folder, database.file);
  const found = await sha256Of(path).catch((cause: unknown) => {
    throw new BackupError(`${path} cannot be read.`, { cause });
  });
  if (found !== database.sha256) {
    throw new BackupError(`${path} is damaged: its SHA-256 is not that of ${MANIFEST}.`);
  }
  return path;
}

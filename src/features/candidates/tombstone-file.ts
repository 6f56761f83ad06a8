/**
 * Tombstones as a file that is kept apart from the backups of the database: one JSON object a line, and at the
 * end a line with their number, so that a file that was cut is not taken for a whole one.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { tombstoneSchema, type Tombstone } from './tombstone.ts';
import { tombstonesAfter } from './tombstone-store.ts';

const BATCH = 500;

const lastLine = z.strictObject({ tombstones: z.int().min(0) });
const line = z.union([lastLine, tombstoneSchema]);

export class TombstoneFileError extends Error {
  override readonly name = 'TombstoneFileError';
}

/** The lines of the file, with their ends. */
export async function* writeTombstones(em: () => SqlEntityManager): AsyncGenerator<string, void> {
  let count = 0;
  for (let last: string | undefined; ;) {
    const batch = await tombstonesAfter(em(), last, BATCH);
    if (batch.length > 0) yield batch.map((one) => `${JSON.stringify(one)}\n`).join('');
    count += batch.length;
    last = batch.at(-1)?.receipt_id;
    if (batch.length < BATCH) break;
  }
  yield `${JSON.stringify({ tombstones: count })}\n`;
}

/**
 * Batches of a file, which may begin with what npm says of the script that it runs (`> …`).
 *
 * @throws {TombstoneFileError} for a line that is none, and at the end of a file that was cut
 */
export async function* readTombstones(
  lines: AsyncIterable<string>,
): AsyncGenerator<Tombstone[], void> {
  let batch: Tombstone[] = [];
  let count = 0;
  let number = 0;
  let said: number | null = null;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '' || (count === 0 && text.startsWith('> '))) continue;
    const read = parseLine(text);
    if (read === null || said !== null) {
      throw new TombstoneFileError(`Line ${number} of the file is no line of an export.`);
    }
    if ('tombstones' in read) {
      said = read.tombstones;
      continue;
    }
    count += 1;
    batch.push(read);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (said !== count && !(said === null && number === 0)) {
    throw new TombstoneFileError('The file is not whole: its last line must count the others.');
  }
  yield batch;
}

function parseLine(text: string): z.output<typeof line> | null {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

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
 * Batches of a file, which may begin with what npm says of the script that it runs (`> …`). An empty one is none.
 *
 * @throws {TombstoneFileError} for a line that is none, and at the end of a file that was cut
 */
export async function* readTombstones(
  lines: AsyncIterable<string>,
): AsyncGenerator<Tombstone[], void> {
  const file = createReader();
  let batch: Tombstone[] = [];
  for await (const text of lines) {
    const read = file.read(text);
    if (read === null) continue;
    batch.push(read);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  file.end();
  yield batch;
}

function createReader() {
  let lines = 0;
  let count = 0;
  /** By the last line. */
  let total: number | null = null;
  return {
    /** @returns null for a line that is no tombstone's */
    read(text: string): Tombstone | null {
      lines += 1;
      if (text.trim() === '' || (count === 0 && text.startsWith('> '))) return null;
      const read = parseLine(text);
      if (read === null || total !== null) {
        throw new TombstoneFileError(`Line ${lines} of the file is no line of an export.`);
      }
      if ('tombstones' in read) {
        total = read.tombstones;
        return null;
      }
      count += 1;
      return read;
    },
    end() {
      if (total === count || lines === 0) return;
      throw new TombstoneFileError('The file is not whole: its last line must count the others.');
    },
  };
}

function parseLine(text: string): z.output<typeof line> | null {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * All that is stored of a person as one JSON document.
 *
 * - Items are read one at a time, each with a query of its own: memory holds one of them, and a client that reads
 *   slowly holds no connection of the pool.
 * - The manifest with the counts stands at the end: a document that was cut is no JSON, and a complete one says so.
 *   It is not a snapshot: what is stored meanwhile may be in it. When the person is erased meanwhile, it is cut.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { writeJson } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { StoredCandidate } from './candidate.ts';
import { getCandidate } from './candidate-store.ts';

/** Of the document; another one when a member changes its meaning or goes. */
export const EXPORT_VERSION = 1;
/** Bytes that are handed on at a time. */
const PIECE_BYTES = 65_536;

export interface ExportSource {
  /** A database session for one query. */
  em: () => SqlEntityManager;
  personalData: readonly PersonalData[];
  now: () => Date;
  signal: AbortSignal;
}

/**
 * @param candidate as it is stored
 * @throws {AppError} NOT_FOUND in the middle of the document when the person is gone
 */
export async function* exportCandidate(
  candidate: StoredCandidate,
  source: ExportSource,
): AsyncGenerator<Buffer, void> {
  const id = candidate.candidate_id;
  const counts: Record<string, number> = { candidates: 1 };
  yield Buffer.from(`{"candidate":${writeJson(candidate)}`);
  for (const { kind, next } of source.personalData) {
    yield Buffer.from(`,\n${JSON.stringify(kind)}:[`);
    let count = 0;
    let after = '';
    for (;;) {
      source.signal.throwIfAborted();
      const item = await next(source.em(), id, after);
      if (item === undefined) break;
      yield* pieces(count === 0 ? item.text : `,\n${item.text}`);
      after = item.key;
      count += 1;
    }
    counts[kind] = count;
    yield Buffer.from(']');
  }
  await assertStillThere(candidate, source);
  const manifest = {
    schema_version: EXPORT_VERSION,
    exported_at: source.now().toISOString(),
    candidate_id: id,
    counts,
  };
  yield Buffer.from(`,\n"manifest":${JSON.stringify(manifest)}}\n`);
}

/** Encoded as a whole: a text that is cut could be cut within a character. */
function* pieces(text: string): Generator<Buffer, void> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    yield bytes.subarray(start, start + PIECE_BYTES);
  }
}

/** @throws {AppError} NOT_FOUND; {Error} when it is another person by now */
async function assertStillThere(candidate: StoredCandidate, source: ExportSource): Promise<void> {
  const { candidate_id: id, created_at: createdAt } = candidate;
  const { created_at: now } = await getCandidate(source.em(), id, null);
  if (now !== createdAt) throw new Error('The candidate was erased and created anew meanwhile.');
}

/** The entries of a gzip-compressed tar archive, in their order. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Extract, type Header } from 'tar-stream';
import type { LeftOutReason } from '../file.ts';
import { readingFailed, tooManyEntries, type ArchiveSource, type ReadOptions } from './archive.ts';

/** @throws {AppError} for an archive that cannot be used as a whole: its entries are known one after the other */
export async function readTar(source: ArchiveSource, reading: ReadOptions): Promise<void> {
  const input = typeof source === 'string' ? createReadStream(source) : Readable.from([source]);
  const unzipped = createGunzip();
  const archive = extract();
  const stop = (error: Error) => {
    input.destroy();
    unzipped.destroy(error);
    archive.destroy(error);
  };
  archive.on('error', () => undefined);
  input.on('error', stop);
  const work = [feed(input.pipe(unzipped), archive, reading), consume(archive, reading)];
  for (const part of work) part.catch((error: unknown) => stop(error as Error));
  const [fed, consumed] = await Promise.allSettled(work);
  input.destroy();
  // What went wrong first made the other stop.
  const failed = [consumed, fed].filter((each) => each?.status === 'rejected');
  if (failed.length === 0) return;
  const { signal } = reading;
  const reasons = failed.map(({ reason }) => reason as unknown);
  throw readingFailed(firstReason(reasons, signal), signal);
}

/** Of two parts of which one made the other fail: ours rather than what a library made of it. */
function firstReason(reasons: readonly unknown[], signal: AbortSignal): unknown {
  return (
    reasons.find((reason) => readingFailed(reason, signal) === reason && reason !== undefined) ??
    reasons[0]
  );
}

async function feed(
  unzipped: Readable,
  archive: Extract,
  { count, signal }: ReadOptions,
): Promise<void> {
  for await (const chunk of unzipped) {
    signal.throwIfAborted();
    count((chunk as Buffer).length);
    if (!archive.write(chunk)) await drained(archive);
    if (archive.destroyed) return;
  }
  archive.end(undefined);
}

async function drained(archive: Extract): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const ended = ['drain', 'close'].map((event) =>
    once(archive, event, { signal }).catch(() => undefined),
  );
  await Promise.race(ended);
  over.abort();
}

async function consume(archive: Extract, { limits, signal, onEntry }: ReadOptions): Promise<void> {
  let count = 0;
  for await (const entry of archive) {
    signal.throwIfAborted();
    count += 1;
    if (count > limits.entries) throw tooManyEntries(limits);
    const { header } = entry;
    if (header.type !== 'directory') {
      await onEntry({
        name: header.name,
        size: header.size ?? 0,
        reason: reasonAgainst(header),
        read: () => contentOf(entry),
      });
    }
    // Whatever of it nobody has read.
    entry.resume();
  }
}

function reasonAgainst({ type }: Header): LeftOutReason | null {
  if (type === 'file' || type === 'contiguous-file') return null;
  return type === 'symlink' || type === 'link' ? 'link' : 'special_file';
}

async function contentOf(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

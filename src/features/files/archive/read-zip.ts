/** The entries of a ZIP archive, in the order of its directory; nothing that it says of itself is believed. */
import { crc32 } from 'node:zlib';
import {
  fromBufferPromise,
  getFileNameLowLevel,
  openPromise,
  type Entry,
  type ZipFile,
} from 'yauzl';
import type { LeftOutReason } from '../file.ts';
import {
  damaged,
  DamagedEntry,
  overlapping,
  readingFailed,
  tooManyEntries,
  type ArchiveSource,
  type ReadOptions,
} from './archive.ts';

/** Of a local header, without its name. */
const LOCAL_HEADER_BYTES = 30;
/** Text gets tenfold smaller; a file of one letter a thousandfold. */
const MAX_RATIO = 200;
/** Smaller files harm nobody, whatever their ratio. */
const RATIO_FROM_BYTES = 1_048_576;

/** Systems that keep a file's mode in the upper half of the attributes. */
const modeSystems: ReadonlySet<number> = new Set([3, 19]);
const WINDOWS_LINK = 0x400;

const options = {
  autoClose: false,
  lazyEntries: true,
  decodeStrings: false,
  validateEntrySizes: true,
} as const;

/** @throws {AppError} for an archive that cannot be used as a whole */
export async function readZip(source: ArchiveSource, reading: ReadOptions): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    zip = await (typeof source === 'string'
      ? openPromise(source, options)
      : fromBufferPromise(source, options));
    // Of its descriptor, at any time.
    zip.on('error', () => undefined);
    for (const entry of await directoryOf(zip, reading)) {
      reading.signal.throwIfAborted();
      await visit(zip, entry, reading);
    }
  } catch (error) {
    throw readingFailed(error, reading.signal);
  } finally {
    zip?.close();
  }
}

/** All entries before the first is read: whether they overlap is known then. */
async function directoryOf(zip: ZipFile, { limits, signal }: ReadOptions): Promise<Entry[]> {
  if (zip.entryCount > limits.entries) throw tooManyEntries(limits);
  const directoryStart = Number(zip.readEntryCursor);
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    signal.throwIfAborted();
    entries.push(entry);
  }
  let end = 0;
  const byPlace = entries.toSorted(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  );
  for (const entry of byPlace) {
    if (entry.relativeOffsetOfLocalHeader < end) {
      throw overlapping();
    }
    end =
      entry.relativeOffsetOfLocalHeader +
      LOCAL_HEADER_BYTES +
      entry.fileNameLength +
      entry.compressedSize;
  }
  if (end > directoryStart) throw damaged();
  return entries;
}

async function visit(zip: ZipFile, entry: Entry, { onEntry, count }: ReadOptions): Promise<void> {
  const name = getFileNameLowLevel(
    entry.generalPurposeBitFlag,
    entry.fileNameRaw,
    entry.extraFields,
    true,
  );
  if (/[/\\]$/.test(name)) return;
  await onEntry({
    name,
    size: entry.uncompressedSize,
    reason: reasonAgainst(entry),
    read() {
      count(entry.uncompressedSize);
      return contentOf(zip, entry);
    },
  });
}

function reasonAgainst(entry: Entry): LeftOutReason | null {
  if (entry.isEncrypted()) return 'encrypted';
  const special = specialKind(entry);
  if (special !== null) return special;
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return 'unsupported_compression';
  }
  const { compressedSize, uncompressedSize } = entry;
  return uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > compressedSize * MAX_RATIO
    ? 'compression_ratio'
    : null;
}

function specialKind({ versionMadeBy, externalFileAttributes }: Entry): LeftOutReason | null {
  if ((externalFileAttributes & WINDOWS_LINK) !== 0) return 'link';
  if (!modeSystems.has(versionMadeBy >>> 8)) return null;
  const type = (externalFileAttributes >>> 16) & 0o170000;
  if (type === 0o120000) return 'link';
  return type === 0 || type === 0o100000 ? null : 'special_file';
}

/** Of exactly as many bytes as the directory says, or it is damaged; more are never held. */
async function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new DamagedEntry('The entry cannot be unpacked.', { cause: error });
  }
  const content = Buffer.concat(chunks);
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
    throw new DamagedEntry('The entry is not what the archive says of it.');
  }
  return content;
}

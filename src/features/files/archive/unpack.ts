/**
 * Texts of an archive: each entry becomes a file of a submission, or is left out with a reason. Nothing is written
 * to a path that an archive names; one file is held at a time.
 */
import type { LeftOutReason } from '../file.ts';
import {
  archiveKind,
  isGenerated,
  withoutArchiveExtension,
  type AllowsName,
} from '../file-names.ts';
import { sameFile, toPath } from '../file-path.ts';
import { foreignContent } from '../text.ts';
import {
  DamagedEntry,
  isBroken,
  passedIn,
  tooManyEntries,
  tooMuch,
  type ArchiveEntry,
  type ArchiveKind,
  type ArchiveLimits,
  type ArchiveSource,
} from './archive.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';

export interface Unpacking {
  allows: AllowsName;
  limits: ArchiveLimits;
  /** Whether archives in it are unpacked as well: those, and none in them. */
  nested: boolean;
  signal: AbortSignal;
  /** @returns why there is no room for a file of that size; null: there is */
  room: (path: string, size: number) => LeftOutReason | null;
  /** Only text. */
  onFile: (path: string, content: Buffer) => Promise<void> | void;
  /** @param path fit to be shown */
  onLeftOut: (path: string, reason: LeftOutReason) => void;
}

/** Characters of a path that is told of what was left out. */
const SHOWN = 200;

/** @throws {AppError} for an archive that cannot be used as a whole */
export async function unpack(
  source: ArchiveSource,
  kind: ArchiveKind,
  unpacking: Unpacking,
): Promise<void> {
  const { limits, signal } = unpacking;
  const seen = new Set<string>();
  const used = { entries: 0, bytes: 0 };

  const reasonAgainst = (path: string, entry: ArchiveEntry, isInner: boolean) => {
    if (isGenerated(path)) return 'generated';
    if (entry.reason !== null) return entry.reason;
    const isArchive = archiveKind(path) !== null;
    if (isArchive && (isInner || !unpacking.nested)) return 'nested_archive';
    if (!isArchive && !unpacking.allows(path)) return 'extension_not_allowed';
    if (entry.size > limits.fileBytes) return 'too_large';
    if (seen.has(sameFile(path))) return 'duplicate_path';
    return isArchive ? null : unpacking.room(path, entry.size);
  };
  const count = (bytes: number) => {
    used.bytes += bytes;
    if (used.bytes > limits.totalBytes) throw tooMuch(limits);
  };
  /** @returns null for what cannot be unpacked */
  const read = async (entry: ArchiveEntry) => {
    try {
      return await entry.read();
    } catch (error) {
      if (error instanceof DamagedEntry) return null;
      throw error;
    }
  };
  const visit = async (entry: ArchiveEntry, prefix: string): Promise<void> => {
    used.entries += 1;
    if (used.entries > limits.entries) throw tooManyEntries(limits);
    // Its own name first: behind a prefix an absolute path looks like a relative one.
    const name = toPath(entry.name);
    const path = name === null ? null : toPath(prefix + name);
    const isInner = prefix !== '';
    const reason = path === null ? 'unsafe_path' : reasonAgainst(path, entry, isInner);
    if (path === null || reason !== null) {
      return unpacking.onLeftOut(shown(prefix + entry.name), reason ?? 'unsafe_path');
    }
    const content = await read(entry);
    if (content === null) return unpacking.onLeftOut(shown(path), 'damaged');
    const inner = archiveKind(path);
    if (inner !== null) return unpackInner(path, inner, content);
    if ((await foreignContent(content)) !== null) {
      return unpacking.onLeftOut(shown(path), 'binary');
    }
    seen.add(sameFile(path));
    await unpacking.onFile(path, content);
  };
  /** As if it had been unpacked beside itself, in a folder of its name. */
  const unpackInner = async (path: string, inner: ArchiveKind, content: Buffer) => {
    const prefix = `${withoutArchiveExtension(path)}/`;
    try {
      await readAll(content, inner, (entry) => visit(entry, prefix));
    } catch (error) {
      if (!isBroken(error)) throw passedIn(error, shown(path));
      unpacking.onLeftOut(shown(path), 'damaged');
    }
  };
  const readAll = (
    from: ArchiveSource,
    of: ArchiveKind,
    onEntry: (entry: ArchiveEntry) => Promise<void>,
  ) => (of === 'zip' ? readZip : readTar)(from, { limits, count, signal, onEntry });

  await readAll(source, kind, (entry) => visit(entry, ''));
}

function shown(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
    .slice(0, SHOWN);
}

/**
 * A log file that is rotated by size and loses no line at it: one batch is written after the other,
 * and files are closed, renamed and opened between two batches. What cannot be written is left to be
 * written again, in whole lines, to a file that is opened anew; so is what went into a file that was
 * deleted meanwhile. One that was moved away is left to whoever did it. One process writes to a file.
 */
import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { fitting, type LogTarget } from './log-target.ts';

export interface LogFileOptions {
  /** `….log`; older files are `…1.log` (the newest of them), `…2.log`, … */
  path: string;
  /** Bytes of a file; only a line that is longer by itself makes a longer one. */
  maxBytes: number;
  /** Files that are kept, with the one that is written: at least 2. */
  maxFiles: number;
}

export function createLogFile({ path, maxBytes, maxFiles }: LogFileOptions): LogTarget {
  let handle: FileHandle | undefined;
  let inode = 0;
  let size = 0;

  const openFile = async () => {
    handle = await open(path, 'a');
    ({ size, ino: inode } = await handle.stat());
    return handle;
  };
  const close = async () => {
    const closing = handle;
    handle = undefined;
    // What was written is written; there is nothing to do about a close that fails.
    await closing?.close().catch(() => {});
  };
  const rotate = async () => {
    await close();
    for (let number = maxFiles - 1; number > 0; number--) {
      await rename(numbered(path, number - 1), numbered(path, number)).catch(ignoreMissing);
    }
    return openFile();
  };
  /** Writes as many lines as the file has room for, whole lines or none. @returns how many are kept */
  const append = async (lines: readonly string[]): Promise<number> => {
    let file = handle ?? (await openFile());
    if (size > 0 && size + Buffer.byteLength(lines[0] ?? '') > maxBytes) file = await rotate();
    const { text, count, bytes } = fitting(lines, Math.min(maxBytes - size, BATCH_BYTES));
    try {
      await file.appendFile(text);
    } catch (error) {
      // A line that is cut would spoil the next one.
      await file.truncate(size).catch(() => {});
      throw error;
    }
    size += bytes;
    const there = await stat(path).catch(() => undefined);
    if (there?.ino === inode) return count;
    const { nlink } = await file.stat();
    await close();
    return nlink === 0 ? append(lines) : count;
  };

  return {
    close,
    async append(lines) {
      try {
        return await append(lines);
      } catch (error) {
        // The next attempt opens it anew: it may be another file by then.
        await close();
        throw error;
      }
    },
  };
}

/** Bytes in one write: what a full disk makes us write again is not all that waits. */
const BATCH_BYTES = 1024 * 1024;

function numbered(path: string, number: number): string {
  return number === 0 ? path : path.replace(/\.log$/, `${number}.log`);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

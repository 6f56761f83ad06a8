/**
 * A log file that is rotated by size and loses no line at it: one batch is written after the other,
 * and files are closed, renamed and opened between two batches. What cannot be written (a full disk,
 * a folder that is gone) is dropped and counted, and the next batch tries again: whoever logs never
 * waits and never fails. One process writes to a file.
 */
import { open, rename, type FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

export interface LogFileOptions {
  /** `….log`; older files are `…1.log` (the newest of them), `…2.log`, … */
  path: string;
  /** Bytes of a file; only a line that is longer by itself makes a longer one. */
  maxBytes: number;
  /** Files that are kept, with the one that is written: at least 2. */
  maxFiles: number;
  /** Characters that may wait for the disk; lines beyond are dropped. */
  maxQueued: number;
}

export interface LogFile {
  /** @param line ends with a line feed */
  write(line: string): void;
  /** Waits until everything that was accepted is written or dropped, and the file is closed. */
  close(): Promise<void>;
  /** Lines that were not written. */
  dropped(): number;
}

export function createLogFile(options: LogFileOptions): LogFile {
  const files = createFiles(options);
  let dropped = 0;
  const append = async (lines: string[]) => {
    let next = 0;
    try {
      while (next < lines.length) next += await files.append(lines, next);
    } catch {
      dropped += lines.length - next;
      await files.close();
    }
  };
  // The stream is the queue: it hands over everything that came during the last batch.
  const queue = new Writable({
    decodeStrings: false,
    async write(line: string, _, done) {
      await append([line]);
      done();
    },
    async writev(queued, done) {
      await append(queued.map(({ chunk }) => chunk as string));
      done();
    },
    async final(done) {
      await files.close();
      done();
    },
  });
  return {
    write(line) {
      if (queue.writableEnded || queue.writableLength + line.length > options.maxQueued) dropped++;
      else queue.write(line);
    },
    close: () => new Promise<void>((resolve) => queue.end(resolve)),
    dropped: () => dropped,
  };
}

function createFiles({ path, maxBytes, maxFiles }: LogFileOptions) {
  let handle: FileHandle | undefined;
  let size = 0;

  const openFile = async () => {
    handle = await open(path, 'a');
    ({ size } = await handle.stat());
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

  return {
    close,
    /**
     * Writes as many lines as the file has room for, whole lines or none.
     *
     * @returns how many
     */
    async append(lines: string[], from: number): Promise<number> {
      let file = handle ?? (await openFile());
      if (size > 0 && size + Buffer.byteLength(lines[from] ?? '') > maxBytes) file = await rotate();
      const { text, count, bytes } = fitting(lines, from, maxBytes - size);
      try {
        await file.appendFile(text);
      } catch (error) {
        // A line that is cut would spoil the next one.
        await file.truncate(size).catch(() => {});
        throw error;
      }
      size += bytes;
      return count;
    },
  };
}

/** At least one line, and those that follow while they fit. */
function fitting(lines: string[], from: number, room: number) {
  let bytes = 0;
  let to = from;
  while (to < lines.length) {
    const length = Buffer.byteLength(lines[to] ?? '');
    if (to > from && bytes + length > room) break;
    bytes += length;
    to++;
  }
  return { text: lines.slice(from, to).join(''), count: to - from, bytes };
}

function numbered(path: string, number: number): string {
  return number === 0 ? path : path.replace(/\.log$/, `${number}.log`);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

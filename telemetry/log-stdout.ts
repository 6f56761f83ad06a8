import { writeSync } from 'node:fs';
import { codeOf } from '#src/errors.ts';
import { fitting, type LogTarget } from './log-target.ts';

/** Bytes handed to the system at once: the lines of a turn are one call, a long queue is not joined each time. */
const BATCH_BYTES = 256 * 1024;

/**
 * Writes lines to a descriptor, synchronously and without waiting: a pipe that is full takes none, and
 * what it took of a line is remembered. Unlike `process.stdout`, it queues nothing of its own, and it
 * writes again after an error: a disk may have room again, and a named pipe get another reader.
 *
 * @param fd of a file, a terminal, or a pipe that does not block
 */
export function createDescriptorTarget(fd: number): LogTarget {
  /** Of the lines that are given next, since they are given again until they are written. */
  let batch = { bytes: Buffer.alloc(0), lengths: [] as number[] };
  let written = 0;
  let reported = 0;
  return {
    append(lines) {
      if (written === batch.bytes.length) {
        const { text, count } = fitting(lines, BATCH_BYTES);
        const lengths = lines.slice(0, count).map((line) => Buffer.byteLength(line));
        batch = { bytes: Buffer.from(text), lengths: lengths.toReversed() };
        written = reported = 0;
      }
      written = writeSome(fd, batch.bytes, written);
      let whole = 0;
      for (;;) {
        const length = batch.lengths.at(-1);
        if (length === undefined || reported + length > written) return whole;
        batch.lengths.pop();
        reported += length;
        whole++;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Standard output. Opening `process.stdout` is what makes a pipe not block. */
export function createStdoutTarget(): LogTarget {
  // Others write there, too (the start-up message): that nobody reads it must not end the process.
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  return createDescriptorTarget(1);
}

/**
 * Writes a text now, as far as it is taken within so many milliseconds; never throws. For the last
 * words of a process that has no log.
 */
export function writeNow(fd: number, text: string, withinMs: number): void {
  const bytes = Buffer.from(text);
  const end = performance.now() + withinMs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  try {
    let written = writeSome(fd, bytes, 0);
    while (written < bytes.length && performance.now() < end) {
      Atomics.wait(cell, 0, 0, 1);
      written = writeSome(fd, bytes, written);
    }
  } catch {
    // Nobody is left to be told.
  }
}

/**
 * @returns up to where the bytes are written: all, or what was taken
 * @throws when nothing was written, and not because the descriptor is full
 */
function writeSome(fd: number, bytes: Buffer, from: number): number {
  let end = from;
  while (end < bytes.length) {
    try {
      end += writeSync(fd, bytes, end);
    } catch (error) {
      if (codeOf(error) === 'EAGAIN' || end > from) break;
      throw error;
    }
  }
  return end;
}

function ignore(): void {}

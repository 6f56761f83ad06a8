/**
 * Contents of files in a folder, each under its SHA-256: `ab/cdef…`. What is there without a row in `files` is
 * nobody's, and removed. A content is written under another name, flushed, and renamed within its file system, so
 * that a name of a content is that content, whatever crashes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf, DependencyError } from '../../errors.ts';

const INCOMING = 'incoming';
const SHA256 = /^[0-9a-f]{64}$/;

/** What was written, and is nobody's yet. */
export interface Incoming {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Removes it; nothing happens when it has been kept. */
  drop: () => Promise<void>;
}

/** A content that is being written, piece by piece; no descriptor is held between two pieces. */
export interface Writing {
  /** @throws {DependencyError} of the file system */
  append: (piece: Uint8Array) => Promise<void>;
  /** Flushes it. */
  finish: () => Promise<Incoming>;
  drop: () => Promise<void>;
}

export interface Blobs {
  begin: () => Promise<Writing>;
  /** Durable once it resolves. Under the lock of the table: nobody may remove it before its row is there. */
  keep: (incoming: Incoming) => Promise<void>;
  pathOf: (sha256: string) => string;
  /** @throws {DependencyError} when it cannot be read */
  read: (sha256: string) => Promise<Buffer>;
  /** Opened once it resolves. */
  stream: (sha256: string) => Promise<Readable>;
  /** Under the lock of the table. */
  remove: (sha256: string) => Promise<void>;
  /** Contents that were written before, each by its hash. */
  before: (time: Date) => AsyncGenerator<string, void>;
  /** Removes what was being received before, by a process that is gone. @returns how many */
  sweepIncoming: (time: Date) => Promise<number>;
}

/** @param folder made when it is first needed; nobody else may read it */
export function createBlobs(folder: string): Blobs {
  const pathOf = (sha256: string) => {
    if (!SHA256.test(sha256)) throw new Error('A content is named by its SHA-256.');
    return join(folder, sha256.slice(0, 2), sha256.slice(2));
  };
  return {
    async begin() {
      const path = join(folder, INCOMING, randomUUID());
      const hash = createHash('sha256');
      let size = 0;
      await within('written', async () => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(path, '', { flag: 'wx', mode: 0o600 });
      });
      const drop = () => rm(path, { force: true });
      return {
        async append(piece) {
          hash.update(piece);
          size += piece.length;
          await within('written', () => appendFile(path, piece));
        },
        async finish() {
          await within('written', () => flush(path, 'r+'));
          return { path, size, sha256: hash.digest('hex'), drop };
        },
        drop,
      };
    },
    async keep({ path, sha256 }) {
      const target = pathOf(sha256);
      await within('written', async () => {
        const made = await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await rename(path, target);
        // The name of a file is part of its folder.
        await flush(dirname(target), 'r');
        if (made !== undefined) await flush(folder, 'r');
      });
    },
    pathOf,
    async read(sha256) {
      return within('read', () => readFile(pathOf(sha256)));
    },
    async stream(sha256) {
      // Opened first: what is not there is an answer, not a connection that breaks.
      const handle = await within('read', () => open(pathOf(sha256), 'r'));
      return createReadStream('', { fd: handle });
    },
    remove: (sha256) => within('written', () => rm(pathOf(sha256), { force: true })),
    async *before(time) {
      for (const prefix of await namesIn(folder)) {
        if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
        for (const rest of await namesIn(join(folder, prefix))) {
          const sha256 = prefix + rest;
          if (SHA256.test(sha256) && (await isBefore(pathOf(sha256), time))) yield sha256;
        }
      }
    },
    async sweepIncoming(time) {
      const old: string[] = [];
      for (const name of await namesIn(join(folder, INCOMING))) {
        const path = join(folder, INCOMING, name);
        if (await isBefore(path, time)) old.push(path);
      }
      await Promise.all(old.map((path) => rm(path, { force: true })));
      return old.length;
    },
  };
}

/** The bytes of what was written, in pieces. @throws {DependencyError} */
export async function* piecesOf({ path }: Pick<Incoming, 'path'>): AsyncGenerator<Buffer, void> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Buffer;
  } catch (error) {
    throw failure('read', error);
  }
}

/** What is left there is swept an hour later; the error that made it useless is the one to tell. */
export async function dropAll(written: readonly Pick<Incoming, 'drop'>[]): Promise<void> {
  for (const { drop } of written) await drop().catch(() => undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw failure('read', error);
  }
}

async function isBefore(path: string, time: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < time;
  } catch {
    return false;
  }
}

async function flush(path: string, mode: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, mode);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function within<T>(what: 'read' | 'written', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(what, error);
  }
}

/** It names no path. */
function failure(what: 'read' | 'written', cause: unknown): DependencyError {
  const text = `An uploaded file could not be ${what}: ${codeOf(cause) || 'unknown reason'}.`;
  return new DependencyError('filesystem', 'unavailable', text, { cause });
}

/** From paths on this machine to what the service takes as an upload: archives as they are, all else in one tar.gz. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack as tar } from 'tar-stream';
import { archiveKind, createAllowsName, isGenerated } from '../features/files/file-names.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export interface Part {
  name: string;
  data: Buffer;
}

export interface Packed {
  parts: Part[];
  /** Files of this machine that are of no use to an assessment, such as images. */
  leftOut: number;
}

interface Found {
  /** In the submission. */
  path: string;
  file: string;
}

/** A folder with more was hardly meant. */
const MOST_FILES = 20_000;
const allows = createAllowsName(undefined);

/**
 * @param names of files, folders and archives, as they were typed
 * @param cwd paths in a submission are those below it, so that reports name files as the repository does
 */
export async function pack(
  names: readonly string[],
  { cwd, maxBytes }: { cwd: string; maxBytes: number },
): Promise<Packed> {
  const parts: Part[] = [];
  const found: Found[] = [];
  for (const name of names) {
    const path = resolve(cwd, name);
    const facts = await stat(path).catch((cause: unknown) => {
      throw new CliError(`${name} is not there, or may not be read.`, exitCodes.usage, { cause });
    });
    if (facts.isDirectory()) await walk(path, rootOf(path, cwd), found);
    else if (archiveKind(path) !== null) {
      parts.push({ name: basename(path), data: await readFile(path) });
    } else found.push({ path: rootOf(path, cwd) || basename(path), file: path });
  }
  const kept: Found[] = [];
  for (const one of found) if (await isOfUse(one, maxBytes)) kept.push(one);
  if (kept.length === 0 && parts.length === 0) {
    throw new CliError(
      `There is no file to assess in ${names.join(', ')}: source code and prose are.`,
      exitCodes.data,
    );
  }
  if (kept.length > 0) parts.push(await toArchive(kept));
  return { parts, leftOut: found.length - kept.length };
}

/** Each folder in it is somebody's submission. */
export async function packClass(
  name: string,
  { cwd, maxBytes }: { cwd: string; maxBytes: number },
): Promise<Packed> {
  const path = resolve(cwd, name);
  const facts = await stat(path).catch((cause: unknown) => {
    throw new CliError(`${name} is not there, or may not be read.`, exitCodes.usage, { cause });
  });
  if (!facts.isDirectory() && archiveKind(path) === null) {
    throw new CliError(
      `${name} is neither a folder nor an archive: a batch is a folder with one folder for each candidate.`,
      exitCodes.usage,
    );
  }
  return facts.isDirectory()
    ? pack(['.'], { cwd: path, maxBytes })
    : { parts: [{ name: basename(path), data: await readFile(path) }], leftOut: 0 };
}

/** '' for the folder itself, and for what lies elsewhere. */
function rootOf(path: string, cwd: string): string {
  const inside = relative(cwd, path).split(sep).join('/');
  return inside.startsWith('..') || resolve(inside) === inside ? '' : inside;
}

async function walk(folder: string, prefix: string, found: Found[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  // In one order on every machine.
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const file = join(folder, entry.name);
    if (isGenerated(path)) continue;
    if (entry.isDirectory()) await walk(file, path, found);
    // Links lead elsewhere.
    else if (entry.isFile()) found.push({ path, file });
    if (found.length > MOST_FILES) {
      throw new CliError(
        `There are more than ${MOST_FILES} files: name the folder with the submission.`,
        exitCodes.data,
      );
    }
  }
}

async function isOfUse({ path, file }: Found, maxBytes: number): Promise<boolean> {
  return allows(path) && (await stat(file)).size <= maxBytes;
}

async function toArchive(files: readonly Found[]): Promise<Part> {
  const archive = tar();
  const data = buffer(archive.pipe(createGzip()));
  for (const { path, file } of files) {
    // The same submission is the same bytes, whenever it is sent.
    archive.entry({ name: path, mtime: new Date(0) }, await readFile(file));
  }
  archive.finalize();
  return { name: 'submission.tar.gz', data: await data };
}

/** From paths on this machine to what the service takes as an upload: archives as they are, all else in one tar.gz. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { basename, join, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
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
const GIT_MS = 30_000;
const GIT_BYTES = 1 << 24;
const run = promisify(execFile);
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
    if (await isFolder(path, name)) found.push(...(await filesIn(path, rootOf(path, cwd))));
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
  if (kept.length > 0) {
    parts.push({ name: `${labelOf(names, cwd)}.tar.gz`, data: await toArchive(kept) });
  }
  return { parts, leftOut: found.length - kept.length };
}

/** Each folder in it is somebody's submission. */
export async function packClass(
  name: string,
  { cwd, maxBytes }: { cwd: string; maxBytes: number },
): Promise<Packed> {
  const path = resolve(cwd, name);
  if (await isFolder(path, name)) return pack(['.'], { cwd: path, maxBytes });
  if (archiveKind(path) === null) {
    throw new CliError(
      `${name} is neither a folder nor an archive: a batch is a folder with one folder for each candidate.`,
      exitCodes.usage,
    );
  }
  return { parts: [{ name: basename(path), data: await readFile(path) }], leftOut: 0 };
}

/** @param name as it was typed */
async function isFolder(path: string, name: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new CliError(`${name} is not there, or may not be read.`, exitCodes.usage, { cause });
  }
}

/** '' for the folder itself, and for what lies elsewhere. */
function rootOf(path: string, cwd: string): string {
  const inside = relative(cwd, path).split(sep).join('/');
  return inside.startsWith('..') || resolve(inside) === inside ? '' : inside;
}

/** What the archive is called where something is wrong with it. */
function labelOf(names: readonly string[], cwd: string): string {
  return basename(resolve(cwd, names[0] ?? '')) || 'submission';
}

async function filesIn(folder: string, prefix: string): Promise<Found[]> {
  const names = (await namesByGit(folder)) ?? (await Array.fromAsync(walk(folder, '')));
  if (names.length > MOST_FILES) {
    throw new CliError(
      `There are more than ${MOST_FILES} files: name the folder with the submission.`,
      exitCodes.data,
    );
  }
  return names
    .map((name) => ({
      path: prefix === '' ? name : `${prefix}/${name}`,
      file: join(folder, name),
    }))
    .filter(({ path }) => !isGenerated(path));
}

/**
 * In a work tree: what is not ignored, which is what would be handed in. A `.env` on this machine is none of it.
 *
 * @returns null where there is no work tree, or where all of the folder is ignored
 */
async function namesByGit(folder: string): Promise<string[] | null> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  try {
    const { stdout } = await run('git', args, {
      cwd: folder,
      timeout: GIT_MS,
      maxBuffer: GIT_BYTES,
    });
    const names = stdout.split('\0').filter((name) => name !== '');
    return names.length === 0 ? null : [...new Set(names)].toSorted();
  } catch {
    return null;
  }
}

/** In one order on every machine. Links lead elsewhere. */
async function* walk(folder: string, prefix: string): AsyncGenerator<string, void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix + entry.name;
    if (isGenerated(path)) continue;
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), `${path}/`);
    else if (entry.isFile()) yield path;
  }
}

async function isOfUse({ path, file }: Found, maxBytes: number): Promise<boolean> {
  if (!allows(path)) return false;
  // Of git's list some may be deleted, or links.
  const facts = await lstat(file).catch(() => null);
  return facts !== null && facts.isFile() && facts.size <= maxBytes;
}

async function toArchive(files: readonly Found[]): Promise<Buffer> {
  const archive = tar();
  const data = buffer(archive.pipe(createGzip()));
  for (const { path, file } of files) {
    // The same submission is the same bytes, whenever it is sent.
    archive.entry({ name: path, mtime: new Date(0) }, await readFile(file));
  }
  archive.finalize();
  return data;
}

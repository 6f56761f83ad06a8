/**
 * The archive of a class, as course systems give it to a teacher: a folder for each student. Each folder becomes a
 * file of its own, so that a student can be erased without the others. Its content is the student's texts, one JSON
 * object a line; an archive in it is unpacked as well.
 */
import type { ArchiveKind } from './archive/archive.ts';
import { unusable } from './archive/archive.ts';
import { unpack } from './archive/unpack.ts';
import { dropAll, type Writing } from './blobs.ts';
import { createContents, MOST_LEFT_OUT, tagsOf, type ContentsCount } from './contents.ts';
import type { LeftOut, LeftOutReason } from './file.ts';
import { toPath } from './file-path.ts';
import { nothingOfUse, type Prepared, type PreparedUpload, type Preparing } from './prepared.ts';

const MAX_FOLDERS = 500;
const MOODLE = '_assignsubmission_';

/** One text of a folder, as its content has it. */
export interface FolderLine {
  path: string;
  content: string;
}

interface Folder {
  contents: ContentsCount;
  writing: Writing;
}

/**
 * @returns folder and path in it; null for what lies in none. Moodle writes `Name_12345_assignsubmission_file_/…`, and
 *   without folders `Name_12345_assignsubmission_file_main.py`
 */
function placeOf(path: string): [folder: string, path: string] | null {
  const slash = path.indexOf('/');
  if (slash > 0) return [path.slice(0, slash), path.slice(slash + 1)];
  const mark = path.indexOf(MOODLE);
  const end = mark < 1 ? -1 : path.indexOf('_', mark + MOODLE.length);
  return end === -1 ? null : [path.slice(0, end + 1), path.slice(end + 1)];
}

/** @throws {AppError} when it cannot be used as a whole; nothing of it is left then */
export async function createClass(
  options: Preparing & { kind: ArchiveKind; source: string },
): Promise<PreparedUpload> {
  const { blobs, limits } = options;
  const folders = new Map<string, Folder>();
  const leftOut: LeftOut[] = [];
  let leftOutCount = 0;

  const known = (path: string) => {
    const place = placeOf(path);
    return place === null ? undefined : folders.get(place[0]);
  };
  const room = (path: string, size: number): LeftOutReason | null => {
    const place = placeOf(path);
    if (place === null) return 'outside_a_folder';
    // What is left once the folder is cut off is the path in a submission.
    if (toPath(place[1]) === null) return 'unsafe_path';
    return folders.get(place[0])?.contents.room(size) ?? null;
  };
  const folderOf = async (name: string): Promise<Folder> => {
    const folder = folders.get(name);
    if (folder !== undefined) return folder;
    if (folders.size >= MAX_FOLDERS) {
      throw unusable(`has more than ${MAX_FOLDERS} folders`, 'too_many_folders');
    }
    const made = { contents: createContents(limits.fileBytes), writing: await blobs.begin() };
    folders.set(name, made);
    return made;
  };
  try {
    await unpack(options.source, options.kind, {
      ...options,
      nested: true,
      room,
      async onFile(path, content) {
        const [name, rest] = placeOf(path) ?? ['', path];
        const { contents, writing } = await folderOf(name);
        const line: FolderLine = { path: rest, content: content.toString('utf8') };
        await writing.append(Buffer.from(`${JSON.stringify(line)}\n`));
        contents.add(rest, content.length);
      },
      onLeftOut(path, reason) {
        const folder = known(path);
        if (folder !== undefined)
          return folder.contents.leaveOut(placeOf(path)?.[1] ?? path, reason);
        leftOutCount += 1;
        if (leftOut.length < MOST_LEFT_OUT) leftOut.push({ path, reason });
      },
    });
    if (folders.size === 0) throw nothingOfUse(leftOut);
    const files: Prepared[] = [];
    for (const [name, { contents, writing }] of folders) {
      const incoming = await writing.finish();
      const result = contents.result();
      const tags = tagsOf(result.entries.map(({ path }) => path));
      files.push({
        incoming,
        kind: 'folder',
        filename: name,
        originalFilename: name,
        language: null,
        tags,
        contents: result,
      });
    }
    return { files, leftOut, leftOutCount };
  } catch (error) {
    await dropAll([...folders.values()].map(({ writing }) => writing));
    throw error;
  }
}

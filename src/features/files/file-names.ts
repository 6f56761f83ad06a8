/** What the name of a file tells. */
import {
  languageByExtension,
  languageByFileName,
} from '../../engine/syntax/languages/file-names.ts';
import type { ArchiveKind } from './archive/archive.ts';
import { nameOf } from './file-path.ts';

const archiveExtensions: readonly (readonly [extension: string, kind: ArchiveKind])[] = [
  ['zip', 'zip'],
  ['tar.gz', 'tar.gz'],
  ['tgz', 'tar.gz'],
];

/** Where ALLOWED_EXTENSIONS is not set: whatever the engine knows by its name, texts that go with it, and archives. */
const usual = [
  ...Object.keys(languageByExtension),
  ...archiveExtensions.map(([extension]) => extension),
  ...`asm bat clj cmake cmd conf diff editorconfig ejs env erl example f90 fish fs fsx gradle groovy
      hbs ipynb j2 jl lock m mk mm mod nim patch s sum tex v vhd zig`.split(/\s+/),
];

/** @returns null for what is no archive by its name */
export function archiveKind(path: string): ArchiveKind | null {
  const name = nameOf(path).toLowerCase();
  return archiveExtensions.find(([extension]) => name.endsWith(`.${extension}`))?.[1] ?? null;
}

export function withoutArchiveExtension(path: string): string {
  return path.replace(/\.(zip|tar\.gz|tgz)$/i, '');
}

/** Without the dot, lower case; '' for names such as `Makefile` and `.gitignore`. */
function extensionOf(path: string): string {
  const name = nameOf(path).toLowerCase();
  const kind = archiveExtensions.find(([extension]) => name.endsWith(`.${extension}`));
  return kind?.[0] ?? /[^.]\.([^.]+)$/.exec(name)?.[1] ?? '';
}

/** Tells whether a file of this name is taken; one without an extension is judged by its content alone. */
export type AllowsName = (path: string) => boolean;

/** @param extensions without the dot, lower case; undefined: the usual ones */
export function createAllowsName(extensions: readonly string[] | undefined): AllowsName {
  const allowed = new Set(extensions ?? usual);
  return (path) => {
    const extension = extensionOf(path);
    return extension === '' || allowed.has(extension);
  };
}

/** By the name alone; null where that does not tell. */
export function languageOf(path: string): string | null {
  const name = nameOf(path).toLowerCase();
  if (Object.hasOwn(languageByFileName, name)) return languageByFileName[name] ?? null;
  const extension = extensionOf(path);
  return Object.hasOwn(languageByExtension, extension)
    ? (languageByExtension[extension] ?? null)
    : null;
}

/** What tools leave behind and nobody wrote; in an archive it would be most of the entries. */
export function isGenerated(path: string): boolean {
  return (
    /(^|\/)(__MACOSX|node_modules|\.git|\.hg|\.svn|__pycache__|\.venv|\.gradle|\.DS_Store|Thumbs\.db|desktop\.ini)(\/|$)/.test(
      path,
    ) || nameOf(path).startsWith('._')
  );
}

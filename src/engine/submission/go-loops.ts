import type { FileFacts } from '../facts.ts';

/** The first version of Go in which each turn of a loop has variables of its own. */
const ownVariables = 22;

/** The files without closures over loop variables where the module asks for a Go in which that is sound. */
export function withoutOwnLoopVariables(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): FileFacts[] {
  const isShared = ({ rule }: FileFacts['smells'][number]): boolean =>
    rule === 'shared-loop-variable';
  if (!files.some(({ smells }) => smells.some(isShared))) return [...files];
  const modules = files
    .filter(({ path }) => /(^|\/)go\.mod$/.test(path))
    .map(({ path }) => ({ folder: path.slice(0, -'go.mod'.length), minor: minorOf(linesOf(path)) }))
    .sort((a, b) => b.folder.length - a.folder.length);
  return files.map((file) => {
    const own = modules.find(({ folder }) => file.path.startsWith(folder));
    return (own?.minor ?? 0) < ownVariables
      ? file
      : { ...file, smells: file.smells.filter((smell) => !isShared(smell)) };
  });
}

/** 22 of `go 1.22.3`. */
function minorOf(lines: readonly string[]): number {
  const [, minor = '0'] = /^go\s+1\.(\d+)/m.exec(lines.join('\n')) ?? [];
  return Number(minor);
}

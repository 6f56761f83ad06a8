import type { FileFacts } from '../facts.ts';

/** The files in a folder of which another file loads whatever lies there. */
export function loadedByFolder(sources: readonly FileFacts[]): Set<FileFacts> {
  const told = sources.flatMap(({ path, foldersLoaded = [] }) =>
    foldersLoaded.map((folder) => ({ from: path, folder })),
  );
  // A module of Python is named from wherever the program was started.
  const anywhere = told.filter(({ folder }) => folder.startsWith('/'));
  const beside = told
    .filter(({ folder }) => !folder.startsWith('/'))
    .map(({ from, folder }) => ({ from, folder: joined(from, folder) }));
  return new Set(
    sources.filter(
      ({ path }) =>
        beside.some(({ from, folder }) => from !== path && path.startsWith(folder)) ||
        anywhere.some(({ folder }) => `/${path}`.includes(folder)),
    ),
  );
}

/** `src/routes/` for `../routes/` in `src/config/app.ts`. */
function joined(from: string, relative: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

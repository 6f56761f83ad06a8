import type { FileFacts } from '../facts.ts';

/** The files in a folder of which another file, or the framework, loads whatever lies there. */
export function loadedByFolder(sources: readonly FileFacts[]): Set<FileFacts> {
  const told = sources.flatMap(({ path, foldersLoaded = [] }) =>
    foldersLoaded.map((folder) => ({ from: path, folder })),
  );
  // A module of Python is named from wherever the program was started.
  const anywhere = told.filter(({ folder }) => folder.startsWith('/'));
  const beside = told
    .filter(({ folder }) => !folder.startsWith('/'))
    .map(({ from, folder }) => ({ from, folder: joined(from, folder) }));
  const isRouted = routedIn(sources);
  return new Set(
    sources.filter(
      ({ path }) =>
        isRouted(path) ||
        beside.some(({ from, folder }) => from !== path && path.startsWith(folder)) ||
        anywhere.some(({ folder }) => `/${path}`.includes(folder)),
    ),
  );
}

/** Next.js answers each path of a site with the file that lies there. */
function routedIn(sources: readonly FileFacts[]): (path: string) => boolean {
  const isUsed = sources.some(({ imports }) =>
    imports.some(({ module }) => /^next(\/|$)/.test(module)),
  );
  return (path) => isUsed && routed.test(path);
}

const routed =
  /(^|\/)(app\/(.*\/)?(page|layout|route|loading|error|global-error|not-found|template|default)|pages\/.*|(src\/)?middleware)\.[jt]sx?$/;

/** `src/routes/` for `../routes/` in `src/config/app.ts`. */
function joined(from: string, relative: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

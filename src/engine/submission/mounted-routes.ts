import type { FileFacts, ImportFacts } from '../facts.ts';
import type { RouteFacts } from '../route-facts.ts';
import { importedFiles } from './dependencies.ts';
import { moduleStem } from './path-stems.ts';

/** Routers within one another that are followed. */
const deepest = 4;

/**
 * The files with their routes also under the paths that others put them: `/` of `users.py` is `/users/` where another
 * file says `include_router(users.router, prefix="/users")`.
 */
export function withMountedRoutes(files: readonly FileFacts[]): FileFacts[] {
  if (files.every(({ mounts = [] }) => mounts.length === 0)) return [...files];
  const pathsOf = prefixesOf(mountsIn(files));
  return files.map((file) => {
    const own = (file.routes ?? []).filter(({ command }) => command !== true);
    const mounted = (own.length === 0 ? [] : pathsOf(file.path)).flatMap((prefix) =>
      own.map((route): RouteFacts => ({ ...route, path: joined(prefix, route.path) })),
    );
    return mounted.length === 0 ? file : { ...file, routes: [...(file.routes ?? []), ...mounted] };
  });
}

/** A file that is put under a path, and the file that puts it there. */
interface Mounted {
  target: string;
  path: string;
  by: string;
}

function mountsIn(files: readonly FileFacts[]): Mounted[] {
  const targets = targetsOf(files);
  return files.flatMap((file) =>
    (file.mounts ?? []).flatMap(({ path, of }) =>
      (of === null ? [file.path] : targets(file, of)).map((target) => ({
        target,
        path,
        by: file.path,
      })),
    ),
  );
}

/** Paths kept of one file, and mounts of all that are looked at. */
const most = { paths: 40, mounts: 2_000 };

/** The paths that a file is put under: a router may stand in a file that is put under a path itself. */
function prefixesOf(mounts: readonly Mounted[]): (path: string) => string[] {
  let known = new Map<string, Set<string>>();
  for (let depth = 0; depth < deepest; depth += 1) {
    const next = new Map<string, Set<string>>();
    for (const { target, path, by } of mounts.slice(0, most.mounts)) {
      const paths = next.get(target) ?? new Set<string>();
      next.set(target, paths.add(path));
      for (const front of by === target ? [] : (known.get(by) ?? []))
        if (paths.size < most.paths) paths.add(joined(front, path));
    }
    known = next;
  }
  return (file) => [...(known.get(file) ?? [])].slice(0, most.paths);
}

function joined(front: string, path: string): string {
  const verb = /^[A-Z]+ /.exec(path)?.[0] ?? '';
  return `${verb}/${front}/${path.slice(verb.length)}`.replaceAll(/\/{2,}/g, '/');
}

/** Files that a name or a module stands for in a file. */
function targetsOf(files: readonly FileFacts[]): (file: FileFacts, of: string) => string[] {
  const resolved = importedFiles(files);
  const byStem = Map.groupBy(files, ({ path }) => moduleStem(path));
  return ({ imports, path: from }, of) => {
    if (/[./]/.test(of)) return moduleNamed(of).filter((path) => path !== from);
    const taken = imports.filter((item) => namesOf(item).includes(of));
    // `from app.endpoints import users` takes a module.
    const modules = taken.flatMap(({ module }) => moduleNamed(`${module}.${of}`));
    const found = modules.length > 0 ? modules : taken.flatMap(resolved);
    return found.filter((path) => path !== from);
  };

  function moduleNamed(module: string): string[] {
    const parts = module.split(/[./\\]+/).filter((part) => part !== '');
    const stem = parts.at(-1) ?? '';
    const folder = parts.at(-2);
    return (byStem.get(stem) ?? [])
      .map(({ path }) => path)
      .filter((path) => folder === undefined || path.includes(`${folder}/`));
  }
}

function namesOf({ names, aliases = {}, whole }: ImportFacts): string[] {
  return [...names, ...Object.keys(aliases), ...(whole === undefined ? [] : [whole])];
}

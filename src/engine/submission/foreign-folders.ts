import type { FileFacts, FileRole } from '../facts.ts';

/** Reads the beginning of a file: what marks a folder stands there. */
export type HeadOf = (path: string) => string;

interface Folder {
  /** With its slash: `web/dist/`. */
  prefix: string;
  /** What lies beside it: `web/`. */
  parent: string;
  inside: readonly FileFacts[];
  all: ReadonlyMap<string, FileFacts>;
  headOf: HeadOf;
}

type Verdict = { role: FileRole; reason: string } | null;

/**
 * Names that build tools and package managers use and authors use as well. Each is decided by what lies in
 * the folder and beside it: `target/` next to a `pom.xml`, `adapter/out/` next to nothing of the kind.
 */
const judges: Readonly<Record<string, (folder: Folder) => Verdict>> = {
  target: (folder) =>
    beside(folder, /^(pom\.xml|Cargo\.toml|build\.sbt)$/) ?? marked(folder, /(^|\/)CACHEDIR\.TAG$/),
  build: (folder) =>
    beside(folder, /^(build\.gradle(\.kts)?|settings\.gradle(\.kts)?|pubspec\.yaml)$/) ??
    marked(folder, /^(CMakeCache\.txt|cmake_install\.cmake|lib\/.*\.py$|bdist[^/]*\/)/) ??
    compiled(folder),
  bin: (folder) => beside(folder, /\.(cs|fs|vb)proj$/),
  obj: (folder) => beside(folder, /\.(cs|fs|vb)proj$/),
  out: compiled,
  dist: (folder) => compiled(folder) ?? besideSources(folder),
  coverage: (folder) =>
    marked(
      folder,
      /(^|\/)(lcov\.info|coverage-final\.json|clover\.xml|prettify\.js|block-navigation\.js)$/,
    ),
  generated: saysGenerated,
  gen: saysGenerated,
  vendor: thirdParty,
  vendors: thirdParty,
  third_party: thirdParty,
  thirdparty: thirdParty,
  'third-party': thirdParty,
  external: thirdParty,
  plugins: ofUnity,
  venv: virtualEnvironment,
  env: virtualEnvironment,
};

/** Unity has what is bought or taken over in `Assets/Plugins`, beside the scripts of the game. */
function ofUnity({ prefix, parent, all }: Folder): Verdict {
  const isOwn = (path: string): boolean =>
    path.startsWith(parent) && !path.startsWith(prefix) && path.endsWith('.cs');
  return /(^|\/)Assets\/$/.test(parent) && [...all.keys()].some(isOwn)
    ? { role: 'vendored', reason: 'it lies where Unity has the code of third parties' }
    : null;
}

/** Files with the role that the folders around them give; the list keeps its order. */
export function withFolderRoles(files: readonly FileFacts[], headOf: HeadOf): FileFacts[] {
  const all = new Map(files.map((file) => [file.path, file]));
  const verdicts = new Map<string, Verdict>();
  const within = filesByFolder(files);
  const isOfShadcn = partsOfShadcn(files, headOf);
  return files.map((file) => {
    if (file.role === 'binary' || file.role === 'lock' || file.role === 'template') return file;
    if (isOfShadcn(file.path))
      return { ...file, role: 'vendored', roleReason: 'shadcn copies it into a project' };
    for (const { prefix, parent, name } of foldersOf(file.path)) {
      let verdict = verdicts.get(prefix);
      if (verdict === undefined) {
        const folder = { prefix, parent, inside: within.get(prefix) ?? [], all, headOf };
        verdict = judges[name]?.(folder) ?? null;
        verdicts.set(prefix, verdict);
      }
      if (verdict !== null) return { ...file, role: verdict.role, roleReason: verdict.reason };
    }
    return file;
  });
}

/** Parts of a page that the tool of shadcn copies into `components/ui`, which its `components.json` tells of. */
function partsOfShadcn(files: readonly FileFacts[], headOf: HeadOf): (path: string) => boolean {
  const roots = files.flatMap(({ path }) =>
    /(^|\/)components\.json$/.test(path) && /shadcn/.test(headOf(path))
      ? [path.slice(0, -'components.json'.length)]
      : [],
  );
  if (roots.length === 0) return () => false;
  return (path) => {
    const name = /\/ui\/([a-z]+(?:-[a-z]+)*)(?:\/[^/]+)?\.\w+$|\/ui\/([a-z-]+)\//.exec(path);
    const part = name?.[2] ?? name?.[1] ?? '';
    return shadcnParts.has(part) && roots.some((root) => path.startsWith(root));
  };
}

const shadcnParts = new Set(
  'accordion alert alert-dialog aspect-ratio avatar badge breadcrumb button button-group calendar card carousel chart checkbox collapsible command context-menu dialog drawer dropdown-menu empty field form hover-card input input-group input-otp item kbd label menubar navigation-menu pagination popover progress radio-group range-calendar resizable scroll-area select separator sheet sidebar skeleton slider sonner spinner switch table tabs textarea toast toaster toggle toggle-group tooltip use-toast'.split(
    ' ',
  ),
);

/** Folders of a path that bear one of the names, outermost first. */
function foldersOf(path: string): { prefix: string; parent: string; name: string }[] {
  const parts = path.split('/');
  return parts.slice(0, -1).flatMap((part, at) => {
    const name = part.toLowerCase();
    if (!Object.hasOwn(judges, name)) return [];
    const parent = parts.slice(0, at).map((folder) => `${folder}/`);
    return [{ prefix: `${parent.join('')}${part}/`, parent: parent.join(''), name }];
  });
}

function filesByFolder(files: readonly FileFacts[]): Map<string, FileFacts[]> {
  const folders = new Map<string, FileFacts[]>();
  for (const file of files) {
    for (const { prefix } of foldersOf(file.path)) {
      const known = folders.get(prefix);
      if (known) known.push(file);
      else folders.set(prefix, [file]);
    }
  }
  return folders;
}

/** A file of the build tool's own lies next to the folder. */
function beside({ prefix, parent, all }: Folder, names: RegExp): Verdict {
  for (const path of all.keys()) {
    if (!path.startsWith(parent) || path.startsWith(prefix)) continue;
    const name = path.slice(parent.length);
    if (!name.includes('/') && names.test(name))
      return { role: 'generated', reason: `the build that ${path} describes writes this folder` };
  }
  return null;
}

/** A file that only the tool writes lies in the folder. */
function marked({ prefix, inside }: Folder, names: RegExp): Verdict {
  const found = inside.find(({ path }) => names.test(path.slice(prefix.length)));
  return found
    ? { role: 'generated', reason: `a tool writes this folder: it holds ${found.path}` }
    : null;
}

const compiledMarks =
  /__esModule|__webpack_require__|webpackJsonp|parcelRequire|__importDefault|__awaiter|_interopRequire|_createClass|System\.register\(|^\(self\.webpack/m;

/** At least half of the scripts carry marks of a compiler, or stand elsewhere as what they were made from. */
function compiled({ prefix, parent, inside, all, headOf }: Folder): Verdict {
  const scripts = inside.filter(({ path }) => /\.(m|c)?js$|\.d\.ts$/.test(path));
  const sources = new Set(
    [...all.keys()]
      .filter((path) => path.startsWith(parent) && !path.startsWith(prefix))
      .filter((path) => /\.(tsx?|mts|cts|jsx?|mjs|vue|coffee)$/.test(path))
      .map(stemOf),
  );
  const made = scripts.filter(
    ({ path, meanLine, role }) =>
      role === 'generated' ||
      meanLine > 200 ||
      sources.has(stemOf(path)) ||
      compiledMarks.test(headOf(path)),
  );
  if (made.length === 0 || made.length * 2 < scripts.length) return null;
  return { role: 'generated', reason: 'the scripts in this folder are compiled' };
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/(\.d)?\.\w+$/, '');
}

/** `dist/` beside the manifest of a package and its sources holds what is shipped. */
function besideSources(folder: Folder): Verdict {
  const { prefix, parent, all } = folder;
  const hasSources = [...all.values()].some(
    ({ path, role }) => role === 'source' && path.startsWith(parent) && !path.startsWith(prefix),
  );
  return hasSources ? beside(folder, /^(package\.json|setup\.py|pyproject\.toml)$/) : null;
}

function saysGenerated({ inside, headOf }: Folder): Verdict {
  const said = inside.filter(
    ({ path, role }) => role === 'generated' || /generated/i.test(headOf(path).slice(0, 600)),
  );
  return said.length > 0 && said.length * 2 >= inside.length
    ? { role: 'generated', reason: 'the files of this folder say that they are generated' }
    : null;
}

/** A package manager's own files, a licence or manifests of others, or heads with somebody's copyright. */
function thirdParty({ prefix, inside, headOf }: Folder): Verdict {
  const marks =
    /^(modules\.txt|autoload\.php|composer\/|bundle\/|cache\/)|^[\w-]+(\.[\w-]+)*\.(com|org|io|net|dev|in)\/|(^|\/)(LICEN[CS]E|COPYING|NOTICE)[^/]*$|\/(package\.json|composer\.json|go\.mod|Cargo\.toml|setup\.py|[\w-]+\.gemspec)$/i;
  const reason = 'it lies in a folder of third-party code';
  const holds = inside.some(
    ({ path, role }) => role === 'vendored' || marks.test(path.slice(prefix.length)),
  );
  if (holds) return { role: 'vendored', reason };
  const foreign = inside.filter(
    ({ path, role }) =>
      role === 'generated' || /copyright|licen[cs]ed? under|@license/i.test(headOf(path)),
  );
  return foreign.length > 0 && foreign.length * 2 >= inside.length
    ? { role: 'vendored', reason }
    : null;
}

function virtualEnvironment({ prefix, inside }: Folder): Verdict {
  const marks = /^(pyvenv\.cfg$|(bin|Scripts)\/activate|[Ll]ib\/python)/;
  return inside.some(({ path }) => marks.test(path.slice(prefix.length)))
    ? { role: 'vendored', reason: 'it lies in a virtual environment' }
    : null;
}

import type { FileFacts } from '../facts.ts';
import { nameOfModule } from '../syntax/offered-by-default.ts';

/** Files that say how a package and its programs are called, with what stands around the names. */
const manifests: readonly (readonly [file: RegExp, name: RegExp])[] = [
  [/(?:^|\/)package\.json$/, /"name"\s*:\s*"([^"\n]{1,200})"/g],
  [/(?:^|\/)package\.json$/, /"bin"\s*:\s*\{\s*"([^"\n]{1,100})"/g],
  [/(?:^|\/)Cargo\.toml$/, /^name\s*=\s*"([\w-]{1,100})"/gm],
  [/(?:^|\/)pyproject\.toml$/, /^["']?([\w-]{1,100})["']?\s*=\s*"[\w.]+:\w+"/gm],
  [/(?:^|\/)setup\.(?:py|cfg)$/, /["'\s]([\w-]{1,100})\s*=\s*[\w.]+:\w+/g],
];

/** `# ms`, with pictures and links behind it: what a README is about, where that is one name. */
const titlePattern = /^#[ \t]+`?([A-Za-z][\w-]{1,60})`?[ \t]*(?:!?\[.*)?$/m;

/**
 * Names under which others import or start the submission: by its manifests, by the folder of a program of Go, and by
 * what a module offers: `Accepts` is taken as `accepts`.
 */
export function packagesIn(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): Set<string> {
  const names = new Set<string>(titlesIn(files, linesOf));
  for (const { path, offeredByDefault: offered } of files) {
    if (offered !== undefined && offered !== 'exports')
      names.add(offered).add(offered.toLowerCase());
    const program = /(?:^|\/)cmd\/([\w-]+)\/main\.go$/.exec(path)?.[1];
    if (program !== undefined) names.add(program);
    for (const [file, name] of manifests)
      if (file.test(path))
        for (const [, told = ''] of linesOf(path).join('\n').matchAll(name)) names.add(told);
  }
  return names;
}

/** A function that the index of a package offers without a name is called as the README beside it is headed. */
function titlesIn(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): string[] {
  const nameless = new Set(
    files.flatMap(({ path, offeredByDefault: offered }) => {
      const folder = /^(.*?)(?:(?:src|lib)\/)?index\.\w+$/.exec(path)?.[1];
      return folder !== undefined && offered === nameOfModule(path) ? [folder] : [];
    }),
  );
  return files.flatMap(({ path }) => {
    const folder = /^(.*?)readme[^/]*$/i.exec(path)?.[1];
    if (folder === undefined || !nameless.has(folder)) return [];
    const title = titlePattern.exec(linesOf(path).join('\n'))?.[1];
    return title === undefined ? [] : [nameOfModule(title)];
  });
}

import type { FileFacts } from '../facts.ts';

/** Libraries that draw windows or play: what such a program prints, its user does not see. */
const windows =
  /^(javafx|javax\.swing|java\.awt|android|tkinter|PyQt\d|PySide\d|pygame|kivy|UnityEngine|Avalonia|System\.Windows|Gtk|gi\.repository|electron|react|react-dom|vue|svelte|@angular\/core)\b/;

/**
 * The files without what is said of printing, where they are a program that talks to its user on a console: one of them
 * starts it there, and none answers over HTTP or draws a window.
 */
export function withoutPrintsOfConsole(files: readonly FileFacts[]): FileFacts[] {
  const sources = files.filter(({ role }) => role === 'source');
  const isConsole =
    sources.some(({ console: starts }) => starts === true) &&
    sources.every(
      ({ routes = [], imports }) =>
        routes.every(({ command }) => command === true) &&
        !imports.some(({ module }) => windows.test(module)),
    );
  if (!isConsole) return [...files];
  return files.map((file) =>
    file.smells.some(isPrint)
      ? { ...file, smells: file.smells.filter((smell) => !isPrint(smell)) }
      : file,
  );
}

function isPrint({ rule }: FileFacts['smells'][number]): boolean {
  return rule === 'debug-output';
}

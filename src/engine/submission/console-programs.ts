import type { FileFacts } from '../facts.ts';

/** Libraries that draw windows or play: what such a program prints, its user does not see. */
const windows =
  /^(javafx|javax\.swing|java\.awt|android|tkinter|PyQt\d|PySide\d|pygame|kivy|UnityEngine|Avalonia|System\.Windows|Gtk|gi\.repository|electron|react|react-dom|vue|svelte|@angular\/core)\b/;

/** Names by which a program starts work beside its own. */
const threads =
  /^(Thread|Runnable|Callable|Executors?|ExecutorService|ForkJoinPool|CompletableFuture|parallelStream|TimerTask|ThreadPool|Task|Parallel|BackgroundWorker|synchronized|volatile)$/;

/**
 * The files without what is no fault of a program that talks to its user on a console: what it prints and, where it
 * names no threads, that it counts without a lock. One of the files starts it there, and none answers over HTTP or draws
 * a window.
 */
export function withoutTalkOfConsole(files: readonly FileFacts[]): FileFacts[] {
  const sources = files.filter(({ role }) => role === 'source');
  const isConsole =
    sources.some(({ console: starts }) => starts === true) &&
    sources.every(
      ({ routes = [], imports }) =>
        routes.every(({ command }) => command === true) &&
        !imports.some(({ module }) => windows.test(module)),
    );
  if (!isConsole) return [...files];
  const isAlone = !sources.some(({ symbols }) => symbols.some((name) => threads.test(name)));
  const isFine = ({ rule }: FileFacts['smells'][number]): boolean =>
    rule === 'debug-output' || (isAlone && rule === 'unguarded-counter');
  return files.map((file) =>
    file.smells.some(isFine)
      ? { ...file, smells: file.smells.filter((smell) => !isFine(smell)) }
      : file,
  );
}
